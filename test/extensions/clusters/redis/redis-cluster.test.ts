import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import type { ClusterConfig } from '../../../../src/config/schema/cluster.ts'
import { redisCluster } from '../../../../src/extensions/clusters/redis/config.ts'
import type { RedisClusterConfig } from '../../../../src/extensions/clusters/redis/schema.ts'
import { clusterProvided } from '../../../../src/extensions/load_balancing_policies/cluster_provided/config.ts'
import type { DnsCallbacks } from '../../../../src/network/dns-resolver.ts'
import type { Factory } from '../../../../src/registry.ts'
import type { HostsDelta } from '../../../../src/upstream/host.ts'
import { HealthFlag } from '../../../../src/upstream/host-table.ts'
import { clusterConfig, endpoint, group } from '../../../support/cluster-config.ts'
import { respCommand } from '../../../support/dialled-cluster.ts'
import { FakeTime } from '../../../support/fake-time.ts'
import { MainClusters } from '../../../support/main-clusters.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const SETTINGS: RedisClusterConfig = {
  clusterRefreshRateMs: 1000,
  clusterRefreshTimeoutMs: 500,
  redirectRefreshIntervalMs: 100,
  redirectRefreshThreshold: 3,
  failureRefreshThreshold: 0,
  hostDegradedRefreshThreshold: 0,
  enableZoneDiscovery: false,
}

/** A list of bulk strings, integers and lists, as redis writes it. */
function resp(value: string | number | readonly unknown[]): string {
  if (typeof value === 'number') return `:${value}\r\n`
  if (typeof value === 'string') return `$${value.length}\r\n${value}\r\n`
  return `*${value.length}\r\n${value.map((item) => resp(item as string)).join('')}`
}

const THREE = resp([
  [0, 99, ['10.0.0.1', 7001, 'a'], ['10.0.0.3', 7003, 'c']],
  [100, 16_383, ['10.0.0.2', 7002, 'b']],
])

/** A redis cluster under discovery: the test plays the nodes, the DNS servers and the clock. */
class Discovery {
  readonly time = new FakeTime(1_000_000)
  readonly queries: { readonly name: string; readonly callbacks: DnsCallbacks }[] = []
  readonly main: MainClusters
  isReady = false

  constructor(settings: Partial<RedisClusterConfig> = {}, fields: Partial<ClusterConfig> = {}) {
    const resolver = {
      name: 'played',
      category: 'envoy.network.dns_resolver',
      configType: null,
      configSchema: () => null,
      createDnsResolver: () => ({
        resolve: (name: string, _family: string, callbacks: DnsCallbacks) => {
          this.queries.push({ name, callbacks })
          return { cancel() {} }
        },
      }),
    } as Factory
    const extensions = [redisCluster, clusterProvided, resolver]
    this.main = new MainClusters(null, { time: this.time, extensions })
    const played = { name: '', factory: 'played', config: {} }
    this.main.manager.add(
      clusterConfig([group([endpoint('seed.test', 7000)])], {
        clusterType: {
          name: redisCluster.name,
          factory: redisCluster.name,
          config: { ...SETTINGS, ...settings },
        },
        loadBalancingPolicy: { name: '', factory: clusterProvided.name, config: {} },
        typedDnsResolverConfig: played,
        ...fields,
      }),
    )
    void this.main.manager.initialized.then(() => {
      this.isReady = true
    })
  }

  /** Answers the last look-up of a name. */
  resolve(name: string, ...ips: string[]): void {
    const query = this.queries.findLast((one) => one.name === name)!
    query.callbacks.onDnsResolved(
      ips.map((ip) => ({ ip, family: 4 })),
      0,
    )
  }

  failDns(name: string): void {
    this.queries.findLast((one) => one.name === name)!.callbacks.onDnsFailure('SERVFAIL')
  }

  get dialled() {
    return this.main.thread.dialled
  }

  /** Where connections went, in order. */
  get dials(): string[] {
    return this.dialled.map(({ options: { address } }) =>
      address.kind === 'ip' ? `${address.ip}:${address.port}` : address.path,
    )
  }

