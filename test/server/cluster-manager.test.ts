import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { renderClusters } from '../../src/server/admin/clusters.ts'
import type { ClusterData } from '../../src/upstream/cluster-data.ts'
import type { HostsDelta } from '../../src/upstream/host.ts'
import { HealthFlag, HostTable } from '../../src/upstream/host-table.ts'
import { clusterConfig, endpoint, group } from '../support/cluster-config.ts'
import { DnsServer } from '../support/dns-server.ts'
import { eventually } from '../support/eventually.ts'
import { hashContext } from '../support/hash-table.ts'
import { MainClusters } from '../support/main-clusters.ts'
import { UpstreamThread } from '../support/upstream-thread.ts'

const IGNORED = ['default.total_match_count']

function counts(main: MainClusters, name = 'up') {
  const all = Object.entries(main.thread.counts(name))
  return Object.fromEntries(all.filter(([stat]) => !IGNORED.includes(stat)))
}

describe('a STATIC cluster', () => {
  test('is ready at once, with its hosts in the order of priorities', async () => {
    const main = new MainClusters()
    main.manager.add(
      clusterConfig([
        group([endpoint('10.0.0.9', 80)], 1),
        group([endpoint('10.0.0.1', 80), endpoint('10.0.0.1', 80), endpoint('10.0.0.2', 81)]),
      ]),
    )
    await main.manager.initialized
    const twice = '10.0.0.1:80'
    expect(main.addresses()).toEqual([twice, twice, '10.0.0.2:81', '10.0.0.9:80'])
    expect(counts(main)).toEqual({
      membership_change: 2,
      membership_healthy: 4,
      membership_total: 4,
    })
  })

  test('shows the health that the config gives', () => {
    const main = new MainClusters()
    const states = ['HEALTHY', 'UNKNOWN', 'DEGRADED', 'UNHEALTHY', 'DRAINING', 'TIMEOUT'] as const
    const endpoints = states.map((healthStatus, index) =>
      endpoint(`10.0.0.${index}`, 80, { healthStatus }),
    )
    main.manager.add(clusterConfig([group(endpoints)]))
    expect(counts(main)).toEqual({
      membership_change: 1,
      membership_degraded: 1,
      membership_excluded: 1,
      membership_healthy: 2,
      membership_total: 6,
    })
  })

  test('is told to a thread that knows nothing as to those that were there', () => {
    const main = new MainClusters()
    main.manager.add(clusterConfig([group([endpoint('10.0.0.1', 80), endpoint('10.0.0.2', 80)])]))
    const worker = new UpstreamThread({
      hostTable: new HostTable(main.thread.hostTable.buffer, 1),
    })
    for (const resource of main.manager.snapshot()) {
      worker.manager.apply(JSON.parse(JSON.stringify(resource)))
    }
    const hosts = [...worker.manager.getThreadLocalCluster('up')!.hosts()]
    expect(hosts.map((host) => host.addressText)).toEqual(main.addresses())
    expect(main.published.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'cluster up',
      'hosts up',
    ])
  })

  test('its data survives JSON', () => {
    const main = new MainClusters()
    const { cluster } = main.manager.add(clusterConfig([]))
    const copy: ClusterData = JSON.parse(JSON.stringify(cluster.data))
    expect(copy).toEqual(cluster.data)
  })

  test('in the place of another of its name starts with hosts of its own', async () => {
    const main = new MainClusters()
    main.manager.add(clusterConfig([group([endpoint('10.0.0.1', 80)])]))
    main.manager.add(clusterConfig([group([endpoint('10.0.0.1', 80)])]))
    const slots = main.published
      .filter(({ kind }) => kind === 'hosts')
      .map(({ value }) => (value as HostsDelta).added[0]!.slot)
    expect(slots).toEqual([0, 1])
    const gauges = main.thread.aggregator.gauges()
    expect(gauges.find(({ name }) => name === 'cluster_manager.active_clusters')?.value).toBe(1)
  })
})

