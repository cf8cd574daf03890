import { isIP } from 'node:net'
import { canonicalIp, maskedIp } from '../../ip-text.ts'
import {
  childIn,
  childrenIn,
  has,
  type MessageNode,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

export const listenerRules: RuleTable = {
  'envoy.config.listener.v3.Listener': checkListener,
  'envoy.config.listener.v3.FilterChainMatch': checkServerNames,
  'envoy.config.bootstrap.v3.Bootstrap.StaticResources': checkDuplicateAddresses,
}

function checkListener(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed) return
  const api = childIn(node, 'api_listener')
  if (api !== undefined) {
    if (has(api, 'api_listener') || api.place.isFlawed) return
    reportAt(context, api, [], {
      code: 'missing-required',
      message: 'an API listener needs "api_listener" in it, the config of its connection manager',
    })
    return
  }
  const socket = node.place.descend(['address', 'socket_address'])
  if (socket.place.isFlawed) return
  const address = childIn(node, 'address')
  if (address === undefined && !has(node, 'internal_listener')) {
    reportAt(context, node, [], {
      code: 'missing-required',
      message: 'a listener needs "address"',
      expected: 'address',
    })
    return
  }
  const chains = childrenIn(node, 'filter_chains')
  const isUdp = protocolOf(node) === 'UDP'
  const isQuic = has(childIn(node, 'udp_listener_config') ?? node, 'quic_options')
  if (isUdp && !isQuic) {
    if (chains.length > 0) {
      reportAt(context, node, ['address', 'socket_address', 'protocol'], {
        code: 'rule-violated',
        message: 'UDP has no connections, so a UDP listener takes no filter chains',
      })
    }
  } else if (
    chains.length === 0 &&
    !has(node, 'default_filter_chain') &&
    !has(node, 'filter_chain_matcher')
  ) {
    reportAt(context, node, ['filter_chains'], {
      code: 'missing-required',
      message: `the listener "${text(node, 'name')}" has no filter chains`,
      expected: 'filter_chains',
    })
  }
  checkSameMatches(node, chains, context)
}

function protocolOf(listener: MessageNode): unknown {
  const address = listener.value['address'] as
    | { socket_address?: { protocol?: string } }
    | undefined
  return address?.socket_address?.protocol ?? 'TCP'
}

/** Two chains of one listener that match the same connections. */
function checkSameMatches(
  node: MessageNode,
  chains: readonly MessageNode[],
  context: RuleContext,
): void {
  if (has(node, 'filter_chain_matcher')) {
    const names = new Set<string>()
    for (const chain of chains) {
      const name = text(chain, 'name')
      if (name === '') {
        reportAt(context, chain, ['name'], {
          code: 'missing-required',
          message: 'a filter chain needs "name" beside "filter_chain_matcher"',
        })
      } else if (names.has(name)) {
        reportAt(context, chain, ['name'], {
          code: 'duplicate',
          message: `a second filter chain "${name}"`,
        })
      }
      names.add(name)
    }
    return
  }
  if (node.place.child('filter_chains')?.isFlawed === true) return
  const seen = new Set<string>()
  for (const chain of chains) {
    if (chain.place.isFlawed) continue
    for (const match of expandMatch(chain.value['filter_chain_match'])) {
      if (!seen.has(match)) {
        seen.add(match)
        continue
      }
      reportAt(context, chain, has(chain, 'filter_chain_match') ? ['filter_chain_match'] : [], {
        code: 'duplicate',
        message: 'another filter chain of this listener has the same match',
      })
      break
    }
  }
}

function checkServerNames(node: MessageNode, context: RuleContext): void {
  const names = node.value['server_names']
  if (node.place.isFlawed || !Array.isArray(names)) return
  for (const [index, name] of names.entries()) {
    if (!String(name).includes('*') || String(name).startsWith('*.')) continue
    reportAt(context, node, ['server_names', index], {
      code: 'rule-violated',
      message: 'a wildcard stands for whole first labels: "*.example.com"',
      received: String(name),
    })
  }
}

/** Each server name, prefix and so on of a match stands for itself. */
function expandMatch(match: unknown): string[] {
  const fields = (match ?? {}) as Record<string, unknown>
  let rows: string[] = ['']
  for (const name of Object.keys(fields)
    .filter((key) => key !== 'name')
    .sort()) {
    const value = fields[name]
    const options = Array.isArray(value) ? value : [value]
    if (options.length === 0 || value === '' || value === 0 || value === 'ANY') continue
    const texts = options.map((one) => `${name}=${criterionText(one).toLowerCase()}`)
    rows = rows.flatMap((row) => texts.map((option) => `${row};${option}`))
    if (rows.length > 10_000) return []
  }
  return rows
}

/** Networks are equal when the bits that count are. */
function criterionText(value: unknown): string {
  const { address_prefix: prefix, prefix_len: length = 0 } = value as CidrValue
  if (prefix === undefined || isIP(prefix) === 0) return JSON.stringify(value)
  return `${maskedIp(canonicalIp(prefix), length)}/${length}`
}

interface CidrValue {
  address_prefix?: string
  prefix_len?: number
}

function checkDuplicateAddresses(node: MessageNode, context: RuleContext): void {
  const seen = new Set<string>()
  const names = new Set<string>()
  for (const listener of childrenIn(node, 'listeners')) {
    const name = text(listener, 'name')
    // A second listener of a name is an update of the first, which Envoy drops.
    if (name !== '' && names.has(name)) continue
    names.add(name)
    const keys = [listener.value['address'], ...additional(listener)].map(addressKey)
    for (const key of keys) {
      if (key === undefined) continue
      if (seen.has(key)) {
        reportAt(context, listener, ['address'], {
          code: 'duplicate',
          message: `another listener has the address ${key}`,
        })
      }
      seen.add(key)
    }
  }
}

function additional(listener: MessageNode): unknown[] {
  const list = listener.value['additional_addresses'] as { address?: unknown }[] | undefined
  return (list ?? []).map((one) => one.address)
}

function addressKey(address: unknown): string | undefined {
  const { socket_address: socket, pipe } = (address ?? {}) as {
    socket_address?: {
      address?: string
      port_value?: number
      protocol?: string
      network_namespace_filepath?: string
    }
    pipe?: { path?: string }
  }
  if (pipe !== undefined) return pipe.path
  if (socket === undefined || (socket.port_value ?? 0) === 0) return undefined
  const namespace = socket.network_namespace_filepath ?? ''
  return `${namespace}${socket.protocol === 'UDP' ? 'udp ' : ''}${canonicalIp(socket.address ?? '')}:${socket.port_value}`
}
