import type { DemoService } from './demo-services.ts'

/** The bootstrap of the demo: one TCP listener for each service, every port a free one. */
export function demoConfig(services: readonly DemoService[]): unknown {
  return {
    admin: { address: loopback(0) },
    static_resources: {
      listeners: services.map(({ name }) => ({
        name,
        address: loopback(0),
        filter_chains: [{ filters: [tcpProxy(name)] }],
      })),
      clusters: services.map(({ name, port }) => ({
        name,
        connect_timeout: '1s',
        load_assignment: {
          cluster_name: name,
          endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(port) } }] }],
        },
      })),
    },
  }
}

function loopback(port: number): unknown {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

function tcpProxy(cluster: string): unknown {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
      stat_prefix: cluster,
      cluster,
    },
  }
}
