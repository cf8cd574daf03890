import { isIPv4, isIPv6 } from 'node:net'
import { extensionsOf } from '../api-table.ts'
import {
  ancestor,
  has,
  type MessageNode,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const ENDPOINT = 'envoy.config.endpoint.v3.Endpoint'
/** Of `sun_path` on Linux. */
const MAX_PIPE_PATH = 108

/** Fields whose addresses Envoy resolves when it reads them: they must be IP addresses. */
const RESOLVED = new Set([
  'envoy.config.bootstrap.v3.Admin.address',
  'envoy.config.cluster.v3.UpstreamBindConfig.source_address',
  'envoy.config.core.v3.BindConfig.source_address',
  'envoy.config.core.v3.ExtraSourceAddress.address',
  'envoy.config.endpoint.v3.Endpoint.address',
  'envoy.config.endpoint.v3.Endpoint.AdditionalAddress.address',
  'envoy.config.endpoint.v3.Endpoint.HealthCheckConfig.address',
  'envoy.config.listener.v3.AdditionalAddress.address',
  'envoy.config.listener.v3.Listener.address',
  'envoy.config.metrics.v3.DogStatsdSink.address',
  'envoy.config.metrics.v3.StatsdSink.address',
  'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig.resolvers',
  'envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink.address',
])

export const addressRules: RuleTable = {
  'envoy.config.core.v3.SocketAddress': checkSocketAddress,
  'envoy.config.core.v3.Pipe': checkPipe,
  'envoy.config.core.v3.CidrRange': checkCidr,
  'xds.core.v3.CidrRange': checkCidr,
}

/** The message that holds an address, past the `Address` around a socket address. */
function holderOf(node: MessageNode): { holder: MessageNode; field: string } | undefined {
  const inner = node.parent?.type.name === 'envoy.config.core.v3.Address' ? node.parent : node
  if (inner.parent === undefined || inner.field === undefined) return undefined
  return { holder: inner.parent, field: inner.field.name }
}

function checkSocketAddress(node: MessageNode, context: RuleContext): void {
  const held = holderOf(node)
  if (node.place.isFlawed) return
  if (held === undefined || !RESOLVED.has(`${held.holder.type.name}.${held.field}`)) return
  const resolver = text(node, 'resolver_name')
  const cluster = ancestor(node, CLUSTER)
  const isEndpoint = held.holder.type.name.startsWith(ENDPOINT)
  // Whether names are looked up cannot be said of a cluster whose type was refused.
  if (isEndpoint && cluster?.place.isFlawed === true) return
  if (isEndpoint && held.field === 'address' && cluster !== undefined && looksUpNames(cluster)) {
    if (resolver === '' || has(cluster, 'cluster_type')) return
    reportAt(context, node, ['resolver_name'], {
      code: 'rule-violated',
      message: 'the endpoints of a DNS cluster take no resolver name',
    })
    return
  }
  if (isEndpoint && text(node, 'network_namespace_filepath') !== '') {
    reportAt(context, node, ['network_namespace_filepath'], {
      code: 'rule-violated',
      message: 'the address of an endpoint takes no network namespace',
    })
  }
  if (resolver !== '' && resolver !== 'envoy.ip') {
    if (extensionsOf('envoy.resolvers').some(({ name }) => name === resolver)) return
    reportAt(context, node, ['resolver_name'], {
      code: 'unknown-reference',
      message: `unknown address resolver "${resolver}"`,
    })
    return
  }
  checkIp(node, isEndpoint, context)
}

/** The endpoints of DNS clusters are host names; those of custom clusters are the cluster's own matter. */
function looksUpNames(cluster: MessageNode): boolean {
  const type = cluster.value['type']
  return type === 'STRICT_DNS' || type === 'LOGICAL_DNS' || has(cluster, 'cluster_type')
}

function checkIp(node: MessageNode, isEndpoint: boolean, context: RuleContext): void {
  const address = text(node, 'address')
  if (address === '') return
  if (!isIPv4(address) && !isIPv6(address)) {
    const hint = isEndpoint ? ': host names need a cluster of type STRICT_DNS or LOGICAL_DNS' : ''
    reportAt(context, node, ['address'], {
      code: 'bad-format',
      message: `"${address}" is no IP address${hint}`,
      expected: 'an IPv4 or IPv6 address',
      received: address,
    })
  } else if (has(node, 'named_port')) {
    reportAt(context, node, ['named_port'], {
      code: 'rule-violated',
      message: 'an IP address takes "port_value": a named port is never looked up',
    })
  } else if (node.value['ipv4_compat'] === true) {
    const isMapped = isIPv6(address) && /^([0:]+|::ffff:.*)$/i.test(address)
    if (isMapped) return
    reportAt(context, node, ['ipv4_compat'], {
      code: 'rule-violated',
      message: '"ipv4_compat" is for "::" and IPv4-mapped IPv6 addresses',
    })
  }
}

function checkPipe(node: MessageNode, context: RuleContext): void {
  const path = text(node, 'path')
  if (Buffer.byteLength(path) < MAX_PIPE_PATH) return
  reportAt(context, node, ['path'], {
    code: 'rule-violated',
    message: `the path of a socket has less than ${MAX_PIPE_PATH} bytes, this one ${Buffer.byteLength(path)}`,
  })
}

function checkCidr(node: MessageNode, context: RuleContext): void {
  const prefix = text(node, 'address_prefix')
  if (prefix === '' || isIPv4(prefix) || isIPv6(prefix)) return
  reportAt(context, node, ['address_prefix'], {
    code: 'bad-format',
    message: `"${prefix}" is no IP address`,
    expected: 'an IPv4 or IPv6 address',
    received: prefix,
  })
}
