import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutlierDetection } from '../../../src/config/schema/outlier-detection.ts'
import type { OutlierDetector } from '../../../src/server/clusters/outlier-detector.ts'
import { rateThreshold } from '../../../src/server/clusters/success-rates.ts'
import { HealthFlag, HostStat, HostTable } from '../../../src/upstream/host-table.ts'
import { OutlierMonitor } from '../../../src/upstream/outlier-monitor.ts'
import { UpstreamHost } from '../../../src/upstream/upstream-host.ts'
import { clusterConfig, endpoint, group } from '../../support/cluster-config.ts'
import { eventually } from '../../support/eventually.ts'
import { MainClusters, type MainClustersOptions } from '../../support/main-clusters.ts'
import { outlierSettings } from '../../support/outlier-settings.ts'

/** A clock that the test moves. */
class Clock {
  ms = 1_000_000

  now(): number {
    return this.ms
  }

  monotonic(): number {
    return this.ms
  }
}

/** A cluster of so many hosts under detection, and what a worker would report of them. */
function detection(
  count: number,
  fields: Partial<OutlierDetection> = {},
  options: MainClustersOptions = {},
) {
  const clock = new Clock()
  const main = new MainClusters(null, { time: clock, ...options })
  const settings = outlierSettings(fields)
  const endpoints = Array.from({ length: count }, (_, index) => endpoint(`10.0.0.${index}`, 80))
  main.manager.add(clusterConfig([group(endpoints)], { outlierDetection: settings }))
  const { outliers, cluster } = main.manager.entry('up')!
  const table = new HostTable(main.thread.hostTable.buffer, 1)
  const monitor = new OutlierMonitor(settings, table, { integer: (_, fallback) => fallback })
  const description = { name: 'up', observabilityName: 'up', metadata: null }
  const hosts = cluster.hosts
    .all()
    .map((data) => new UpstreamHost(data, description, table, monitor))
  const detector = outliers as OutlierDetector
  /** One failure of each of these hosts, noticed at once. */
  const fail = (...failing: readonly number[]) => {
    for (const index of failing) hosts[index]!.putHttpStatus(500)
    detector.takeReports()
  }
  const sweepAfter = (ms: number) => {
    clock.ms += ms
    detector.onTimer()
  }
  return { main, hosts, detector, clock, fail, sweepAfter }
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

describe('an ejected host', () => {
  const base = { consecutive5xx: 1, maxEjectionPercent: 100, baseEjectionTimeMs: 30_000 }

  test('comes back after its time, with the failures that it had forgotten', () => {
    const { main, hosts, fail, sweepAfter } = detection(2, { ...base, consecutive5xx: 2 })
    fail(0, 0, 0)
    sweepAfter(29_999)
    expect(ejected(main)).toEqual([true, false])
    sweepAfter(1)
    expect(ejected(main)).toEqual([false, false])
    expect(main.thread.counts()).toMatchObject({ membership_healthy: 2 })
    expect(counts(main)).not.toHaveProperty('active')
    fail(0)
    expect(ejected(main)).toEqual([false, false])
    expect(hosts[0]!.healthFlags()).toBe(0)
    main.manager.close()
  })

  test('stays out longer each time, up to the maximum, and shorter after quiet intervals', () => {
    const { main, fail, sweepAfter } = detection(2, { ...base, maxEjectionTimeMs: 70_000 })
    const outFor = () => {
      fail(0)
      let ms = 0
      while (ejected(main)[0]) {
        ms += 10_000
        sweepAfter(10_000)
      }
      return ms
    }
    expect([outFor(), outFor(), outFor(), outFor()]).toEqual([30_000, 60_000, 70_000, 70_000])
    for (let quiet = 0; quiet < 3; quiet++) sweepAfter(10_000)
    expect(outFor()).toBe(60_000)
    main.manager.close()
  })

  test('stays out longer by a share of the jitter that is drawn once', () => {
    const { main, fail, sweepAfter } = detection(2, { ...base, maxEjectionTimeJitterMs: 10_000 })
    fail(0)
    sweepAfter(30_000)
    let ms = 0
    for (; ejected(main)[0]; ms++) sweepAfter(1)
    expect(ms).toBeGreaterThan(0)
    expect(ms).toBeLessThanOrEqual(10_000)
    main.manager.close()
  })

  test('comes back at once when its health check passes, unless that is switched off', () => {
    for (const uneject of [true, false]) {
      const fields = { ...base, successfulActiveHealthCheckUnejectHost: uneject }
      const { main, hosts, fail, detector } = detection(2, fields)
      fail(1)
      detector.onHealthCheckPassed(hosts[0]!.slot)
      expect(ejected(main)).toEqual([false, true])
      detector.onHealthCheckPassed(hosts[1]!.slot)
      expect(ejected(main)).toEqual([false, !uneject])
      main.manager.close()
    }
  })

  test('counts no longer once it is removed, and its place starts clean', () => {
    const { main, fail } = detection(3, { ...base, maxEjectionPercent: 50 })
    const { hosts } = main.manager.entry('up')!.cluster
    const [first, ...rest] = hosts.all()
    fail(0)
    expect(counts(main)).toMatchObject({ active: 1 })
    hosts.update(0, rest)
    expect(counts(main)).not.toHaveProperty('active')
    hosts.update(0, [...rest, first!])
    expect(main.thread.counts()).toMatchObject({ membership_healthy: 3, membership_total: 3 })
    main.manager.close()
  })
})

describe('the runtime', () => {
  test('overrides the fields', () => {
    const keys = {
      'outlier_detection.max_ejection_percent': 100,
      'outlier_detection.base_ejection_time_ms': 7,
      'outlier_detection.enforcing_consecutive_gateway_failure': 100,
    }
    const settings = { consecutive5xx: 0, consecutiveGatewayFailure: 1, maxEjectionPercent: 0 }
    const { main, hosts, detector, sweepAfter } = detection(1, settings, { keys })
    hosts[0]!.putHttpStatus(503)
    detector.takeReports()
    expect(counts(main)).toMatchObject({ active: 1, enforced_consecutive_gateway_failure: 1 })
    sweepAfter(7)
    expect(ejected(main)).toEqual([false])
    main.manager.close()
  })
})

describe('the event log', () => {
  test('has a line for each ejection, enforced or not, and for each return', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'outliers-'))
    const path = join(folder, 'events')
    const fields = {
      consecutive5xx: 1,
      maxEjectionPercent: 100,
      consecutiveGatewayFailure: 1,
      enforcingFailurePercentage: 100,
      failurePercentageMinimumHosts: 1,
      failurePercentageRequestVolume: 3,
    }
    const { main, hosts, detector, sweepAfter } = detection(2, fields, { eventLogPath: path })
    hosts[0]!.putHttpStatus(502)
    detector.takeReports()
    sweepAfter(31_500)
    hosts[1]!.stats[HostStat.OutlierTotal]! += 3
    sweepAfter(10_000)
    await main.logs.close()
    main.manager.close()
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    rmSync(folder, { recursive: true })
    const common = { cluster_name: 'up', upstream_url: '10.0.0.0:80' }
    const streak = { eject_consecutive_event: {} }
    const start = new Date(1_000_000).toISOString().replace('.000', '')
    expect(lines[0]).toBe(
      JSON.stringify({
        type: 'CONSECUTIVE_GATEWAY_FAILURE',
        timestamp: start,
        ...common,
        action: 'EJECT',
        num_ejections: 0,
        enforced: false,
        ...streak,
      }),
    )
    expect(lines.slice(1).map((line) => ({ ...JSON.parse(line), timestamp: null }))).toEqual([
      {
        type: 'CONSECUTIVE_5XX',
        timestamp: null,
        ...common,
        action: 'EJECT',
        num_ejections: 1,
        enforced: true,
        ...streak,
      },
      {
        type: 'CONSECUTIVE_5XX',
        timestamp: null,
        secs_since_last_action: '31',
        ...common,
        action: 'UNEJECT',
        num_ejections: 1,
        enforced: false,
      },
      {
        type: 'FAILURE_PERCENTAGE',
        timestamp: null,
        ...common,
        upstream_url: '10.0.0.1:80',
        action: 'EJECT',
        num_ejections: 1,
        enforced: true,
        eject_failure_percentage_event: { host_success_rate: 0 },
      },
    ])
  })
})

describe('the sweep', () => {
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

test('a host that both statistical detectors pick is ejected once', () => {
  const { main, hosts, sweepAfter } = detection(5, {
    maxEjectionPercent: 100,
    successRateRequestVolume: 10,
    enforcingFailurePercentage: 100,
    failurePercentageRequestVolume: 10,
  })
  for (const [index, host] of hosts.entries()) {
    host.stats[HostStat.OutlierTotal]! += 10
    host.stats[HostStat.OutlierSuccess]! += index === 0 ? 0 : 10
  }
  sweepAfter(10_000)
  expect(counts(main)).toMatchObject({
    active: 1,
    detected_failure_percentage: 1,
    detected_success_rate: 1,
    enforced_total: 1,
  })
  sweepAfter(30_000)
  expect(counts(main)).not.toHaveProperty('active')
  main.manager.close()
})

test('the threshold is the mean less some standard deviations', () => {
  const { average, threshold } = rateThreshold([100, 100, 40], 1.9)
  expect(average).toBe(80)
  expect(threshold).toBeCloseTo(80 - 1.9 * Math.sqrt(800), 9)
})