  /** What all connections were asked, in order of connections. */
  get asked(): number {
    return this.dialled.map(({ sent }) => sent.split('SLOTS').length - 1).reduce((a, b) => a + b, 0)
  }

  /** The last connection with an unanswered question answers it. */
  answer(reply: string): void {
    const connection = this.dialled.findLast(({ sent }) => sent !== '')!
    if (connection.state === 0) connection.open()
    connection.receive(reply)
  }

  advance(ms: number): void {
    for (let i = 0; i < ms; i += 5) {
      this.time.ms += 5
      jest.advanceTimersByTime(5)
    }
  }

  async settle(): Promise<boolean> {
    for (let i = 0; i < 5; i++) await Promise.resolve()
    return this.isReady
  }

  get counts(): Record<string, number> {
    const all = Object.entries(this.main.thread.counts())
    return Object.fromEntries(all.filter(([name]) => name.startsWith('update_')))
  }

  owner(slot: number): string | undefined {
    const { slots } = this.main.thread.manager.getThreadLocalCluster('up')!
    return slots!.chooseSlotHost(slot, false, 'MASTER')?.addressText
  }
}

/** One that has found the three nodes. */
function found(settings: Partial<RedisClusterConfig> = {}, fields: Partial<ClusterConfig> = {}) {
  const discovery = new Discovery(settings, fields)
  discovery.resolve('seed.test', '10.0.0.9')
  discovery.answer(THREE)
  return discovery
}