describe('slots', () => {
  const one = (name: string) => clusterConfig([group([endpoint('10.0.0.1', 80)])], { name })

  test('are used again once every thread has let go and nothing runs on the host', async () => {
    const main = new MainClusters()
    const hosts = () => main.manager.entries().flatMap(({ cluster }) => cluster.hosts.all())
    main.manager.add(one('a'))
    const table = new HostTable(main.thread.hostTable.buffer, 1)
    table.hostStats(0)[1]! += 1
    table.addActiveConnections(0, 1)
    main.manager.remove('a')
    main.manager.add(one('b'))
    expect(hosts()[0]!.slot).toBe(1)
    await main.settle()
    main.manager.add(one('c'))
    expect(hosts().at(-1)!.slot).toBe(2)
    main.manager.onThreadGone(1)
    main.manager.add(one('d'))
    expect(hosts().at(-1)!.slot).toBe(0)
    expect(table.hostStats(0)[1]).toBe(0)
  })

  test('run out with a message that says of what', () => {
    const main = new MainClusters()
    for (const name of ['a', 'b', 'c', 'd']) main.manager.add(one(name))
    expect(() => main.manager.add(one('e'))).toThrow('all 4 cluster slots are in use')
  })
})

describe('circuit breaker gauges', () => {
  test('are 0 until a limit is reached', () => {
    const main = new MainClusters()
    const config = clusterConfig([group([endpoint('10.0.0.1', 80)])])
    const limits = { ...config.circuitBreakers.default, maxConnections: 1, trackRemaining: true }
    main.manager.add({
      ...config,
      circuitBreakers: { ...config.circuitBreakers, default: limits },
    })
    const gauges = () => {
      const prefix = 'cluster.up.circuit_breakers.default.'
      const found = main.thread.aggregator.gauges().filter(({ name }) => name.startsWith(prefix))
      return Object.fromEntries(found.map(({ name, value }) => [name.slice(prefix.length), value]))
    }
    expect(gauges()).toMatchObject({ cx_open: 0, remaining_cx: 1, remaining_pending: 1024 })
    const callbacks = { onPoolReady() {}, onPoolFailure() {} }
    main.thread.manager.getThreadLocalCluster('up')!.newTcpConnection(null, callbacks)
    expect(gauges()).toMatchObject({ cx_open: 1, remaining_cx: 0, remaining_pending: 1023 })
    main.thread.dialled[0]!.open()
    expect(gauges()).toMatchObject({ remaining_pending: 1024, remaining_rq: 1023 })
    main.manager.remove('up')
    expect(gauges()).toEqual({})
  })
})

