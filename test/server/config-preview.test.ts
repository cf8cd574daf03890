import { expect, test } from 'bun:test'
import { builtinExtensions } from '../../src/extensions/index.ts'
import { Registry } from '../../src/registry.ts'
import { previewConfig } from '../../src/server/config-preview.ts'
import type { LoadBalancerContext } from '../../src/upstream/load-balancer.ts'
import { read } from '../config/support/read.ts'

const CONFIG = `
static_resources:
  listeners:
  - name: ingress
    address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
    filter_chains: [{filters: [{name: envoy.filters.network.echo, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}}]}]
  clusters:
  - name: discovered
    cluster_type:
      name: envoy.clusters.redis
      typed_config: {"@type": type.googleapis.com/envoy.extensions.clusters.redis.v3.RedisClusterConfig}
    lb_policy: CLUSTER_PROVIDED
    load_assignment:
      cluster_name: discovered
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}]}]
  - name: shards
    lb_policy: MAGLEV
    health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {}}]
    load_assignment:
      cluster_name: shards
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 2}}}
`

function withHash(low: number): LoadBalancerContext {
  return {
    hashKey: () => ({ high: 0, low }),
    hostSelectionRetries: 0,
    metadataMatch: () => null,
    shouldSelectAnotherHost: () => false,
  }
}

test('a config shows its listeners and chooses hosts as a server would, without one', async () => {
  const registry = new Registry().register(...builtinExtensions)
  const { bootstrap } = read(CONFIG, {}, registry)
  const preview = await previewConfig(bootstrap!, registry)
  try {
    expect(preview.listeners.map(({ config, address }) => `${config.name} ${address}`)).toEqual([
      'ingress 127.0.0.1:10000',
    ])
    expect(preview.context.cluster('nobody')).toBeNull()
    expect(preview.context.cluster('discovered')).toEqual({ cluster: null, policy: '' })
    const { cluster, policy } = preview.context.cluster('shards')!
    expect(policy).toBe('envoy.load_balancing_policies.maglev')
    const chosen = Array.from({ length: 50 }, (_, hash) => cluster!.chooseHost(withHash(hash)))
    const names = chosen.map((host) => host!.addressText)
    expect([...new Set(names)].sort()).toEqual(['127.0.0.1:1', '127.0.0.1:2'])
    expect(cluster!.chooseHost(withHash(7))!.addressText).toBe(names[7]!)
  } finally {
    await preview.close()
  }
})
