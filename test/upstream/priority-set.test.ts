import { describe, expect, test } from 'bun:test'
import { setHash64 } from '../../src/codec/hash/hash64.ts'
import { RoundRobinLoadBalancer } from '../../src/extensions/load_balancing_policies/round_robin/round-robin-load-balancer.ts'
import { seededRandom } from '../../src/random.ts'
import { CLUSTER_STATS } from '../../src/upstream/cluster-stats-table.ts'
import { HealthFlag } from '../../src/upstream/host-table.ts'
import { ListPriority } from '../../src/upstream/priority.ts'
import { PrioritySet } from '../../src/upstream/priority-set.ts'
import { FakeHost } from '../support/fake-host.ts'

function setOf(hosts: readonly FakeHost[], panicThreshold = 50) {
  const stats = new Float64Array(CLUSTER_STATS.names.length)
  const random = seededRandom(11)
  const set = new PrioritySet(
    () => new ListPriority(() => new RoundRobinLoadBalancer(random), null),
    { overprovisioningFactor: 140, panicThreshold },
    random,
    stats,
  )
  set.update(hosts)
  return { set, panics: () => stats[CLUSTER_STATS.index.lb_healthy_panic]! }
}

function hosts(flags: readonly number[], priority = 0, first = 1): FakeHost[] {
  return flags.map((flag, index) => {
    const host = new FakeHost(first + index, { priority })
    host.flags = flag
    return host
  })
}

function tally(set: PrioritySet, picks: number): Record<number, number> {
  const counts: Record<number, number> = {}
  for (let pick = 0; pick < picks; pick++) {
    const slot = set.chooseHost(null, 0)?.slot ?? -1
    counts[slot] = (counts[slot] ?? 0) + 1
  }
  return counts
}

const { FailedEdsHealth: SICK, DegradedEdsHealth: WEAK, EdsStatusDraining: DRAINING } = HealthFlag

test('healthy hosts take everything, at exactly half of them still', () => {
  const { set, panics } = setOf(hosts([0, 0, SICK, SICK]))
  expect(tally(set, 16)).toEqual({ 1: 8, 2: 8 })
  expect(panics()).toBe(0)
})

test('below the panic threshold all hosts are used, and each pick is counted', () => {
  const { set, panics } = setOf(hosts([0, SICK, SICK, SICK]))
  expect(tally(set, 16)).toEqual({ 1: 4, 2: 4, 3: 4, 4: 4 })
  expect(panics()).toBe(16)
})

test('with the threshold at 0 nobody is chosen when nobody is fit', () => {
  const { set, panics } = setOf(hosts([SICK, SICK]), 0)
  expect(set.chooseHost(null, 0)).toBeNull()
  expect(panics()).toBe(0)
})

test('draining hosts do not count, nor are they chosen', () => {
  const { set } = setOf(hosts([0, DRAINING, DRAINING, DRAINING]))
  expect(tally(set, 8)).toEqual({ 1: 8 })
})

test('the next priority takes over when the first has nobody', () => {
  const { set } = setOf([...hosts([SICK, DRAINING]), ...hosts([0], 1, 5), ...hosts([0], 2, 6)])
  expect(tally(set, 12)).toEqual({ 5: 12 })
})

test('the next priority takes what the first cannot', () => {
  const { set } = setOf([...hosts([0, 0, SICK]), ...hosts([0], 1, 5)])
  const spilled = tally(set, 5000)[5]!
  expect(spilled / 5000).toBeGreaterThan(0.05)
  expect(spilled / 5000).toBeLessThan(0.09)
})

test('degraded hosts take their part after the healthy ones', () => {
  const { set } = setOf(hosts([0, 0, 0, WEAK, WEAK, WEAK, SICK, SICK, SICK, SICK]))
  const counts = tally(set, 4000)
  const degraded = counts[4]! + counts[5]! + counts[6]!
  expect(Math.abs(degraded - 2000)).toBeLessThan(200)
  expect(Object.keys(counts).length).toBe(6)
})

describe('the hash of a request', () => {
  test('decides on the priority', () => {
    const { set } = setOf([...hosts([0, 0, SICK]), ...hosts([0], 1, 5)])
    const context = (hash: bigint) => ({
      hashKey: () => setHash64({ high: 0, low: 0 }, hash),
      metadataMatch: () => null,
      hostSelectionRetries: 0,
      shouldSelectAnotherHost: () => false,
    })
    for (const hash of [0n, 92n, 192n]) expect(set.chooseHost(context(hash), 0)!.priority).toBe(0)
    for (const hash of [93n, 99n, 2n ** 64n - 1n]) {
      expect(set.chooseHost(context(hash), 0)!.priority).toBe(hash % 100n < 93n ? 0 : 1)
    }
  })
})

test('balancers keep their places when health changes', () => {
  const all = hosts([0, 0, 0])
  const { set } = setOf(all)
  const first = set.chooseHost(null, 0)!.slot
  set.update(all)
  expect(set.chooseHost(null, 0)!.slot).toBe((first % 3) + 1)
})
