import { isIPv4, isIPv6 } from 'node:net'
import {
  ancestor,
  has,
  type MessageNode,
  number,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const SOCKET_ADDRESS = 'envoy.config.core.v3.SocketAddress'

/** Fields whose addresses are names to look up, or are not resolved when the config is read. */
const NOT_RESOLVED = new Set([
  'envoy.config.core.v3.Node.listening_addresses',
  'envoy.config.listener.v3.Listener.internal_listener',
])

export const addressRules: RuleTable = {
  [SOCKET_ADDRESS]: checkSocketAddress,
  'envoy.config.core.v3.CidrRange': checkCidr,
  'xds.core.v3.CidrRange': checkCidr,
}

function checkSocketAddress(node: MessageNode, context: RuleContext): void {
  const holder = node.parent?.parent
  const field = node.parent?.field
  if (holder !== undefined && field !== undefined) {
    if (NOT_RESOLVED.has(`${holder.type.name}.${field.name}`)) return
  }
  const resolver = text(node, 'resolver_name')
  const isName = isLookedUp(node)
  if (isName) {
    if (resolver === '') return
    reportAt(context, node, ['resolver_name'], {
      code: 'rule-violated',
      message: 'a DNS cluster takes no resolver name',
    })
    return
  }
  if (resolver !== '' && resolver !== 'envoy.ip') {
    reportAt(context, node, ['resolver_name'], {
      code: 'unknown-reference',
      message: `unknown address resolver "${resolver}"`,
    })
    return
  }
  const address = text(node, 'address')
  if (address === '') return
  if (!isIPv4(address) && !isIPv6(address)) {
    reportAt(context, node, ['address'], {
      code: 'bad-format',
      message: `"${address}" is no IP address${hintFor(node)}`,
      expected: 'an IPv4 or IPv6 address',
      received: address,
    })
    return
  }
  if (has(node, 'named_port')) {
    reportAt(context, node, ['named_port'], {
      code: 'rule-violated',
      message: 'an IP address takes "port_value", a named port is never looked up',
    })
  }
  checkCompat(node, address, context)
}

/** Endpoints of DNS clusters are host names. */
function isLookedUp(node: MessageNode): boolean {
  const isEndpoint = ancestor(node, 'envoy.config.endpoint.v3.ClusterLoadAssignment') !== undefined
  if (!isEndpoint || node.parent?.parent?.type.name !== 'envoy.config.endpoint.v3.Endpoint')
    return false
  const cluster = ancestor(node, CLUSTER)
  const type = cluster?.value['type']
  if (type === 'STRICT_DNS' || type === 'LOGICAL_DNS') return true
  const custom = cluster?.value['cluster_type'] as { name?: string } | undefined
  return custom !== undefined && custom.name !== 'envoy.cluster.static'
}

function hintFor(node: MessageNode): string {
  const cluster = ancestor(node, CLUSTER)
  if (
    cluster === undefined ||
    node.parent?.parent?.type.name !== 'envoy.config.endpoint.v3.Endpoint'
  ) {
    return ''
  }
  return ': host names need a cluster of type STRICT_DNS or LOGICAL_DNS'
}

function checkCompat(node: MessageNode, address: string, context: RuleContext): void {
  if (node.value['ipv4_compat'] !== true) return
  const isAny = /^[0:]+$/.test(address)
  if (isIPv6(address) && (isAny || /^::ffff:/i.test(address))) return
  reportAt(context, node, ['ipv4_compat'], {
    code: 'rule-violated',
    message: '"ipv4_compat" is for "::" and IPv4-mapped IPv6 addresses',
  })
}

function checkCidr(node: MessageNode, context: RuleContext): void {
  const prefix = text(node, 'address_prefix')
  if (prefix === '') return
  if (!isIPv4(prefix) && !isIPv6(prefix)) {
    reportAt(context, node, ['address_prefix'], {
      code: 'bad-format',
      message: `"${prefix}" is no IP address`,
      expected: 'an IPv4 or IPv6 address',
      received: prefix,
    })
    return
  }
  void number
}