describe('the discovery of a redis cluster', () => {
  test('asks a seed who owns what, and tells every thread', async () => {
    const discovery = new Discovery()
    expect(discovery.queries.map(({ name }) => name)).toEqual(['seed.test'])
    discovery.resolve('seed.test', '10.0.0.9')
    expect(discovery.dials).toEqual(['10.0.0.9:7000'])
    expect(discovery.dialled[0]!.sent).toBe(respCommand('CLUSTER', 'SLOTS'))
    expect(await discovery.settle()).toBe(false)
    discovery.answer(THREE)
    expect(await discovery.settle()).toBe(true)
    expect(discovery.main.addresses()).toEqual(['10.0.0.1:7001', '10.0.0.3:7003', '10.0.0.2:7002'])
    expect([0, 99, 100, 16_383].map((slot) => discovery.owner(slot))).toEqual([
      '10.0.0.1:7001',
      '10.0.0.1:7001',
      '10.0.0.2:7002',
      '10.0.0.2:7002',
    ])
    const told = discovery.main.published.at(-1)!.value as HostsDelta
    expect(told.slotTable?.shards).toEqual([
      { primary: 0, replicas: [1] },
      { primary: 2, replicas: [] },
    ])
    const [, snapshot] = discovery.main.manager.snapshot()
    expect((snapshot!.value as HostsDelta).slotTable).toEqual(told.slotTable!)
    expect(discovery.counts).toEqual({ update_attempt: 1 })
  })

  test('asks known nodes after that, at the refresh rate, and keeps what has not changed', () => {
    const discovery = found()
    const published = discovery.main.published.length
    discovery.advance(1000)
    expect(discovery.dials.length).toBe(2)
    expect(discovery.dials[1]).toMatch(/^10\.0\.0\.[123]:700[123]$/)
    discovery.answer(THREE)
    expect(discovery.counts).toEqual({ update_attempt: 2, update_no_rebuild: 1 })
    expect(discovery.main.published.length).toBe(published)
  })

  test('follows slots that move and nodes that come and go', () => {
    const discovery = found()
    discovery.advance(1000)
    discovery.answer(resp([[0, 16_383, ['10.0.0.2', 7002, 'b'], ['10.0.0.4', 7004, 'd']]]))
    expect(discovery.main.addresses().sort()).toEqual(['10.0.0.2:7002', '10.0.0.4:7004'])
    expect(discovery.owner(0)).toBe('10.0.0.2:7002')
    discovery.advance(1000)
    discovery.answer(resp([[0, 100, ['10.0.0.4', 7004, 'd'], ['10.0.0.2', 7002, 'b']]]))
    expect([discovery.owner(100), discovery.owner(101)]).toEqual(['10.0.0.4:7004', '10.0.0.4:7004'])
  })

  test('is not ready before a good reply, however often it fails', async () => {
    const discovery = new Discovery()
    discovery.resolve('seed.test', '10.0.0.9')
    discovery.answer('-ERR This instance has cluster support disabled\r\n')
    discovery.advance(1000)
    discovery.dialled.at(-1)!.closeByPeer()
    discovery.advance(1000)
    discovery.dialled.at(-1)!.open()
    discovery.advance(505)
    expect(await discovery.settle()).toBe(false)
    expect(discovery.counts).toEqual({ update_attempt: 3, update_failure: 3 })
    expect(discovery.main.logged.join('')).toContain(
      'cluster "up": the reply to CLUSTER SLOTS is no use: ERR This instance has cluster support disabled',
    )
    discovery.advance(1000)
    discovery.answer(THREE)
    expect(await discovery.settle()).toBe(true)
  })

  test('is ready without hosts when its seeds have no address, and asks for them again', async () => {
    const discovery = new Discovery()
    discovery.failDns('seed.test')
    expect(await discovery.settle()).toBe(true)
    discovery.advance(1000)
    discovery.resolve('seed.test')
    expect(discovery.counts).toEqual({ update_failure: 1, update_empty: 1 })
    discovery.advance(1000)
    discovery.resolve('seed.test', '10.0.0.9')
    discovery.answer(THREE)
    expect(discovery.owner(0)).toBe('10.0.0.1:7001')
  })

  test('says the password of the cluster first', () => {
    const options = { username: 'me', password: 'pw', hosts: [] }
    const discovery = new Discovery(
      {},
      { typedExtensionProtocolOptions: { 'envoy.filters.network.redis_proxy': options } },
    )
    discovery.resolve('seed.test', '10.0.0.9')
    expect(discovery.dialled[0]!.sent).toStartWith(respCommand('auth', 'me', 'pw'))
  })

  test('asks nobody any more once its cluster is gone', () => {
    const discovery = found()
    discovery.main.manager.remove('up')
    discovery.advance(3000)
    expect(discovery.asked).toBe(1)
    expect(discovery.dialled.every(({ closeReason }) => closeReason !== null)).toBe(true)
    expect(discovery.main.thread.timers.size).toBe(0)
  })

  test('goes back to its seeds, looked up anew, when nobody who is known answers', () => {
    const discovery = found()
    for (let i = 0; i < 4; i++) {
      discovery.advance(1000)
      discovery.dialled.at(-1)!.fail()
    }
    discovery.resolve('seed.test', '10.0.0.8')
    for (let i = 0; i < 40 && discovery.dials.at(-1) !== '10.0.0.8:7000'; i++) {
      discovery.advance(1000)
      if (discovery.dials.at(-1) !== '10.0.0.8:7000') discovery.dialled.at(-1)!.fail()
    }
    discovery.answer(resp([[0, 16_383, ['10.0.0.5', 7005, 'e']]]))
    expect(discovery.main.addresses()).toEqual(['10.0.0.5:7005'])
  })
})

describe('names in the reply', () => {
  const NAMED = resp([
    [0, 99, ['one.test', 7001, 'a'], ['two.test', 7002, 'b'], ['10.0.0.3', 7003, 'c']],
    [100, 16_383, ['one.test', 7001, 'a']],
  ])

  function named(): Discovery {
    const discovery = new Discovery()
    discovery.resolve('seed.test', '10.0.0.9')
    discovery.answer(NAMED)
    return discovery
  }

  test('are looked up once each, and become the names of the hosts', () => {
    const discovery = named()
    expect(discovery.queries.map(({ name }) => name)).toEqual(['seed.test', 'one.test', 'two.test'])
    discovery.resolve('one.test', '10.0.0.1', '10.0.0.7')
    discovery.resolve('two.test', '10.0.0.2')
    const hosts = discovery.main.manager.entry('up')!.cluster.hosts.all()
    expect(hosts.map(({ hostname }) => hostname)).toEqual(['one.test', 'two.test', ''])
    expect(discovery.owner(5000)).toBe('10.0.0.1:7001')
  })

  test('of replicas may fail, of primaries not', () => {
    const discovery = named()
    discovery.failDns('two.test')
    discovery.resolve('one.test', '10.0.0.1')
    expect(discovery.main.addresses()).toEqual(['10.0.0.1:7001', '10.0.0.3:7003'])
    const other = named()
    other.resolve('two.test', '10.0.0.2')
    other.resolve('one.test')
    expect(other.main.addresses()).toEqual([])
    expect(other.counts).toEqual({ update_attempt: 1, update_empty: 1 })
    other.advance(1000)
    expect(other.asked).toBe(2)
  })
})

