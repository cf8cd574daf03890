import { beforeEach, describe, expect, test } from 'bun:test'
import { ipAddress } from '../../../src/network/address.ts'
import {
  ClusterHosts,
  type ClusterHostsOptions,
} from '../../../src/server/clusters/cluster-hosts.ts'
import { StatsStore } from '../../../src/stats/store.ts'
import { CLUSTER_STATS } from '../../../src/upstream/cluster-stats-table.ts'
import type { DesiredHost } from '../../../src/upstream/desired-host.ts'
import type { HostsDelta } from '../../../src/upstream/host.ts'
import { HealthFlag, HostTable } from '../../../src/upstream/host-table.ts'
import { hostData } from '../../support/fake-host.ts'

let table: HostTable
let published: HostsDelta[]
beforeEach(() => {
  table = new HostTable(HostTable.createBuffer({ threads: 1, maxHosts: 16, maxClusters: 1 }), 0)
  published = []
})

function hosts(options: Partial<ClusterHostsOptions> = {}): ClusterHosts {
  let next = 0
  return new ClusterHosts({
    cluster: 'up',
    clusterSlot: 0,
    table,
    stats: new StatsStore({ thread: 'main_thread', announce: () => {} }).block('', CLUSTER_STATS),
    takeSlot: () => next++,
    retireSlot: () => {},
    publish: (delta) => published.push(delta),
    onHealthChanged: () => {},
    activeChecks: { ignoresNewHosts: false, keepsHealthyHosts: true },
    closesOnFailure: false,
    ...options,
  })
}

function desired(last: number, healthCheck: Partial<DesiredHost['healthCheck']> = {}): DesiredHost {
  const { slot: _, ...host } = hostData(last)
  return {
    ...host,
    healthCheck: { isDisabled: false, address: null, hostname: '', ...healthCheck },
  }
}

/** What a check that passed does. */
const pass = (slot: number) => table.updateHealthFlags(0, slot, 0, HealthFlag.FailedActiveHc)
const slots = (all: ClusterHosts) => all.all().map(({ slot }) => slot)

describe('a host that discovery drops', () => {
  test('stays while its health checks pass, and says so', () => {
    const all = hosts()
    all.update(0, [desired(1), desired(2)])
    pass(0)
    pass(1)
    expect(all.update(0, [desired(1)])).toBe(false)
    expect(slots(all)).toEqual([0, 1])
    expect(table.healthFlags(1)).toBe(HealthFlag.PendingDynamicRemoval)
    expect(published.flatMap(({ removed }) => removed)).toEqual([])
  })

  test('goes with the next update once it has failed', () => {
    const all = hosts()
    all.update(0, [desired(1), desired(2)])
    pass(0)
    pass(1)
    all.update(0, [desired(1)])
    table.updateHealthFlags(0, 1, HealthFlag.FailedActiveHc, 0)
    expect(all.update(0, [desired(1)])).toBe(true)
    expect(slots(all)).toEqual([0])
  })

  test('is an ordinary host again when discovery finds it again', () => {
    const all = hosts()
    all.update(0, [desired(1), desired(2)])
    pass(1)
    all.update(0, [desired(1)])
    all.update(0, [desired(1), desired(2)])
    expect(slots(all)).toEqual([0, 1])
    expect(table.healthFlags(1)).toBe(0)
  })

  test.each([
    ['it never passed', {}, () => {}],
    ['ignore_health_on_host_removal', { keepsHealthyHosts: false }, () => pass(0)],
  ])('goes at once: %s', (_, active, before) => {
    const all = hosts({
      activeChecks: { ignoresNewHosts: false, keepsHealthyHosts: true, ...active },
    })
    all.update(0, [desired(1)])
    before()
    expect(all.update(0, [])).toBe(true)
    expect(slots(all)).toEqual([])
  })

  test('goes at once when nobody checks it', () => {
    const all = hosts()
    all.update(0, [desired(1, { isDisabled: true })])
    all.update(0, [])
    const unchecked = hosts({ activeChecks: null })
    unchecked.update(0, [desired(1)])
    unchecked.update(0, [])
    expect([slots(all), slots(unchecked)]).toEqual([[], []])
  })
})

describe('a host that discovery finds', () => {
  test('counts for nothing until it was checked, with ignore_new_hosts_until_first_hc', () => {
    const all = hosts({ activeChecks: { ignoresNewHosts: true, keepsHealthyHosts: true } })
    all.update(0, [desired(1), desired(2, { isDisabled: true })])
    expect([table.healthFlags(0), table.healthFlags(1)]).toEqual([
      HealthFlag.FailedActiveHc | HealthFlag.PendingActiveHc,
      0,
    ])
  })

  test('is another one when it is to be checked elsewhere, or no longer', () => {
    const all = hosts({ activeChecks: { ignoresNewHosts: false, keepsHealthyHosts: false } })
    all.update(0, [desired(1)])
    all.update(0, [desired(1, { address: ipAddress('10.0.0.1', 81) })])
    all.update(0, [desired(1, { isDisabled: true })])
    expect(slots(all)).toEqual([2])
    expect(published.map(({ removed }) => removed)).toEqual([[], [0], [1]])
  })

  test('is told to threads without what they need not know', () => {
    const all = hosts()
    all.update(0, [desired(1)])
    expect(published[0]!.added).toEqual([{ ...hostData(1), slot: 0 }])
  })
})
