import type { InferOutput } from 'valibot'
import { accessLog } from '../../../../config/schema/access-log.ts'
import { type ExtensionConfig, extension } from '../../../../config/schema/extension.ts'
import { message } from '../../../../config/schema/message.ts'
import { convert, type Schema } from '../../../../config/schema/schema.ts'
import { bool, list, number, orElse, orNull, text } from '../../../../config/schema/values.ts'
import { thriftProtocol, thriftTransport } from '../../../../thrift/protocol-options.ts'
import { routeClusters, routeConfiguration } from './route-schema.ts'

const PACKAGE = 'envoy.extensions.filters.network.thrift_proxy.v3'

/** `envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy`. */
export type ThriftProxy = InferOutput<ReturnType<typeof thriftProxySchema>>

const ROUTER: ExtensionConfig = {
  name: 'envoy.filters.thrift.router',
  factory: 'envoy.filters.thrift.router',
  config: { closeDownstreamOnUpstreamError: true },
}

export function thriftProxySchema() {
  const inner = message(`${PACKAGE}.ThriftProxy`, {
    /** Root of the stats: `thrift.<stat_prefix>.`. */
    statPrefix: text(),
    transport: thriftTransport(),
    protocol: thriftProtocol(),
    routeConfig: orElse(routeConfiguration(), {}),
    thriftFilters: list(thriftFilter()),
    /** Arguments and results go through unread where both sides speak the same. */
    payloadPassthrough: bool(),
    /** Null: no limit. */
    maxRequestsPerConnection: orNull(number()),
    accessLog: list(accessLog()),
    /** Of HEADER's info headers; off: they are sent on in lower case. */
    headerKeysPreserveCase: bool(),
  })
  return convert(inner, (raw) => {
    const { thriftFilters, maxRequestsPerConnection, ...rest } = raw
    return {
      ...rest,
      thriftFilters: thriftFilters.length === 0 ? [ROUTER] : thriftFilters,
      // As Envoy does: 0 is no limit, too.
      maxRequestsPerConnection: maxRequestsPerConnection === 0 ? null : maxRequestsPerConnection,
    }
  })
}

function thriftFilter(): Schema<ExtensionConfig> {
  return extension('envoy.thrift_proxy.filters', `${PACKAGE}.ThriftFilter`)
}

/** Every cluster that the routes and mirrors name. */
export function thriftProxyClusters({ routeConfig }: ThriftProxy): readonly string[] {
  return routeConfig.routes.flatMap(({ route }) => routeClusters(route))
}
