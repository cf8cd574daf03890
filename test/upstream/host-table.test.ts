import { expect, test } from 'bun:test'
import { BreakerResource, HealthFlag, HostStat, HostTable } from '../../src/upstream/host-table.ts'
import { hostData } from '../support/fake-host.ts'
import { UpstreamThread } from '../support/upstream-thread.ts'

function tables(threads: number): HostTable[] {
  const buffer = HostTable.createBuffer({ threads, maxHosts: 16, maxClusters: 4 })
  return Array.from({ length: threads }, (_, thread) => new HostTable(buffer, thread))
}

test('active requests are one number, their shares each thread’s own', () => {
  const [main, one, two] = tables(3)
  for (const table of [one!, two!, two!]) {
    table.addActiveRequests(5, 1)
    table.hostStats(5)[HostStat.RqActive]!++
  }
  expect(main!.activeRequests(5)).toBe(3)
  expect(main!.hostStat(5, HostStat.RqActive)).toBe(3)
  expect(two!.hostStats(5)[HostStat.RqActive]).toBe(2)
  expect(main!.activeRequests(4)).toBe(0)
})

test('a dead thread gives back its requests, connections and breakers, but not its history', () => {
  const [main, one, two] = tables(3)
  for (const table of [one!, two!]) {
    const row = table.hostStats(3)
    table.addActiveRequests(3, 2)
    row[HostStat.RqActive]! += 2
    table.addActiveConnections(3, 1)
    row[HostStat.CxActive]! += 1
    row[HostStat.CxTotal]! += 9
    table.breaker(1, 0, BreakerResource.Cx).add(4)
  }
  main!.subtractThread(1, 16, 4)
  expect(main!.activeRequests(3)).toBe(2)
  expect(main!.activeConnections(3)).toBe(1)
  expect(main!.breaker(1, 0, BreakerResource.Cx).value()).toBe(4)
  expect(main!.breaker(1, 1, BreakerResource.Cx).value()).toBe(0)
  expect(main!.hostStat(3, HostStat.CxTotal)).toBe(18)
  main!.subtractThread(2, 16, 4)
  expect(main!.isBusy(3)).toBe(false)
  expect(main!.isClusterBusy(1)).toBe(false)
})

test('a change of health raises the epoch of its cluster, and only a change', () => {
  const [main] = tables(1)
  expect(main!.updateHealthFlags(2, 7, HealthFlag.FailedActiveHc, 0)).toBe(true)
  expect(main!.updateHealthFlags(2, 7, HealthFlag.FailedActiveHc, 0)).toBe(false)
  expect(main!.healthEpoch(2)).toBe(1)
  expect(main!.healthEpoch(1)).toBe(0)
  const both = [HealthFlag.ActiveHcTimeout, HealthFlag.FailedActiveHc] as const
  expect(main!.updateHealthFlags(2, 7, ...both)).toBe(true)
  expect(main!.healthFlags(7)).toBe(HealthFlag.ActiveHcTimeout)
})

test('a thread stops choosing a host as soon as another thread has marked it', () => {
  const [main, worker] = tables(2)
  const thread = new UpstreamThread({ hostTable: worker! })
  const cluster = thread.addCluster({}, [hostData(1), hostData(2)])
  const chosen = () => new Set(Array.from({ length: 10 }, () => cluster.chooseHost(null)?.slot))
  expect(chosen()).toEqual(new Set([1, 2]))
  main!.updateHealthFlags(0, 1, HealthFlag.FailedOutlierCheck, 0)
  expect(chosen()).toEqual(new Set([2]))
  main!.updateHealthFlags(0, 1, 0, HealthFlag.FailedOutlierCheck)
  expect(chosen()).toEqual(new Set([1, 2]))
})

test('a slot is empty for its next host', () => {
  const [main, worker] = tables(2)
  worker!.hostStats(1)[HostStat.CxTotal] = 5
  main!.updateHealthFlags(0, 1, HealthFlag.FailedEdsHealth, 0)
  main!.clearHost(1)
  expect(main!.hostStat(1, HostStat.CxTotal)).toBe(0)
  expect(main!.healthFlags(1)).toBe(0)
})
