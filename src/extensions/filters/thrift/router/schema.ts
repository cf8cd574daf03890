import type { InferOutput } from 'valibot'
import { message } from '../../../../config/schema/message.ts'
import { bool } from '../../../../config/schema/values.ts'

export type ThriftRouter = InferOutput<ReturnType<typeof thriftRouterSchema>>

/** `envoy.extensions.filters.network.thrift_proxy.router.v3.Router`. */
export function thriftRouterSchema() {
  return message('envoy.extensions.filters.network.thrift_proxy.router.v3.Router', {
    /** An exception of the proxy's own ends the client's connection. */
    closeDownstreamOnUpstreamError: bool(true),
  })
}
