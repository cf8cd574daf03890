import { describe, expect, test } from 'bun:test'
import { RoundRobinLoadBalancer } from '../../src/extensions/load_balancing_policies/round_robin/round-robin-load-balancer.ts'
import { seededRandom } from '../../src/random.ts'
import { HealthFlag } from '../../src/upstream/host-table.ts'
import type { HostTableView } from '../../src/upstream/load-balancer.ts'
import { Availability, ListPriority, TablePriority } from '../../src/upstream/priority.ts'
import { WeightedLocalities } from '../../src/upstream/weighted-localities.ts'
import { FakeHost } from '../support/fake-host.ts'

const { FailedEdsHealth: SICK, DegradedEdsHealth: WEAK, EdsStatusDraining: DRAINING } = HealthFlag

function weighted() {
  const random = seededRandom(5)
  const create = () => new RoundRobinLoadBalancer(random)
  const localities = () => new WeightedLocalities(create, 140, random)
  return new ListPriority(create, [localities(), localities()])
}

function host(slot: number, zone: string, localityWeight: number, flags = 0): FakeHost {
  const made = new FakeHost(slot, { locality: { region: '', zone, subZone: '' }, localityWeight })
  made.flags = flags
  return made
}

function tally(
  priority: ListPriority,
  picks: number,
  availability: Availability = Availability.Healthy,
): Record<number, number> {
  const counts: Record<number, number> = {}
  for (let pick = 0; pick < picks; pick++) {
    const slot = priority.chooseHost(availability, null, 0)?.slot ?? -1
    counts[slot] = (counts[slot] ?? 0) + 1
  }
  return counts
}

/** Each within one of what its locality's weight gives it, since the scheduler starts anywhere. */
function expectShares(counts: Record<number, number>, shares: Record<number, number>): void {
  expect(Object.keys(counts)).toEqual(Object.keys(shares))
  for (const [slot, share] of Object.entries(shares)) {
    expect(Math.abs(counts[Number(slot)]! - share)).toBeLessThanOrEqual(2)
  }
}

describe('weighted localities', () => {
  test('are chosen by their weights, their hosts in turn, and those without weight never', () => {
    const priority = weighted()
    priority.update([host(1, 'x', 1), host(2, 'x', 1), host(3, 'y', 3), host(4, 'z', 0)])
    expectShares(tally(priority, 80), { 1: 10, 2: 10, 3: 60 })
  })

  test('lose weight with their health, but for what the others can take on', () => {
    const priority = weighted()
    // y has 1 of 2: 1.4 · 1/2 = 0.7 of its weight. x, whole, cannot have more than all of its own.
    priority.update([host(1, 'x', 7), host(2, 'y', 10), host(3, 'y', 10, SICK)])
    expectShares(tally(priority, 80), { 1: 40, 2: 40 })
  })

  test('leave out hosts that do not count', () => {
    const priority = weighted()
    priority.update([host(1, 'x', 1), host(2, 'y', 1), host(3, 'y', 1, DRAINING)])
    expectShares(tally(priority, 80), { 1: 40, 2: 40 })
  })

  test('have shares of their own for degraded hosts', () => {
    const priority = weighted()
    priority.update([host(1, 'x', 1, WEAK), host(2, 'y', 3, WEAK), host(3, 'y', 3)])
    const counts = tally(priority, 80, Availability.Degraded)
    expect(Object.keys(counts)).toEqual(['1', '2'])
    // x: all of its weight 1; y: 1.4 · 1/2 of 3.
    expect(Math.abs(counts[1]! - 80 / 3.1)).toBeLessThan(3)
  })

  test('do not count when none has both weight and a fit host', () => {
    const priority = weighted()
    priority.update([host(1, 'x', 0), host(2, 'y', 0)])
    expect(tally(priority, 80)).toEqual({ 1: 40, 2: 40 })
  })

  test('do not count in a panic', () => {
    const priority = weighted()
    priority.update([host(1, 'x', 1, SICK), host(2, 'y', 9, SICK)])
    expect(tally(priority, 80, Availability.Any)).toEqual({ 1: 40, 2: 40 })
    expect(priority.chooseHost(Availability.Healthy, null, 0)).toBeNull()
  })

  test('come and go', () => {
    const priority = weighted()
    priority.update([host(1, 'x', 1), host(2, 'y', 1)])
    priority.update([host(2, 'y', 1)])
    expect(tally(priority, 10)).toEqual({ 2: 10 })
    priority.update([host(2, 'y', 1), host(3, 'x', 1)])
    expectShares(tally(priority, 20), { 2: 10, 3: 10 })
  })
})

test('a priority of tables counts health and leaves the choice to its table', () => {
  const views: HostTableView[] = []
  const first = host(1, '', 0)
  const priority = new TablePriority({
    onTableUpdated: (view) => views.push(view),
    chooseHost: () => first,
  })
  const view = { buffer: new SharedArrayBuffer(0), hosts: [first], weights: [] }
  priority.update([first, host(2, '', 0, SICK), host(3, '', 0, WEAK), host(4, '', 0, DRAINING)])
  priority.onTableUpdated(view)
  expect(priority.health).toEqual({ total: 4, healthy: 1, degraded: 1, excluded: 1 })
  expect(views).toEqual([view])
  expect(priority.chooseHost(Availability.Degraded, null, 0)).toBe(first)
})
