import {
  clustersOf,
  field,
  filterChainsOf,
  type Item,
  items,
  listenersOf,
  textOf,
  type Value,
} from './canonical.ts'
import type { Tell } from './remark.ts'

const THRIFT_PROXY = 'thrift_proxy.v3.ThriftProxy'
const ROUTER = 'thrift_proxy.router.v3.Router'

/** Thrift configs that Envoy accepts, and that answer nobody or do nothing. */
export function checkThrift(config: Value, tell: Tell): void {
  for (const listener of listenersOf(config)) {
    for (const chain of filterChainsOf(listener)) {
      for (const filter of items(chain, 'filters')) {
        const any = field(filter, 'typed_config')
        if (!isOf(any, THRIFT_PROXY)) continue
        checkWire(any, tell)
        checkFilters(any, tell)
        checkRoutes(any, tell)
      }
    }
  }
  for (const cluster of clustersOf(config)) {
    const options = field(cluster, 'typed_extension_protocol_options')
    checkWire(field(options, 'envoy.filters.network.thrift_proxy'), tell)
  }
}

/** Nobody is understood who speaks so: info headers say binary or compact, and nothing else. */
function checkWire(options: Item, tell: Tell): void {
  const protocol = textOf(options, 'protocol')
  const isStrange = protocol === 'LAX_BINARY' || protocol === 'TWITTER'
  if (textOf(options, 'transport') !== 'HEADER' || !isStrange) return
  const message = `the HEADER transport cannot carry ${protocol}: every call fails`
  const path = [...options.path, 'protocol']
  tell({ code: 'rule-violated', path, message, severity: 'warning', at: 'value' })
}

function checkFilters(proxy: Item, tell: Tell): void {
  const filters = items(proxy, 'thrift_filters')
  const router = filters.findIndex((filter) => isOf(field(filter, 'typed_config'), ROUTER))
  const said = { code: 'filter-order', severity: 'warning', at: 'value' } as const
  if (filters.length > 0 && router < 0) {
    const message = 'no router among the thrift filters: no call is ever answered by a host'
    tell({ ...said, path: [...proxy.path, 'thrift_filters'], message })
  }
  if (router >= 0 && router < filters.length - 1) {
    const message = `no call reaches this filter: "${textOf(filters[router]!, 'name')}" before it answers all`
    tell({ ...said, path: filters[router + 1]!.path, message })
  }
}

/** What stands behind a route that takes everything is never looked at. */
function checkRoutes(proxy: Item, tell: Tell): void {
  const routes = items(field(proxy, 'route_config'), 'routes')
  const all = routes.findIndex((route) => takesAll(route))
  const next = routes[all + 1]
  if (all < 0 || next === undefined) return
  const message = `no call reaches this route: routes[${all}] takes all of them`
  const { path } = next
  tell({ code: 'unreachable', path, message, severity: 'warning', at: 'value' })
}

function takesAll(route: Item): boolean {
  const match = field(route, 'match')
  const isNamed = textOf(match, 'method_name') !== '' || textOf(match, 'service_name') !== ''
  const isNarrow = isNamed || items(match, 'headers').length > 0
  // Without the header the next route is asked.
  return !isNarrow && textOf(field(route, 'route'), 'cluster_header') === ''
}

function isOf(any: Item, type: string): boolean {
  return textOf(any, '@type').endsWith(`.${type}`)
}
