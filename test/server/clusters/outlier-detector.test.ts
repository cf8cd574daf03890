import { describe, expect, test } from 'bun:test'
import type { OutlierDetection } from '../../../src/config/schema/outlier-detection.ts'
import type { OutlierDetector } from '../../../src/server/clusters/outlier-detector.ts'
import { successRates } from '../../../src/server/clusters/success-rates.ts'
import { HealthFlag, HostStat, HostTable } from '../../../src/upstream/host-table.ts'
import { OutlierMonitor } from '../../../src/upstream/outlier-monitor.ts'
import { UpstreamHost } from '../../../src/upstream/upstream-host.ts'
import { clusterConfig, endpoint, group } from '../../support/cluster-config.ts'
import { eventually } from '../../support/eventually.ts'
import { MainClusters } from '../../support/main-clusters.ts'
import { outlierSettings } from '../../support/outlier-settings.ts'

/** A cluster of so many hosts under detection, and what a worker would report of them. */
function detection(count: number, fields: Partial<OutlierDetection> = {}) {
  const main = new MainClusters()
  const settings = outlierSettings({ intervalMs: 3_600_000, ...fields })
  const endpoints = Array.from({ length: count }, (_, index) => endpoint(`10.0.0.${index}`, 80))
  main.manager.add(clusterConfig([group(endpoints)], { outlierDetection: settings }))
  const { outliers, cluster } = main.manager.entry('up')!
  const table = new HostTable(main.thread.hostTable.buffer, 1)
  const monitor = new OutlierMonitor(settings, table)
  const description = { name: 'up', observabilityName: 'up', metadata: null }
  const hosts = cluster.hosts
    .all()
    .map((data) => new UpstreamHost(data, description, table, monitor))
  return { main, hosts, detector: outliers as OutlierDetector }
}

function counts(main: MainClusters): Record<string, number> {
  const prefix = 'outlier_detection.ejections_'
  const all = Object.entries(main.thread.counts()).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(all.map(([name, value]) => [name.slice(prefix.length), value]))
}

const ejected = (main: MainClusters) =>
  main.manager
    .entry('up')!
    .cluster.hosts.all()
    .map(({ slot }) => main.thread.hostTable.healthFlags(slot) & HealthFlag.FailedOutlierCheck)
    .map((flag) => flag !== 0)

describe('a streak of failures', () => {
  test('ejects its host soon after it was reported', async () => {
    const { main, hosts } = detection(3, { consecutive5xx: 2, maxEjectionPercent: 50 })
    hosts[1]!.putHttpStatus(503)
    hosts[1]!.putHttpStatus(503)
    await eventually(() => ejected(main)[1] === true)
    expect(counts(main)).toEqual({
      active: 1,
      consecutive_5xx: 1,
      detected_consecutive_5xx: 1,
      enforced_consecutive_5xx: 1,
      enforced_total: 1,
      total: 1,
    })
    expect(main.thread.counts()).toMatchObject({ membership_healthy: 2, membership_total: 3 })
    main.manager.close()
  })

  test('ejects nobody beyond max_ejection_percent', () => {
    const { main, hosts, detector } = detection(4, { consecutive5xx: 1, maxEjectionPercent: 50 })
    for (const host of hosts) host.putHttpStatus(500)
    detector.takeReports()
    expect(ejected(main).filter(Boolean).length).toBe(2)
    expect(counts(main)).toMatchObject({ active: 2, overflow: 2, detected_consecutive_5xx: 4 })
    main.manager.close()
  })

  test('ejects one host at least with always_eject_one_host', () => {
    const fields = { consecutive5xx: 1, maxEjectionPercent: 0, alwaysEjectOneHost: true }
    const { main, hosts, detector } = detection(3, fields)
    for (const host of hosts) host.putHttpStatus(500)
    detector.takeReports()
    expect(ejected(main).filter(Boolean).length).toBe(1)
    main.manager.close()
  })

  test('is only counted when it is not enforced', () => {
    const fields = { consecutive5xx: 1, enforcingConsecutive5xx: 0, maxEjectionPercent: 100 }
    const { main, hosts, detector } = detection(2, fields)
    hosts[0]!.putHttpStatus(500)
    detector.takeReports()
    expect(ejected(main)).toEqual([false, false])
    expect(counts(main)).toEqual({ consecutive_5xx: 1, detected_consecutive_5xx: 1, total: 1 })
    main.manager.close()
  })
})