describe('a refresh that the traffic asks for', () => {
  /** What a worker reports, and main takes. */
  function vote(discovery: Discovery, redirects: number, failures = 0): void {
    discovery.main.thread.hostTable.addVotes(0, redirects, failures)
    discovery.main.manager.entry('up')!.cluster.takeVotes?.()
  }

  test('comes at the threshold of redirects, at most once an interval', () => {
    const discovery = found()
    vote(discovery, 2)
    expect(discovery.asked).toBe(1)
    vote(discovery, 1)
    expect(discovery.asked).toBe(2)
    discovery.answer(THREE)
    vote(discovery, 50)
    expect(discovery.asked).toBe(2)
    discovery.advance(100)
    vote(discovery, 3)
    expect(discovery.asked).toBe(3)
  })

  test('comes for failures and sick hosts only where the config says so', () => {
    const silent = found()
    vote(silent, 0, 100)
    const { hosts } = silent.main.manager.entry('up')!.cluster
    hosts.onHealthFailed(0)
    expect(silent.asked).toBe(1)
    const eager = found({ failureRefreshThreshold: 2, hostDegradedRefreshThreshold: 1 })
    vote(eager, 0, 2)
    expect(eager.asked).toBe(2)
    eager.answer(THREE)
    eager.advance(100)
    eager.main.manager.entry('up')!.cluster.hosts.onHealthFailed(0)
    expect(eager.asked).toBe(3)
  })

  test('never comes with a threshold of 0', () => {
    const discovery = found({ redirectRefreshThreshold: 0 })
    vote(discovery, 1000)
    expect(discovery.asked).toBe(1)
  })
})

describe('zone discovery', () => {
  const info = (zone: string) => resp(`# Server\r\navailability_zone:${zone}\r\nx:1\r\n`)

  test('asks every node, and a node that does not tell keeps its zone', () => {
    const discovery = found({ enableZoneDiscovery: true })
    expect(discovery.main.addresses()).toEqual([])
    const zones = ['a', 'b', 'c']
    for (const [index, connection] of discovery.dialled.slice(1).entries()) {
      expect(connection.sent).toBe(respCommand('INFO'))
      connection.open()
      connection.receive(info(zones[index]!))
    }
    const seen = () =>
      discovery.main.manager
        .entry('up')!
        .cluster.hosts.all()
        .map(({ locality }) => locality.zone)
    expect(seen()).toEqual(['a', 'b', 'c'])
    discovery.advance(1000)
    const asked = discovery.dialled.find(
      ({ sent }) => sent.includes('SLOTS') && sent.includes('INFO'),
    )!
    asked.receive(THREE)
    for (const connection of discovery.dialled.slice(1)) connection.receive(info(''))
    expect(seen()).toEqual(['a', 'b', 'c'])
    expect(discovery.counts).toEqual({ update_attempt: 2, update_no_rebuild: 1 })
  })
})

test('a node keeps its health and its place when others come', () => {
  const discovery = found()
  const table = discovery.main.thread.hostTable
  table.updateHealthFlags(0, 2, HealthFlag.FailedOutlierCheck, 0)
  discovery.advance(1000)
  discovery.answer(
    resp([
      [0, 99, ['10.0.0.4', 7004, 'd']],
      [100, 16_383, ['10.0.0.2', 7002, 'b']],
    ]),
  )
  const hosts = discovery.main.manager.entry('up')!.cluster.hosts.all()
  expect(hosts.map(({ slot }) => table.healthFlags(slot))).toEqual([
    0,
    HealthFlag.FailedOutlierCheck,
  ])
})
