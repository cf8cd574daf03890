/** Pieces of Envoy configs for tests of the TCP data path. */

const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

export function socketAddress(port: number, address = '127.0.0.1') {
  return { socket_address: { address, port_value: port } }
}

export function pipeAddress(path: string) {
  return { pipe: { path } }
}

type AddressConfig = ReturnType<typeof socketAddress> | ReturnType<typeof pipeAddress>

export function tcpProxyFilter(cluster: string, fields: object = {}) {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: { '@type': TCP_PROXY, stat_prefix: 'tcp', cluster, ...fields },
  }
}

export function echoFilter() {
  const type = 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo'
  return { name: 'envoy.filters.network.echo', typed_config: { '@type': type } }
}

/** On a free port of loopback, unless `fields` say otherwise. */
export function listener(name: string, filters: readonly object[], fields: object = {}) {
  return { name, address: socketAddress(0), filter_chains: [{ filters }], ...fields }
}

export function cluster(name: string, addresses: readonly AddressConfig[], fields: object = {}) {
  const endpoints = addresses.map((address) => ({ endpoint: { address } }))
  return {
    name,
    connect_timeout: '5s',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] },
    ...fields,
  }
}

/** One listener `in` in front of one cluster `up` with one endpoint. */
export function proxyConfig(
  upstream: number | AddressConfig,
  fields: {
    readonly listener?: object
    readonly cluster?: object
    readonly filter?: object
    readonly bootstrap?: object
  } = {},
) {
  const address = typeof upstream === 'number' ? socketAddress(upstream) : upstream
  return {
    static_resources: {
      listeners: [listener('in', [tcpProxyFilter('up', fields.filter)], fields.listener)],
      clusters: [cluster('up', [address], fields.cluster)],
    },
    ...fields.bootstrap,
  }
}

/** A filter of `--filter` by its type, with its config. */
export function ownFilter(type: string, value: object = {}) {
  const typed = {
    '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
    type_url: `type.googleapis.com/${type}`,
    value,
  }
  return { name: `of the type ${type}`, typed_config: typed }
}