describe('the sweep', () => {
  const base = { consecutive5xx: 1, maxEjectionPercent: 100, baseEjectionTimeMs: 20 }

  test('lets a host back after its time', async () => {
    const { main, hosts, detector } = detection(2, base)
    hosts[0]!.putHttpStatus(500)
    detector.takeReports()
    detector.onTimer()
    expect(ejected(main)).toEqual([true, false])
    const start = main.thread.timers.now()
    await eventually(() => main.thread.timers.now() - start > 20)
    detector.onTimer()
    expect(ejected(main)).toEqual([false, false])
    expect(counts(main)).not.toHaveProperty('active')
    main.manager.close()
  })

  test('keeps a host out longer that was ejected before', async () => {
    const { main, hosts, detector } = detection(2, base)
    const waitFor = async (ms: number) => {
      const start = main.thread.timers.now()
      await eventually(() => main.thread.timers.now() - start > ms)
      detector.onTimer()
    }
    hosts[0]!.putHttpStatus(500)
    detector.takeReports()
    await waitFor(20)
    hosts[0]!.putHttpStatus(500)
    detector.takeReports()
    await waitFor(20)
    expect(ejected(main)).toEqual([true, false])
    await waitFor(20)
    expect(ejected(main)).toEqual([false, false])
    main.manager.close()
  })

  test('ejects the host whose success rate stands out', () => {
    const fields = { successRateMinimumHosts: 5, successRateRequestVolume: 10 }
    const { main, hosts, detector } = detection(5, { ...fields, maxEjectionPercent: 100 })
    for (const [index, host] of hosts.entries()) {
      host.stats[HostStat.OutlierTotal]! += 10
      host.stats[HostStat.OutlierSuccess]! += index === 2 ? 2 : 10
    }
    detector.onTimer()
    expect(ejected(main)).toEqual([false, false, true, false, false])
    expect(detector.rates.average).toBe(84)
    expect(detector.rates.bySlot.get(hosts[2]!.slot)).toBe(20)
    expect(counts(main)).toMatchObject({ enforced_success_rate: 1, success_rate: 1, total: 1 })
    detector.onTimer()
    expect(detector.rates.average).toBe(-1)
    main.manager.close()
  })

  test('ejects hosts that fail too often', () => {
    const { main, hosts, detector } = detection(5, {
      enforcingFailurePercentage: 100,
      enforcingSuccessRate: 0,
      failurePercentageRequestVolume: 10,
      maxEjectionPercent: 100,
    })
    for (const [index, host] of hosts.entries()) {
      host.stats[HostStat.OutlierTotal]! += 10
      host.stats[HostStat.OutlierSuccess]! += index < 2 ? 1 : 2
    }
    detector.onTimer()
    expect(ejected(main)).toEqual([true, true, false, false, false])
    expect(counts(main)).toMatchObject({ detected_failure_percentage: 2 })
    main.manager.close()
  })
})

describe('successRates', () => {
  const settings = { minimumHosts: 3, requestVolume: 10, stdevFactor: 1.9 }

  test('needs enough hosts with enough requests', () => {
    const hosts = [10, 10, 9].map((total, slot) => ({ slot, total, success: total }))
    expect(successRates(hosts, settings)).toMatchObject({ average: -1, threshold: -1 })
  })

  test('is the mean less some standard deviations', () => {
    const hosts = [10, 10, 4].map((success, slot) => ({ slot, total: 10, success }))
    const { average, threshold } = successRates(hosts, settings)
    expect(average).toBe(80)
    expect(threshold).toBeCloseTo(80 - 1.9 * Math.sqrt(800), 9)
  })
})
