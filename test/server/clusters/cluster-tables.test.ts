import { describe, expect, test } from 'bun:test'
import { TimerWheel } from '../../../src/network/timers.ts'
import { ClusterTables, type PublishedTables } from '../../../src/server/clusters/cluster-tables.ts'
import { systemTime, type TimeSource } from '../../../src/time-source.ts'
import type { HostData } from '../../../src/upstream/host.ts'
import { HealthFlag } from '../../../src/upstream/host-table.ts'
import type {
  BuiltTable,
  TableBuilder,
  WeightedHost,
} from '../../../src/upstream/load-balancing-policy.ts'
import { eventually } from '../../support/eventually.ts'
import { hostData } from '../../support/fake-host.ts'
import { FakeTime } from '../../support/fake-time.ts'

const NOWHERE = { region: '', zone: '', subZone: '' }
const { FailedEdsHealth: SICK, DegradedEdsHealth: WEAK } = HealthFlag

interface BenchOptions {
  readonly sharesWeights?: boolean
  readonly isLocalityWeighted?: boolean
  readonly time?: TimeSource
  /** How long building takes. */
  readonly buildMs?: number
}

/** A cluster's tables with a builder that keeps what it was given. */
class Bench implements TableBuilder {
  readonly sharesWeights: boolean
  readonly built: (readonly WeightedHost[])[] = []
  readonly published: PublishedTables[] = []
  readonly faults: unknown[] = []
  readonly flags = new Map<number, number>()
  hosts: HostData[] = []
  reported: BuiltTable | null = null
  isClosed = false
  readonly tables: ClusterTables

  readonly #buildMs: number

  constructor(options: BenchOptions = {}) {
    this.#buildMs = options.buildMs ?? 0
    this.sharesWeights = options.sharesWeights ?? false
    this.tables = new ClusterTables({
      builder: this,
      isLocalityWeighted: options.isLocalityWeighted ?? false,
      settings: { overprovisioningFactor: 140, panicThreshold: 50 },
      locality: NOWHERE,
      timers: new TimerWheel(options.time ?? new FakeTime(1000), (error) => {
        throw error
      }),
      hosts: () => this.hosts,
      healthFlags: (slot) => this.flags.get(slot) ?? 0,
      publish: (tables) => this.published.push(tables),
      onFault: (error) => this.faults.push(error),
    })
  }

  /** Slots by priority. */
  get slots(): (readonly number[])[] {
    return this.tables.current.tables.map(({ hosts }) => hosts)
  }

  keyOf(host: HostData): string {
    return host.hostname
  }

