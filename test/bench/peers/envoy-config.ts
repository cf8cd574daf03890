import { join } from 'node:path'
import type { ProxySetup } from '../peer.ts'

const TYPES = 'type.googleapis.com/envoy.extensions.filters.network'
const THRIFT = `      - name: envoy.filters.network.thrift_proxy
        typed_config:
          "@type": ${TYPES}.thrift_proxy.v3.ThriftProxy
          stat_prefix: bench
          transport: FRAMED
          protocol: BINARY
          route_config:
            name: bench
            routes:
            - { match: { method_name: "" }, route: { cluster: upstream } }
`
const FILTERS = {
  bytes: `      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": ${TYPES}.tcp_proxy.v3.TcpProxy
          stat_prefix: bench
          cluster: upstream
`,
  redis: `      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": ${TYPES}.redis_proxy.v3.RedisProxy
          stat_prefix: bench
          settings: { op_timeout: 5s }
          prefix_routes: { catch_all_route: { cluster: upstream } }
`,
  thrift: THRIFT,
  'thrift-converted': THRIFT,
}
/** What the cluster speaks. */
const UPSTREAM = {
  bytes: '',
  redis: '',
  thrift: thriftOptions('FRAMED', 'BINARY'),
  'thrift-converted': thriftOptions('HEADER', 'COMPACT'),
}

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
${FILTERS[setup.reads]}  clusters:
  - name: upstream
    type: STATIC
    connect_timeout: 5s
    lb_policy: ${setup.reads === 'redis' && setup.upstreamPorts.length > 1 ? 'RING_HASH' : 'ROUND_ROBIN'}
${UPSTREAM[setup.reads]}    circuit_breakers:
      thresholds:
      - { max_connections: 100000, max_pending_requests: 100000, max_requests: 100000 }
    load_assignment:
      cluster_name: upstream
      endpoints:
      - lb_endpoints:
${setup.upstreamPorts.map(endpoint).join('')}`,
  )
  return path
}

function thriftOptions(transport: string, protocol: string): string {
  return `    typed_extension_protocol_options:
      envoy.filters.network.thrift_proxy:
        "@type": ${TYPES}.thrift_proxy.v3.ThriftProtocolOptions
        transport: ${transport}
        protocol: ${protocol}
`
}

function endpoint(port: number): string {
  return `        - endpoint:
            address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
`
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
