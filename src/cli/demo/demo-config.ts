import type { DemoService } from './demo-service.ts'

/** The bootstrap of the demo: a listener for each service, every port a free one. */
export function demoConfig(services: readonly DemoService[]): unknown {
  return {
    admin: { address: loopback(0) },
    static_resources: {
      listeners: services.map(({ name, protocol }) => ({
        name,
        address: loopback(0),
        filter_chains: [{ filters: [protocol === 'redis' ? redisProxy(name) : tcpProxy(name)] }],
      })),
      clusters: services.map(({ name, protocol, ports }) => ({
        name,
        connect_timeout: '1s',
        lb_policy: protocol === 'redis' ? 'MAGLEV' : 'ROUND_ROBIN',
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

const FILTERS = 'type.googleapis.com/envoy.extensions.filters.network'

function tcpProxy(cluster: string): unknown {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: {
      '@type': `${FILTERS}.tcp_proxy.v3.TcpProxy`,
      stat_prefix: cluster,
      cluster,
    },
  }
}

function redisProxy(cluster: string): unknown {
  return {
    name: 'envoy.filters.network.redis_proxy',
    typed_config: {
      '@type': `${FILTERS}.redis_proxy.v3.RedisProxy`,
      stat_prefix: cluster,
      settings: { op_timeout: '5s', enable_hashtagging: true },
      prefix_routes: { catch_all_route: { cluster } },
    },
  }
}
