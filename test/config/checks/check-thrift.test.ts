import { describe, expect, test } from 'bun:test'
import { read, said } from '../support/read.ts'

const TYPES = 'type.googleapis.com/envoy.extensions.filters.network.thrift_proxy'
const ROUTER = { name: 'router', typed_config: { '@type': `${TYPES}.router.v3.Router` } }
const HEADERS = {
  name: 'headers',
  typed_config: {
    '@type': `${TYPES}.filters.header_to_metadata.v3.HeaderToMetadata`,
    request_rules: [{ header: 'h', on_present: { key: 'k' } }],
  },
}

const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })

/** What is said of a thrift_proxy; the places end where the message begins. */
function remarks(proxy: object, more: { listener?: object; cluster?: object } = {}): string[] {
  const filter = {
    name: 'envoy.filters.network.thrift_proxy',
    typed_config: { '@type': `${TYPES}.v3.ThriftProxy`, stat_prefix: 't', ...proxy },
  }
  const endpoint = { endpoint: { address: address(9090) } }
  const config = {
    static_resources: {
      listeners: [
        {
          name: 'l',
          address: address(9190),
          filter_chains: [{ filters: [filter] }],
          ...more.listener,
        },
      ],
      clusters: [
        {
          name: 'up',
          load_assignment: { cluster_name: 'up', endpoints: [{ lb_endpoints: [endpoint] }] },
          ...more.cluster,
        },
      ],
    },
  }
  return said(read(JSON.stringify(config)))
    .map((line) => line.replace(/^(\w+) \d+:\d+ /, '$1 ').replace(/\S*typed_config\./, ''))
    .filter((line) => !line.includes('[unused'))
}

const to = (match: object, action: object = { cluster: 'up' }) => ({ match, route: action })
const routed = (...routes: readonly object[]) => ({ route_config: { routes } })
const ALL = to({ method_name: '' })

describe('a thrift proxy', () => {
  test('is right with a router at the end', () => {
    expect(remarks({ ...routed(ALL), thrift_filters: [HEADERS, ROUTER] })).toEqual([])
    expect(remarks(routed(ALL))).toEqual([])
  })

  test('is warned of without a router, and of filters behind one', () => {
    expect(remarks({ ...routed(ALL), thrift_filters: [HEADERS] })).toEqual([
      'warning [filter-order] thrift_filters: no router among the thrift filters: no call is ever answered by a host',
    ])
    expect(remarks({ ...routed(ALL), thrift_filters: [ROUTER, HEADERS] })).toEqual([
      'warning [filter-order] thrift_filters[1]: no call reaches this filter: "router" before it answers all',
    ])
  })

  test('is warned of routes that are never reached', () => {
    expect(remarks(routed(ALL, to({ method_name: 'a' })))).toEqual([
      'warning [unreachable] route_config.routes[1]: no call reaches this route: routes[0] takes all of them',
    ])
    const byHeader = to({ method_name: '' }, { cluster_header: 'to' })
    expect(remarks(routed(byHeader, ALL))).toEqual([])
  })

  test('is warned of transports that cannot carry its protocol, as is a cluster', () => {
    const wire = { transport: 'HEADER', protocol: 'LAX_BINARY' }
    const options = { '@type': `${TYPES}.v3.ThriftProtocolOptions`, ...wire }
    const cluster = {
      typed_extension_protocol_options: { 'envoy.filters.network.thrift_proxy': options },
    }
    const text = 'the HEADER transport cannot carry LAX_BINARY: every call fails'
    expect(remarks({ ...routed(ALL), ...wire }, { cluster })).toEqual([
      `warning [rule-violated] protocol: ${text}`,
      `warning [rule-violated] static_resources.clusters[0].typed_extension_protocol_options["envoy.filters.network.thrift_proxy"].protocol: ${text}`,
    ])
  })

  test('needs mirrors that exist, and weights', () => {
    const mirrored = { cluster: 'up', request_mirror_policies: [{ cluster: 'none' }] }
    expect(remarks(routed(to({ method_name: 'a' }, mirrored)))).toEqual([
      'error [unknown-reference] route_config.routes[0].route.request_mirror_policies[0].cluster: unknown cluster "none"',
    ])
    const weighted = { weighted_clusters: { clusters: [{ name: 'up' }] } }
    expect(remarks(routed(to({ method_name: 'a' }, weighted)))).toEqual([
      'error [missing-required] route_config.routes[0].route.weighted_clusters.clusters[0]: a weighted cluster needs "weight"',
    ])
  })

  test('has its own settings checked: of the listener, of a cluster, of a route', () => {
    const own = (settings: object) => ({ filter_metadata: { 'tsproxy.thrift': settings } })
    const route = { cluster: 'up', metadata_match: own({ timeout: 5, retry_on: ['rest'] }) }
    const found = remarks(routed(to({ method_name: '' }, route)), {
      listener: { metadata: own({ max_depth: 0 }) },
      cluster: { metadata: own({ sequence_ids: 'mine' }) },
    })
    expect(found.map((line) => line.replace(/there are .*/, '...'))).toEqual([
      'error [unknown-field] route_config.routes[0].route.metadata_match.filter_metadata["tsproxy.thrift"].timeout: tsproxy has no setting "timeout": ...',
      'error [rule-violated] route_config.routes[0].route.metadata_match.filter_metadata["tsproxy.thrift"].retry_on: expected connect-failure, reset, timeout, exception, received "rest"',
      'error [rule-violated] static_resources.listeners[0].metadata.filter_metadata["tsproxy.thrift"].max_depth: must be from 1 to 65536, is 0',
      'error [rule-violated] static_resources.clusters[0].metadata.filter_metadata["tsproxy.thrift"].sequence_ids: expected one of counted, kept, received "mine"',
    ])
  })
})