  build(hosts: readonly WeightedHost[]): BuiltTable {
    this.built.push(hosts)
    const startMs = systemTime.monotonic()
    while (systemTime.monotonic() - startMs < this.#buildMs);
    const buffer = new SharedArrayBuffer(hosts.length)
    return { buffer, size: hosts.length, fewest: 0, most: 0 }
  }

  report(table: BuiltTable): void {
    this.reported = table
  }

  close(): void {
    this.isClosed = true
  }

  sets(slot: number, flags: number): void {
    this.flags.set(slot, flags)
    this.tables.onHealthChanged()
  }
}

const turn = () => Promise.resolve()

describe('tables of a cluster', () => {
  test('hold the healthy hosts of each priority, whatever their order and weight', () => {
    const bench = new Bench()
    bench.hosts = [
      hostData(7, { hostname: 'a', weight: 3 }),
      hostData(3, { hostname: 'b', priority: 1 }),
      hostData(5, { hostname: 'c' }),
      hostData(6, { hostname: 'd' }),
    ]
    bench.flags.set(6, WEAK)
    expect(bench.tables.rebuild()).toBe(true)
    expect(bench.slots).toEqual([[7, 5], [3]])
    expect(bench.built).toEqual([
      [
        { key: 'a', weight: 0.75 },
        { key: 'c', weight: 0.25 },
      ],
      [{ key: 'b', weight: 1 }],
    ])
    expect(bench.reported?.size).toBe(1)
    expect(bench.tables.current.buffers.map(({ byteLength }) => byteLength)).toEqual([2, 1])
  })

  test('hold all hosts of a priority that panics', () => {
    const bench = new Bench()
    bench.hosts = [hostData(1), hostData(2), hostData(3)]
    bench.flags.set(1, SICK).set(2, SICK)
    bench.tables.rebuild()
    expect(bench.slots).toEqual([[1, 2, 3]])
  })

  test('give each locality its share where that counts', () => {
    const bench = new Bench({ isLocalityWeighted: true, sharesWeights: true })
    bench.hosts = [
      hostData(1, { locality: { ...NOWHERE, zone: 'b' }, localityWeight: 3 }),
      hostData(2, { locality: { ...NOWHERE, zone: 'a' }, localityWeight: 1 }),
      hostData(3, { locality: { ...NOWHERE, zone: 'c' } }),
    ]
    bench.tables.rebuild()
    expect(bench.tables.current.tables).toEqual([{ hosts: [2, 1], weights: [0.25, 0.75] }])
  })

  test('are built anew only for a priority of which the hosts, keys or weights changed', () => {
    const bench = new Bench()
    const other = hostData(9, { hostname: 'z', priority: 1 })
    bench.hosts = [hostData(1, { hostname: 'a' }), hostData(2, { hostname: 'b' }), other]
    bench.tables.rebuild()
    const before = bench.tables.current.buffers
    expect(bench.built).toHaveLength(2)
    expect(bench.tables.rebuild()).toBe(false)
    expect(bench.built).toHaveLength(2)
    for (const host of [
      hostData(2, { hostname: 'b', weight: 4 }),
      hostData(2, { hostname: 'c', weight: 4 }),
      hostData(4, { hostname: 'c', weight: 4 }),
    ]) {
      bench.hosts = [bench.hosts[0]!, host, other]
      const count = bench.built.length
      expect(bench.tables.rebuild()).toBe(true)
      expect(bench.built).toHaveLength(count + 1)
    }
    expect(bench.tables.current.buffers[1]).toBe(before[1]!)
    expect(bench.tables.current.buffers[0]).not.toBe(before[0]!)
  })

  test('of a priority that lost its hosts stay, empty', () => {
    const bench = new Bench()
    bench.hosts = [hostData(1), hostData(2, { priority: 1 })]
    bench.tables.rebuild()
    bench.hosts = [hostData(1)]
    expect(bench.tables.rebuild()).toBe(true)
    expect(bench.slots).toEqual([[1], []])
    expect(bench.tables.current.buffers[1]!.byteLength).toBe(0)
  })

  test('give up their stats with the cluster', async () => {
    const bench = new Bench()
    bench.hosts = [hostData(1), hostData(2), hostData(3)]
    bench.tables.rebuild()
    bench.sets(1, SICK)
    bench.tables.close()
    await turn()
    expect([bench.isClosed, bench.published]).toEqual([true, []])
  })
})

describe('changes of health', () => {
  test('of one turn are one table', async () => {
    const bench = new Bench()
    bench.hosts = [1, 2, 3, 4, 5].map((slot) => hostData(slot))
    bench.tables.rebuild()
    bench.sets(1, SICK)
    bench.sets(2, SICK)
    await turn()
    expect(bench.published).toHaveLength(1)
    expect(bench.slots).toEqual([[3, 4, 5]])
    expect(bench.built).toHaveLength(2)
  })

  test('that leave the choice as it is are not told', async () => {
    const bench = new Bench()
    bench.hosts = [1, 2, 3, 4, 5].map((slot) => hostData(slot))
    bench.flags.set(1, SICK)
    bench.tables.rebuild()
    bench.sets(1, SICK | WEAK)
    await turn()
    expect(bench.published).toHaveLength(0)
  })

  test('after which no table can be built leave the one that was', async () => {
    const bench = new Bench()
    bench.hosts = [1, 2, 3, 4, 5].map((slot) => hostData(slot))
    bench.tables.rebuild()
    bench.build = () => {
      throw new Error('no memory')
    }
    bench.sets(1, SICK)
    await turn()
    expect(String(bench.faults)).toContain('no memory')
    expect(bench.slots).toEqual([[1, 2, 3, 4, 5]])
  })

  test('wait when building takes long, so that it is a tenth of the time at most', async () => {
    const bench = new Bench({ time: systemTime, buildMs: 10 })
    bench.hosts = [1, 2, 3, 4, 5].map((slot) => hostData(slot))
    bench.tables.rebuild()
    bench.sets(1, SICK)
    await turn()
    const builtMs = systemTime.monotonic()
    bench.sets(2, SICK)
    await turn()
    bench.sets(1, 0)
    expect(bench.published).toHaveLength(1)
    await eventually(() => bench.published.length === 2)
    expect(systemTime.monotonic() - builtMs).toBeGreaterThan(80)
    expect(bench.slots).toEqual([[1, 3, 4, 5]])
  })
})
