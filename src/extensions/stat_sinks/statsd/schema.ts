import { type AddressConfig, address } from '../../../config/schema/address.ts'
import { message } from '../../../config/schema/message.ts'
import { convert, INVALID, type Schema } from '../../../config/schema/schema.ts'
import { bool, orNull, text } from '../../../config/schema/values.ts'

/** `envoy.config.metrics.v3.StatsdSink`. */
export interface StatsdSink {
  /** UDP to an address, or TCP through a cluster. */
  readonly to:
    | { readonly kind: 'udp'; readonly address: AddressConfig }
    | { readonly kind: 'tcp'; readonly cluster: string }
  readonly prefix: string
  readonly scaleHistogramUnitsToMilliseconds: boolean
}

export function statsdSchema(): Schema<StatsdSink> {
  const inner = message('envoy.config.metrics.v3.StatsdSink', {
    address: orNull(address({ protocol: 'any' })),
    tcpClusterName: orNull(text()),
    prefix: text(),
    scaleHistogramUnitsToMilliseconds: bool(),
  })
  return convert(inner, ({ address, tcpClusterName, prefix, ...rest }, problems, input) => {
    const common = { prefix: prefix === '' ? 'envoy' : prefix, ...rest }
    if (address !== null) return { to: { kind: 'udp', address }, ...common }
    if (tcpClusterName !== null) return { to: { kind: 'tcp', cluster: tcpClusterName }, ...common }
    problems.add('missing-required', [], 'expected "address" or "tcp_cluster_name"', input)
    return INVALID
  })
}
