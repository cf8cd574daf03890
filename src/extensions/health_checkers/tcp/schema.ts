import type { InferOutput } from 'valibot'
import { payload } from '../../../config/schema/health-check.ts'
import { message } from '../../../config/schema/message.ts'
import { enumOf, ignored, list, orNull } from '../../../config/schema/values.ts'

/** `core.v3.HealthCheck.TcpHealthCheck`. */
export type TcpHealthCheck = InferOutput<ReturnType<typeof tcpHealthCheckSchema>>

export function tcpHealthCheckSchema() {
  return message('envoy.config.core.v3.HealthCheck.TcpHealthCheck', {
    /** Base64; null: nothing is sent. */
    send: orNull(payload()),
    /** Base64. They must come in this order, with anything around them; none: a connection is enough. */
    receive: list(payload()),
    /** A PROXY header that begins each connection; null: none. */
    proxyProtocolConfig: orNull(
      message('envoy.config.core.v3.ProxyProtocolConfig', {
        version: enumOf(['V1', 'V2']),
        /** A check stands for no client, so there is nothing to pass through or to add. */
        passThroughTlvs: ignored(),
        addedTlvs: ignored(),
      }),
    ),
  })
}
