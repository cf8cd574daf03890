import { extensionsOf, messageName } from '../api-table.ts'
import {
  childrenIn,
  type MessageNode,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

const NETWORK = 'envoy.extensions.filters.network.'
const HTTP = 'envoy.extensions.filters.http.'

interface ChainKind {
  readonly word: string
  readonly category: string
  /** Messages that configure filters which end a chain. */
  readonly terminal: ReadonlySet<string>
}

const NETWORK_CHAIN: ChainKind = {
  word: 'network',
  category: 'envoy.filters.network',
  terminal: new Set(
    [
      'direct_response.v3.Config',
      'dubbo_proxy.v3.DubboProxy',
      'echo.v3.Echo',
      'generic_proxy.v3.GenericProxy',
      'http_connection_manager.v3.HttpConnectionManager',
      'http_connection_manager.v3.EnvoyMobileHttpConnectionManager',
      'redis_proxy.v3.RedisProxy',
      'reverse_tunnel.v3.ReverseTunnel',
      'tcp_proxy.v3.TcpProxy',
      'thrift_proxy.v3.ThriftProxy',
    ].map((name) => NETWORK + name),
  ),
}
const HTTP_CHAIN: ChainKind = {
  word: 'HTTP',
  category: 'envoy.filters.http',
  terminal: new Set([`${HTTP}router.v3.Router`]),
}
const UPSTREAM_CHAIN: ChainKind = {
  word: 'upstream HTTP',
  category: 'envoy.filters.http.upstream',
  terminal: new Set([`${HTTP}upstream_codec.v3.UpstreamCodec`]),
}

const HCM = `${NETWORK}http_connection_manager.v3.HttpConnectionManager`

/** The last filter of a chain, and only that, is one that answers or forwards. */
export const filterOrderRules: RuleTable = {
  'envoy.config.listener.v3.FilterChain': (node, context) =>
    checkOrder(node, 'filters', NETWORK_CHAIN, context),
  [HCM]: (node, context) => checkOrder(node, 'http_filters', HTTP_CHAIN, context),
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': (node, context) =>
    checkOrder(node, 'http_filters', UPSTREAM_CHAIN, context),
}

function checkOrder(node: MessageNode, field: string, kind: ChainKind, context: RuleContext): void {
  if (node.place.isFlawed || node.place.child(field)?.isFlawed === true) return
  const filters = childrenIn(node, field)
  // What is wrong with a filter itself is said there.
  if (!filters.every((filter) => isDiscovered(filter) || isKnown(filter, kind))) return
  filters.forEach((filter, index) => {
    const isTerminal = kind.terminal.has(configType(filter))
    const isLast = index === filters.length - 1
    const name = text(filter, 'name')
    if (isTerminal && isLast && filter.value['disabled'] === true) {
      reportAt(context, filter, ['disabled'], {
        code: 'filter-order',
        message: `"${name}" ends the chain of ${kind.word} filters, so it cannot be disabled`,
      })
    }
    if (isTerminal === isLast || isDiscovered(filter)) return
    reportAt(context, filter, ['name'], {
      code: 'filter-order',
      message: isTerminal
        ? `"${name}" ends the chain of ${kind.word} filters, so it must be the last`
        : `the last ${kind.word} filter must be one that ends the chain, which "${name}" does not`,
    })
  })
}

function isDiscovered(filter: MessageNode): boolean {
  return filter.value['config_discovery'] !== undefined
}

function configType(filter: MessageNode): string {
  const config = filter.value['typed_config'] as { '@type'?: string } | undefined
  return messageName(config?.['@type'] ?? '')
}

function isKnown(filter: MessageNode, kind: ChainKind): boolean {
  const type = configType(filter)
  if (filter.place.isFlawed || type === '') return false
  return extensionsOf(kind.category).some((extension) => extension.types.includes(type))
}