describe('a STRICT_DNS cluster', () => {
  let dns: DnsServer
  let main: MainClusters

  beforeEach(async () => {
    dns = await DnsServer.start()
    main = new MainClusters(dns)
  })

  afterEach(() => {
    main.manager.close()
    main.thread.timers.stop()
    dns.stop()
  })

  const strict = (fields = {}, ...names: string[]) =>
    clusterConfig(
      names.map((name) => group([endpoint(name, 6379, { loadBalancingWeight: 3 })])),
      { type: 'STRICT_DNS', dnsRefreshRateMs: 30, ...fields },
    )

  test('has a host for each address of each name', async () => {
    dns.setAddresses('a.test', 'A', ['10.0.0.1', '10.0.0.2'])
    dns.setAddresses('b.test', 'A', ['10.0.0.2'])
    main.manager.add(strict({ dnsRefreshRateMs: 60_000 }, 'a.test', 'b.test'))
    await main.manager.initialized
    await eventually(() => counts(main)['membership_total'] === 3)
    expect(main.addresses().sort()).toEqual(['10.0.0.1:6379', '10.0.0.2:6379', '10.0.0.2:6379'])
    expect(counts(main)).toEqual({
      max_host_weight: 3,
      membership_change: 2,
      membership_healthy: 3,
      membership_total: 3,
      update_attempt: 2,
      update_success: 2,
    })
    const hostnames = main.manager
      .entry('up')!
      .cluster.hosts.all()
      .map(({ hostname }) => hostname)
    expect(hostnames).toEqual(['a.test', 'a.test', 'b.test'])
  })

  test('follows a change and keeps the hosts that stay', async () => {
    dns.setAddresses('a.test', 'A', ['10.0.0.1', '10.0.0.2'])
    main.manager.add(strict({}, 'a.test'))
    await main.manager.initialized
    const hosts = () => main.manager.entry('up')!.cluster.hosts.all()
    const kept = hosts().find(({ address }) => address.kind === 'ip' && address.ip === '10.0.0.2')
    dns.setAddresses('a.test', 'A', ['10.0.0.2', '10.0.0.3'])
    await eventually(() => main.addresses().includes('10.0.0.3:6379'))
    expect(main.addresses()).toEqual(['10.0.0.2:6379', '10.0.0.3:6379'])
    expect(hosts().map(({ slot }) => slot)).toContain(kept!.slot)
    await eventually(() => (counts(main)['update_no_rebuild'] ?? 0) > 0)
    expect(counts(main)['membership_change']).toBe(2)
  })

  test('loses its hosts when the name is gone', async () => {
    dns.setAddresses('a.test', 'A', ['10.0.0.1'])
    main.manager.add(strict({}, 'a.test'))
    await main.manager.initialized
    dns.set('a.test', 'A', { code: 3 })
    await eventually(() => main.addresses().length === 0)
    expect(counts(main)).not.toHaveProperty('update_failure')
  })

  test('keeps its hosts when the server fails, and asks again after the backoff', async () => {
    dns.setAddresses('a.test', 'A', ['10.0.0.1'])
    const dnsFailureRefreshRate = { baseIntervalMs: 5, maxIntervalMs: 10 }
    main.manager.add(strict({ dnsFailureRefreshRate }, 'a.test'))
    await main.manager.initialized
    dns.set('a.test', 'A', { code: 2 })
    await eventually(() => (counts(main)['update_failure'] ?? 0) >= 3)
    expect(main.addresses()).toEqual(['10.0.0.1:6379'])
    dns.setAddresses('a.test', 'A', ['10.0.0.7'])
    await eventually(() => main.addresses()[0] === '10.0.0.7:6379')
  })

  test('asks again after the TTL with respect_dns_ttl', async () => {
    dns.setAddresses('a.test', 'A', ['10.0.0.1'], 1)
    main.manager.add(strict({ respectDnsTtl: true, dnsRefreshRateMs: 60_000 }, 'a.test'))
    await main.manager.initialized
    const start = performance.now()
    await eventually(() => dns.count('a.test A udp') === 2)
    const took = performance.now() - start
    expect(took).toBeGreaterThan(900)
    expect(took).toBeLessThan(2000)
  })

  test('is ready when its first name was tried, or at once without wait_for_warm_on_init', async () => {
    dns.set('silent.test', 'A', { silent: true })
    main.manager.add(strict({ waitForWarmOnInit: false }, 'silent.test'))
    await main.manager.initialized
    expect(dns.count('silent.test A udp')).toBeLessThanOrEqual(1)
    main.manager.add(strict({ name: 'none' }))
    await main.manager.initialized
  })

  test('takes an address in place of a name', async () => {
    main.manager.add(strict({}, '127.0.0.1'))
    await main.manager.initialized
    expect(main.addresses()).toEqual(['127.0.0.1:6379'])
  })

  test('asks no more once it is removed', async () => {
    dns.setAddresses('a.test', 'A', ['10.0.0.1'])
    main.manager.add(strict({ dnsRefreshRateMs: 5 }, 'a.test'))
    await main.manager.initialized
    main.manager.remove('up')
    expect(main.thread.timers.size).toBe(0)
    expect(main.addresses()).toEqual([])
  })
})

describe('/clusters', () => {
  const main = new MainClusters()
  const config = clusterConfig([
    group([
      endpoint('10.0.0.1', 80, { hostname: 'h.test', healthStatus: 'DEGRADED' }),
      endpoint('10.0.0.2', 81, { metadata: { 'envoy.lb': { canary: true } } }),
    ]),
  ])
  main.manager.add({ ...config, altStatName: 'other' })
  const view = { entries: main.manager.entries(), table: main.thread.hostTable }

  test('as text', () => {
    const lines = renderClusters(view, 'text').split('\n')
    expect(lines.slice(0, 11)).toEqual([
      'up::observability_name::other',
      'up::default_priority::max_connections::1024',
      'up::default_priority::max_pending_requests::1024',
      'up::default_priority::max_requests::1024',
      'up::default_priority::max_retries::3',
      'up::high_priority::max_connections::1024',
      'up::high_priority::max_pending_requests::1024',
      'up::high_priority::max_requests::1024',
      'up::high_priority::max_retries::3',
      'up::added_via_api::false',
      'up::10.0.0.1:80::cx_active::0',
    ])
    expect(lines).toContain('up::10.0.0.1:80::health_flags::/degraded_eds_health')
    expect(lines).toContain('up::10.0.0.1:80::hostname::h.test')
    expect(lines).toContain('up::10.0.0.2:81::health_flags::healthy')
    expect(lines).toContain('up::10.0.0.2:81::canary::true')
    expect(lines.at(-2)).toBe('up::10.0.0.2:81::local_origin_success_rate::-1')
  })

  test('as JSON', () => {
    const { cluster_statuses: statuses } = JSON.parse(renderClusters(view, 'json'))
    expect(statuses[0].host_statuses[0]).toMatchObject({
      address: { socket_address: { address: '10.0.0.1', port_value: 80 } },
      health_status: { eds_health_status: 'DEGRADED' },
      weight: 1,
      hostname: 'h.test',
      locality: {},
    })
    expect(statuses[0].observability_name).toBe('other')
    expect(statuses[0].circuit_breakers.thresholds[1].priority).toBe('HIGH')
  })
})

