import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { HealthFlag } from '../../src/upstream/host-table.ts'
import type { ReadPolicy } from '../../src/upstream/load-balancer.ts'
import type { SlotTable } from '../../src/upstream/slot-table.ts'
import { hostData } from '../support/fake-host.ts'
import { FakeTime } from '../support/fake-time.ts'
import { UpstreamThread } from '../support/upstream-thread.ts'

const zoned = (slot: number, zone: string) =>
  hostData(slot, { locality: { region: '', zone, subZone: '' } })

/** Two shards: 1 with replicas 2 and 3 owns the lower half, 4 the upper but for its last slot. Zones: a, b, c; a. */
const TABLE: SlotTable = {
  shards: [
    { primary: 1, replicas: [2, 3] },
    { primary: 4, replicas: [] },
  ],
  ranges: [0, 8191, 0, 8192, 16_382, 1],
  localZone: 'b',
}

function sharded(table: SlotTable = TABLE) {
  const thread = new UpstreamThread()
  const hosts = [zoned(1, 'a'), zoned(2, 'b'), zoned(3, 'c'), zoned(4, 'a')]
  const cluster = thread.addCluster({ isSharded: true }, hosts)
  const apply = (slotTable: SlotTable, removed: readonly number[] = []) =>
    thread.manager.applyHosts({ cluster: 'up', added: [], changed: [], removed, slotTable })
  apply(table)
  const balancer = cluster.slots!
  /** Every host that reads of a slot can get. */
  const reads = (slot: number, policy: ReadPolicy) => {
    const picks = Array.from({ length: 200 }, () => balancer.chooseSlotHost(slot, true, policy))
    return [...new Set(picks.map((host) => host?.slot ?? null))].sort()
  }
  const fail = (slot: number, flag: number = HealthFlag.FailedActiveHc) =>
    thread.hostTable.updateHealthFlags(0, slot, flag, 0)
  return { thread, cluster, balancer, apply, reads, fail }
}

describe('a sharded cluster on a thread', () => {
  test('gives the owner of a slot, and for one without the first shard, as Envoy', () => {
    const { balancer } = sharded()
    const owners = [0, 8191, 8192, 16_382, 16_383].map(
      (slot) => balancer.chooseSlotHost(slot, false, 'ANY')?.slot ?? null,
    )
    expect(owners).toEqual([1, 1, 4, 4, 1])
    expect(balancer.shards().map(({ slot }) => slot)).toEqual([1, 4])
  })

  test('knows nobody before it was told', () => {
    const thread = new UpstreamThread()
    const { slots } = thread.addCluster({ isSharded: true }, [hostData(1)])
    expect(slots!.chooseSlotHost(0, false, 'MASTER')).toBeNull()
    expect(slots!.shards()).toEqual([])
  })

  test('takes a new table whole, and loses the shards of hosts that are gone', () => {
    const { balancer, apply } = sharded()
    apply({ ...TABLE, ranges: [0, 8191, 1, 8192, 16_383, 0] }, [4])
    const owners = [0, 8191, 8192, 16_383].map(
      (slot) => balancer.chooseSlotHost(slot, false, 'MASTER')?.slot ?? null,
    )
    expect(owners).toEqual([null, null, 1, 1])
    expect(balancer.shards().map(({ slot }) => slot)).toEqual([1])
  })

  test('is one for who brings a hash only, and chooses nobody without', () => {
    const { cluster } = sharded()
    const context = (low: number | null) => ({
      hashKey: () => (low === null ? null : { high: 7, low }),
      metadataMatch: () => null,
      hostSelectionRetries: 0,
      shouldSelectAnotherHost: () => false,
    })
    expect(cluster.chooseHost(context(0xffff_0001))?.slot).toBe(1)
    expect(cluster.chooseHost(context(16_384 + 9000))?.slot).toBe(4)
    expect(cluster.chooseHost(context(null))).toBeNull()
    expect(cluster.chooseHost(null)).toBeNull()
  })

  test('of another policy has no slots', () => {
    expect(new UpstreamThread().addCluster({}, []).slots).toBeNull()
  })
})

describe('reads', () => {
  test.each([
    ['MASTER', [1], [1], [4]],
    ['PREFER_MASTER', [1], [2, 3], [4]],
    ['REPLICA', [2, 3], [2, 3], [null]],
    ['PREFER_REPLICA', [2, 3], [2, 3], [4]],
    ['ANY', [1, 2, 3], [2, 3], [4]],
    ['LOCAL_ZONE_AFFINITY', [2], [2], [4]],
    ['LOCAL_ZONE_AFFINITY_REPLICAS_AND_PRIMARY', [2], [2], [4]],
  ] as const)(
    'with %s go to %p, to %p with a sick primary, to %p in a shard without replicas',
    (policy, well, sick, alone) => {
      const { reads, fail } = sharded()
      expect(reads(0, policy)).toEqual([...well])
      expect(reads(9000, policy)).toEqual([...alone])
      fail(1)
      expect(reads(0, policy)).toEqual([...sick])
    },
  )

  test('go to sick replicas rather than to none, to degraded ones before that', () => {
    const { reads, fail } = sharded()
    fail(2)
    fail(3, HealthFlag.DegradedActiveHc)
    expect(reads(0, 'REPLICA')).toEqual([3])
    expect(reads(0, 'PREFER_REPLICA')).toEqual([1])
    fail(3)
    expect(reads(0, 'REPLICA')).toEqual([2, 3])
  })

  test('with an affinity go elsewhere when nobody is near', () => {
    const { reads } = sharded({ ...TABLE, localZone: 'a' })
    expect(reads(0, 'LOCAL_ZONE_AFFINITY')).toEqual([2, 3])
    expect(reads(0, 'LOCAL_ZONE_AFFINITY_REPLICAS_AND_PRIMARY')).toEqual([1])
    const nowhere = sharded({ ...TABLE, localZone: '' })
    expect(nowhere.reads(0, 'LOCAL_ZONE_AFFINITY_REPLICAS_AND_PRIMARY')).toEqual([2, 3])
    expect(nowhere.reads(9000, 'LOCAL_ZONE_AFFINITY')).toEqual([4])
  })
})

describe('votes', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  test('are summed up before main is told, and told once', () => {
    const time = new FakeTime(1000)
    const thread = new UpstreamThread({ time })
    const cluster = thread.addCluster({ isSharded: true, slot: 3 }, [hostData(1)])
    const [host] = cluster.hosts()
    const before = thread.hostTable.reports()
    for (let i = 0; i < 1000; i++) cluster.slots!.onRedirect()
    cluster.slots!.onRequestFailure(host!)
    expect(thread.hostTable.reports()).toBe(before)
    time.ms += 15
    jest.advanceTimersByTime(15)
    expect(thread.hostTable.reports()).toBe(before + 1)
    expect(thread.hostTable.takeVotes(3)).toEqual({ redirects: 1000, failures: 1 })
    expect(thread.hostTable.takeVotes(3)).toEqual({ redirects: 0, failures: 0 })
  })
})
