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
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts'
import { redisClusterConfig } from '../support/redis-config.ts'
import { connectToRedis } from '../support/redis-wire.ts'
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
    dnsResolver: null,
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

  describe('through the proxy', () => {
    let proxy: TestProxy
    beforeAll(async () => {
      const refresh = { redirect_refresh_interval: '0.1s', failure_refresh_threshold: 1 }
      const config = redisClusterConfig([redis.ports[0]!], {
        cluster_refresh_rate: '60s',
        ...refresh,
      })
      proxy = await startProxy(config, { concurrency: 2 })
    })
    afterAll(async () => {
      await proxy?.stop()
    })

    test('no answer is wrong while slots move under load', async () => {
      const keys = Array.from({ length: 500 }, (_, index) => `key:${index}`)
      const [from, to] = await ranges()
      let isMoving = true
      const count = async (client: number) => {
        const wire = await connectToRedis(proxy.port('in'))
        let round = 0
        for (let last = false; !last; round++) {
          last = !isMoving
          for (const key of keys.slice(client * 100, client * 100 + 100)) {
            const reply = await wire.value('INCR', key)
            expect(reply).toEqual({ type: 'integer', value: round + 1 })
          }
        }
        wire.close()
        return round
      }
      const rounds = [0, 1, 2, 3, 4].map(count)
      const attempts = (await proxy.stats('update_attempt'))['cluster.up.update_attempt']!
      await redis.reshard(from!, to!, 600)
      isMoving = false
      expect(Math.min(...(await Promise.all(rounds)))).toBeGreaterThan(1)
      const moved = await proxy.stats('update_attempt')
      expect(moved['cluster.up.update_attempt']!).toBeGreaterThan(attempts)
    })

    test('a master that dies costs its own keys only, and is answered for at once', async () => {
      const known = await ranges()
      const dead = known.at(-1)!
      const port = Number(dead.address.split(':')[1])
      const wire = await connectToRedis(proxy.port('in'))
      const keys = Array.from({ length: 60 }, (_, index) => `dead:${index}`)
      for (const key of keys) await wire.reply('SET', key, 'v')
      await redis.killNode(port)
      const replies: string[] = []
      const start = performance.now()
      for (const key of keys) replies.push((await wire.value('GET', key)).type)
      expect(performance.now() - start).toBeLessThan(3000)
      expect(new Set(replies)).toEqual(new Set(['bulk', 'error']))
      expect(replies.filter((type) => type === 'bulk').length).toBeGreaterThan(20)
      wire.close()
    })
  })
})