describe('a cluster of tables', () => {
  const RING = {
    name: '',
    factory: 'envoy.load_balancing_policies.ring_hash',
    config: {
      hashFunction: 'XX_HASH',
      minimumRingSize: 1024,
      maximumRingSize: 8388608,
      useHostnameForHashing: false,
      hashBalanceFactor: 0,
      consistentHashingLbConfig: null,
      localityWeightedLbConfig: false,
    },
  }
  const endpoints = (count: number) =>
    Array.from({ length: count }, (_, index) => endpoint(`10.0.0.${index + 1}`, 80))

  /** Which host of main's own thread each of a few hashes falls on. */
  function picks(main: MainClusters): (string | undefined)[] {
    const cluster = main.thread.manager.getThreadLocalCluster('up')!
    return Array.from(
      { length: 40 },
      (_, n) => cluster.chooseHost(hashContext(Bun.hash.xxHash64(`${n}`)))?.addressText,
    )
  }

  test('is told to every thread with its hosts, in memory that they share', () => {
    const main = new MainClusters()
    main.manager.add(clusterConfig([group(endpoints(4))], { loadBalancingPolicy: RING }))
    const hosts = main.published.findLast(({ kind }) => kind === 'hosts')!
    expect((hosts.value as HostsDelta).tables).toEqual([{ hosts: [0, 1, 2, 3], weights: [] }])
    expect(hosts.buffers).toHaveLength(1)
    expect(main.manager.snapshot().at(-1)!.buffers![0]).toBe(hosts.buffers![0]!)
    const worker = new UpstreamThread({ hostTable: new HostTable(main.thread.hostTable.buffer, 1) })
    for (const resource of main.manager.snapshot()) worker.manager.apply(resource)
    const hash = hashContext(12345n)
    expect(worker.manager.getThreadLocalCluster('up')!.chooseHost(hash)?.slot).toBe(
      main.thread.manager.getThreadLocalCluster('up')!.chooseHost(hash)!.slot,
    )
    expect(counts(main)).toMatchObject({
      'ring_hash_lb.size': 1024,
      'ring_hash_lb.min_hashes_per_host': 256,
      'ring_hash_lb.max_hashes_per_host': 256,
    })
  })

  test('moves the keys of a host that is unhealthy, and few others, and back', async () => {
    const main = new MainClusters()
    main.manager.add(clusterConfig([group(endpoints(5))], { loadBalancingPolicy: RING }))
    const { cluster } = main.manager.entry('up')!
    const { slot } = cluster.data
    const before = picks(main)
    expect(new Set(before).size).toBe(5)
    main.thread.hostTable.updateHealthFlags(slot, 2, HealthFlag.FailedOutlierCheck, 0)
    cluster.hosts.onHealthChanged()
    await Promise.resolve()
    const during = picks(main)
    expect(during).not.toContain('10.0.0.3:80')
    // The four that are left have a fifth more entries each, which take a few keys from each other.
    const others = before.filter((host) => host !== '10.0.0.3:80').length
    const kept = before.filter((host, n) => host === during[n]).length
    expect(kept / others).toBeGreaterThan(0.75)
    const told = main.published.length
    main.thread.hostTable.updateHealthFlags(slot, 2, 0, HealthFlag.FailedOutlierCheck)
    cluster.hosts.onHealthChanged()
    await eventually(() => main.published.length > told)
    expect(picks(main)).toEqual(before)
  })

  test('gives its gauges back when it goes', () => {
    const main = new MainClusters()
    main.manager.add(clusterConfig([group(endpoints(2))], { loadBalancingPolicy: RING }))
    main.manager.remove('up')
    const names = [...main.thread.aggregator.gauges()].map(({ name }) => name)
    expect(names.filter((name) => name.includes('ring_hash'))).toEqual([])
  })
})
