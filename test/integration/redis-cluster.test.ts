import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createThreadContext, type ThreadContext } from '../../src/extension/thread-context.ts'
import { builtinExtensions } from '../../src/extensions/index.ts'
import { LogRegistry } from '../../src/logging/log-registry.ts'
import { Registry } from '../../src/registry.ts'
import { MainClusterManager } from '../../src/server/cluster-manager.ts'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import { SharedNumbers } from '../../src/stats/shared-numbers.ts'
import { StatsStore } from '../../src/stats/store.ts'
import { HostTable } from '../../src/upstream/host-table.ts'
import { clusterConfig, endpoint, group } from '../support/cluster-config.ts'
import { eventually } from '../support/eventually.ts'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts'
import { needs } from '../support/require.ts'

setDefaultTimeout(60_000)

/** A main thread's clusters on real sockets and clocks. */
function startMain(port: number, refreshRateMs: number) {
  const registry = new Registry().register(...builtinExtensions)
  const hostTable = new HostTable(HostTable.createBuffer({ threads: 1 }), 0)
  const aggregator = new StatsAggregator()
  const stats = new StatsStore({
    thread: 'main_thread',
    announce: (message) => aggregator.onAnnouncement('main_thread', message),
  })
  const thread: ThreadContext = createThreadContext({
    registry,
    stats,
    sharedNumbers: new SharedNumbers(SharedNumbers.createBuffer({ threads: 1 }), 0),
    hostTable,
    logs: new LogRegistry({ sink: () => {} }),
    fileFlushIntervalMs: 1000,
    fileFlushMinBytes: 1,
    onTapped: () => {},
  })
  const manager = new MainClusterManager({
    registry,
    thread,
    hostTable,
    aggregator,
    bootstrap: {
      clusterManager: { upstreamBindConfig: null, outlierDetection: { eventLogPath: '' } },
      node: {
        ...{ id: '', cluster: '', metadata: null, clientFeatures: [] },
        ...{ userAgentName: '', userAgentVersion: '' },
        locality: { region: '', zone: '', subZone: '' },
      },
      typedDnsResolverConfig: null,
    },
    publish() {},
    settled: async () => {},
  })
  manager.add(
    clusterConfig([group([endpoint('127.0.0.1', port)])], {
      clusterType: {
        name: 'envoy.clusters.redis',
        factory: 'envoy.clusters.redis',
        config: {
          clusterRefreshRateMs: refreshRateMs,
          clusterRefreshTimeoutMs: 3000,
          redirectRefreshIntervalMs: 0,
          redirectRefreshThreshold: 5,
          failureRefreshThreshold: 0,
          hostDegradedRefreshThreshold: 0,
          enableZoneDiscovery: false,
        },
      },
      loadBalancingPolicy: {
        name: '',
        factory: 'envoy.load_balancing_policies.cluster_provided',
        config: {},
      },
    }),
  )
  const { slots } = thread.clusterManager.getThreadLocalCluster('up')!
  const owner = (slot: number) => slots!.chooseSlotHost(slot, false, 'MASTER')?.addressText
  const stop = () => {
    manager.close()
    thread.timers.stop()
  }
  return { manager, slots: slots!, owner, stop }
}

describe.if(needs('redis'))('a real cluster of three masters', () => {
  let redis: RedisCluster
  beforeAll(async () => {
    redis = await startRedisCluster(3)
  })
  afterAll(async () => {
    await redis?.kill()
  })

  /** First slot and address of the owner of each range, as redis itself says. */
  async function ranges() {
    const lines = (await redis.cli(redis.ports[0]!, 'cluster', 'nodes')).trim().split('\n')
    return lines.flatMap((line) => {
      const [id, address = '', , , , , , , ...slots] = line.split(' ')
      const first = slots.find((slot) => /^\d/.test(slot))?.split('-')[0]
      return first === undefined
        ? []
        : [{ id: id!, address: address.split('@')[0]!, first: Number(first) }]
    })
  }

  test('is known by its slots, from any one of its nodes', async () => {
    const main = startMain(redis.ports[1]!, 60_000)
    await main.manager.initialized
    const known = await ranges()
    expect(known.length).toBe(3)
    for (const { first, address } of known) expect(main.owner(first)).toBe(address)
    expect(main.slots.shards().length).toBe(3)
    expect([...Array(16_384).keys()].every((slot) => main.owner(slot) !== undefined)).toBe(true)
    main.stop()
  })

  test('is asked again when enough hosts redirect, and slots that moved are found', async () => {
    const main = startMain(redis.ports[0]!, 60_000)
    await main.manager.initialized
    const [from, to] = await ranges()
    const port = (address: string) => Number(address.split(':')[1])
    const { first } = from!
    await redis.cli(port(to!.address), 'cluster', 'setslot', String(first), 'importing', from!.id)
    await redis.cli(port(from!.address), 'cluster', 'setslot', String(first), 'migrating', to!.id)
    for (const { address } of await ranges()) {
      await redis.cli(port(address), 'cluster', 'setslot', String(first), 'node', to!.id)
    }
    expect(main.owner(first)).toBe(from!.address)
    for (let i = 0; i < 5; i++) main.slots.onRedirect()
    await eventually(() => main.owner(first) === to!.address, 5000)
    expect(main.owner(first + 1)).toBe(from!.address)
    main.stop()
  })
})
