import { join } from 'node:path'
import type { ProxySetup } from '../peer.ts'

/** Writes the one file that envoy and tsproxy both start from; returns its path. */
export async function writeEnvoyConfig(setup: ProxySetup): Promise<string> {
  const path = join(setup.folder, 'envoy.yaml')
  await Bun.write(
    path,
    `static_resources:
  listeners:
  - name: bench
    address: { socket_address: { address: 127.0.0.1, port_value: ${setup.listenPort} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: bench
          cluster: upstream
  clusters:
  - name: upstream
    type: STATIC
    connect_timeout: 5s
    circuit_breakers:
      thresholds:
      - { max_connections: 100000, max_pending_requests: 100000, max_requests: 100000 }
    load_assignment:
      cluster_name: upstream
      endpoints:
      - lb_endpoints:
        - endpoint:
            address: { socket_address: { address: 127.0.0.1, port_value: ${setup.upstreamPort} } }
`,
  )
  return path
}

export function envoyFlags(configPath: string, concurrency: number): string[] {
  return [
    '--config-path',
    configPath,
    '--concurrency',
    String(concurrency),
    '-l',
    'error',
    '--disable-hot-restart',
  ]
}
