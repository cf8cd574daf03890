import type { DemoService } from './demo-service.ts'

/** The bootstrap of the demo: a listener for each service, every port a free one. */
export function demoConfig(services: readonly DemoService[]): unknown {
  return {
    admin: { address: loopback(0) },
    static_resources: {
      listeners: services.map(({ name, protocol }) => ({
        name,
        address: loopback(0),
        filter_chains: [{ filters: [FILTERS[protocol](name)] }],
      })),
      clusters: services.map(({ name, protocol, ports }) => ({
        name,
        connect_timeout: '1s',
        lb_policy: protocol === 'redis' ? 'MAGLEV' : 'ROUND_ROBIN',
        ...(protocol === 'thrift' ? { typed_extension_protocol_options: FRAMED_BINARY } : {}),
        load_assignment: {
          cluster_name: name,
          endpoints: [
            { lb_endpoints: ports.map((port) => ({ endpoint: { address: loopback(port) } })) },
          ],
        },
      })),
    },
  }
}

function loopback(port: number): unknown {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

const TYPES = 'type.googleapis.com/envoy.extensions.filters.network'

function tcpProxy(cluster: string): unknown {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: {
      '@type': `${TYPES}.tcp_proxy.v3.TcpProxy`,
      stat_prefix: cluster,
      cluster,
    },
  }
}

function redisProxy(cluster: string): unknown {
  return {
    name: 'envoy.filters.network.redis_proxy',
    typed_config: {
      '@type': `${TYPES}.redis_proxy.v3.RedisProxy`,
      stat_prefix: cluster,
      settings: { op_timeout: '5s', enable_hashtagging: true },
      prefix_routes: { catch_all_route: { cluster } },
    },
  }
}

/** Of any transport and protocol. */
function thriftProxy(cluster: string): unknown {
  return {
    name: 'envoy.filters.network.thrift_proxy',
    typed_config: {
      '@type': `${TYPES}.thrift_proxy.v3.ThriftProxy`,
      stat_prefix: cluster,
      route_config: { name: cluster, routes: [{ match: { method_name: '' }, route: { cluster } }] },
    },
  }
}

const FRAMED_BINARY = {
  'envoy.filters.network.thrift_proxy': {
    '@type': `${TYPES}.thrift_proxy.v3.ThriftProtocolOptions`,
    transport: 'FRAMED',
    protocol: 'BINARY',
  },
}

const FILTERS = { redis: redisProxy, thrift: thriftProxy, tcp: tcpProxy }
