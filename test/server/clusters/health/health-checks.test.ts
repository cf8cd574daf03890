import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterConfig } from '../../../../src/config/schema/cluster.ts'
import type { HealthCheckConfig } from '../../../../src/config/schema/health-check.ts'
import { HostStat, HostTable } from '../../../../src/upstream/host-table.ts'
import { clusterConfig, endpoint, group } from '../../../support/cluster-config.ts'
import { healthCheck, ScriptedChecks, type ScriptedProbe } from '../../../support/health.ts'
import type { MainClustersOptions } from '../../../support/main-clusters.ts'
import { outlierSettings } from '../../../support/outlier-settings.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

/** A cluster of so many hosts under one check. */
function checked(
  count: number,
  check: Partial<HealthCheckConfig> = {},
  fields: Partial<ClusterConfig> = {},
  options: MainClustersOptions = {},
) {
  const checks = new ScriptedChecks(options)
  const endpoints = Array.from({ length: count }, (_, index) => endpoint(`10.0.0.${index}`, 80))
  checks.main.manager.add(
    clusterConfig([group(endpoints)], { healthChecks: [healthCheck(check)], ...fields }),
  )
  return checks
}

function counts(checks: ScriptedChecks): Record<string, number> {
  const prefix = 'health_check.'
  const all = Object.entries(checks.main.thread.counts())
  return Object.fromEntries(
    all
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  )
}

/** So many checks, one a second, all answered alike. */
function answer(checks: ScriptedChecks, probe: ScriptedProbe, times: number, how: string): void {
  for (let i = 0; i < times; i++) {
    if (how === 'pass') probe.callbacks.onProbeSuccess()
    else probe.callbacks.onProbeFailure(how as 'ACTIVE')
    checks.advance(1000)
  }
}

describe('a host under a health check', () => {
  test('starts as failed and is healthy with the first success, whatever the threshold', () => {
    const checks = checked(1, { healthyThreshold: 5 })
    expect(checks.flags()).toEqual(['FailedActiveHc'])
    checks.probes[0]!.callbacks.onProbeSuccess()
    expect(checks.flags()).toEqual(['healthy'])
    expect(counts(checks)).toEqual({ attempt: 1, healthy: 1, success: 1 })
    expect(checks.main.thread.counts()).toMatchObject({ membership_healthy: 1 })
  })

  test('needs as many successes in a row as the threshold says once it has failed', () => {
    const checks = checked(1, { healthyThreshold: 3 })
    const probe = checks.probes[0]!
    answer(checks, probe, 1, 'NETWORK')
    answer(checks, probe, 2, 'pass')
    answer(checks, probe, 1, 'NETWORK')
    answer(checks, probe, 2, 'pass')
    expect(checks.flags()).toEqual(['FailedActiveHc'])
    answer(checks, probe, 1, 'pass')
    expect(checks.flags()).toEqual(['healthy'])
  })

  test('survives fewer failures of the network in a row than the threshold', () => {
    const checks = checked(1, { unhealthyThreshold: 3 })
    const probe = checks.probes[0]!
    answer(checks, probe, 1, 'pass')
    answer(checks, probe, 2, 'NETWORK')
    answer(checks, probe, 1, 'pass')
    answer(checks, probe, 2, 'NETWORK')
    expect(checks.flags()).toEqual(['healthy'])
    answer(checks, probe, 1, 'NETWORK')
    expect(checks.flags()).toEqual(['FailedActiveHc'])
    expect(counts(checks)).toMatchObject({ failure: 5, network_failure: 5 })
  })

  test('fails at once with an answer that says no', () => {
    const checks = checked(1, { unhealthyThreshold: 3 })
    answer(checks, checks.probes[0]!, 1, 'pass')
    answer(checks, checks.probes[0]!, 1, 'ACTIVE')
    expect(checks.flags()).toEqual(['FailedActiveHc'])
  })

  test('shows a timeout as such for as long as checks time out', () => {
    const checks = checked(1)
    checks.advance(500)
    expect(checks.probes[0]!.timeouts).toBe(1)
    expect(checks.flags()).toEqual(['FailedActiveHc ActiveHcTimeout'])
    checks.advance(1000)
    checks.probes[0]!.callbacks.onProbeFailure('NETWORK')
    expect(checks.flags()).toEqual(['FailedActiveHc'])
    checks.advance(1500)
    expect(checks.flags()).toEqual(['FailedActiveHc ActiveHcTimeout'])
    checks.advance(1000)
    checks.probes[0]!.callbacks.onProbeSuccess()
    expect(checks.flags()).toEqual(['healthy'])
  })

  test('is checked where its health_check_config says, or not at all', () => {
    const checks = new ScriptedChecks()
    const config = { portValue: 0, hostname: '', address: null, disableActiveHealthCheck: false }
    const other = { kind: 'ip', ip: '10.9.9.9', port: 7, family: 4 } as const
    const endpoints = [
      endpoint('10.0.0.1', 80, { healthCheckConfig: { ...config, portValue: 81 } }),
      endpoint('10.0.0.2', 80, { healthCheckConfig: { ...config, address: other } }),
      endpoint('10.0.0.3', 80, {
        healthCheckConfig: { ...config, address: other, portValue: 9, hostname: 'h' },
      }),
      endpoint('10.0.0.4', 80, {
        healthCheckConfig: { ...config, disableActiveHealthCheck: true },
      }),
    ]
    checks.main.manager.add(clusterConfig([group(endpoints)], { healthChecks: [healthCheck()] }))
    expect(
      checks.probes.map(({ target: { address, hostname } }) => ({ address, hostname })),
    ).toEqual([
      { address: { kind: 'ip', ip: '10.0.0.1', port: 81, family: 4 }, hostname: '' },
      { address: other, hostname: '' },
      { address: { ...other, port: 9 }, hostname: 'h' },
    ])
    expect(checks.flags()).toEqual([
      'FailedActiveHc',
      'FailedActiveHc',
      'FailedActiveHc',
      'healthy',
    ])
  })

  test('is no longer checked once its cluster is gone, whose stats go with it', () => {
    const checks = checked(1)
    checks.probes[0]!.callbacks.onProbeSuccess()
    checks.main.manager.remove('up')
    expect(checks.probes[0]!.isClosed).toBe(true)
    checks.advance(5000)
    expect(checks.probes[0]!.starts).toBe(1)
    expect(counts(checks)).toEqual({})
  })
})

describe('the next check', () => {
  const intervals = {
    healthyMs: 1000,
    unhealthyMs: 2000,
    healthyEdgeMs: 3000,
    unhealthyEdgeMs: 4000,
    noTrafficMs: 5000,
    noTrafficHealthyMs: 6000,
  }

  /** Milliseconds until the probe is started again. */
  function gap(checks: ScriptedChecks, probe: ScriptedProbe): number {
    const { starts } = probe
    for (let ms = 5; ms < 20_000; ms += 5) {
      checks.advance(5)
      if (probe.starts > starts) return ms
    }
    return -1
  }

  test('comes after the interval of its result, with others while a change is pending', () => {
    const checks = checked(1, { intervals, healthyThreshold: 2, unhealthyThreshold: 2 })
    const probe = checks.probes[0]!
    new HostTable(checks.main.thread.hostTable.buffer, 1).hostStats(0)[HostStat.CxTotal]!++
    const gaps = ['pass', 'NETWORK', 'NETWORK', 'NETWORK', 'pass', 'pass'].map((how) => {
      if (how === 'pass') probe.callbacks.onProbeSuccess()
      else probe.callbacks.onProbeFailure('NETWORK')
      return gap(checks, probe)
    })
    expect(gaps).toEqual([1000, 4000, 2000, 2000, 3000, 1000])
  })

  test('comes less often until the cluster has had a connection', () => {
    const checks = checked(1, { intervals, healthyThreshold: 2 })
    const probe = checks.probes[0]!
    const gaps = ['NETWORK', 'pass', 'pass', 'ACTIVE'].map((how) => {
      if (how === 'pass') probe.callbacks.onProbeSuccess()
      else probe.callbacks.onProbeFailure(how as 'ACTIVE')
      return gap(checks, probe)
    })
    expect(gaps).toEqual([5000, 5000, 6000, 5000])
  })

  test('is shifted by both jitters within their bounds', () => {
    const fields = { intervals, intervalJitterMs: 100, intervalJitterPercent: 10 }
    const checks = checked(1, fields)
    const probe = checks.probes[0]!
    const gaps = Array.from({ length: 8 }, () => {
      probe.callbacks.onProbeSuccess()
      return gap(checks, probe)
    })
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(6000)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6000 + 600 + 100 + 5)
    expect(new Set(gaps).size).toBeGreaterThan(4)
  })

  test("keeps within the runtime's limits", () => {
    const atLeast = { keys: { 'health_check.min_interval': 9000 } }
    const slow = checked(1, { intervals }, {}, atLeast)
    slow.probes[0]!.callbacks.onProbeSuccess()
    expect(gap(slow, slow.probes[0]!)).toBe(9000)
    const atMost = { keys: { 'health_check.max_interval': 50 } }
    const fast = checked(1, { intervals }, {}, atMost)
    fast.probes[0]!.callbacks.onProbeSuccess()
    expect(gap(fast, fast.probes[0]!)).toBe(50)
  })

  test('is the first one only after a part of initial_jitter', () => {
    const checks = checked(1, { initialJitterMs: 1000 })
    expect(checks.probes[0]!.starts).toBe(0)
    checks.advance(1005)
    expect(checks.probes[0]!.starts).toBe(1)
  })
})

describe('a cluster under health checks', () => {
  test('is ready once every host that is checked has had its first result', async () => {
    const checks = checked(2)
    let isReady = false
    void checks.main.manager.initialized.then(() => {
      isReady = true
    })
    const settle = async () => {
      for (let i = 0; i < 5; i++) await Promise.resolve()
    }
    // The first host fails three times before the second has answered at all.
    for (let i = 0; i < 3; i++) {
      checks.probes[0]!.callbacks.onProbeFailure('NETWORK')
      checks.probes[0]!.callbacks.onProbeFailure('NETWORK')
    }
    await settle()
    expect(isReady).toBe(false)
    checks.probes[1]!.callbacks.onProbeFailure('NETWORK')
    await settle()
    expect(isReady).toBe(true)
  })

  test('without any host is ready at once', async () => {
    await checked(0).main.manager.initialized
  })

  test('lets a host back that outlier detection ejected when a check of it passes', () => {
    const checks = checked(
      2,
      {},
      {
        outlierDetection: outlierSettings({ consecutive5xx: 1, maxEjectionPercent: 100 }),
      },
    )
    for (const probe of checks.probes) probe.callbacks.onProbeSuccess()
    const { outliers } = checks.main.manager.entry('up')!
    const table = checks.main.thread.hostTable
    table.extendStreak(0, 0)
    table.reportStreak(0, 0)
    outliers!.takeReports()
    expect(checks.flags()).toEqual(['FailedOutlierCheck', 'healthy'])
    checks.probes[0]!.callbacks.onProbeSuccess()
    expect(checks.flags()).toEqual(['healthy', 'healthy'])
  })

  test('tells threads of a failed host where that closes connections, and only there', () => {
    const failures = (checks: ScriptedChecks) =>
      checks.main.published.flatMap(({ value }) => (value as { failed?: number[] })?.failed ?? [])
    const closing = checked(2, {}, { closeConnectionsOnHostHealthFailure: true })
    const staying = checked(2)
    for (const checks of [closing, staying]) {
      for (const probe of checks.probes) probe.callbacks.onProbeSuccess()
      checks.probes[1]!.callbacks.onProbeFailure('ACTIVE')
      checks.probes[1]!.callbacks.onProbeFailure('ACTIVE')
    }
    expect(failures(closing)).toEqual([1])
    expect(failures(staying)).toEqual([])
  })
})

describe('several health checks', () => {
  const two = { healthChecks: [healthCheck({ name: 'a' }), healthCheck({ name: 'b' })] }

  test('must all pass, and each has stats of its own', () => {
    const checks = checked(1, {}, two)
    const [a, b] = checks.probes
    a!.callbacks.onProbeSuccess()
    expect(checks.flags()).toEqual(['FailedActiveHc PendingActiveHc'])
    b!.callbacks.onProbeFailure('NETWORK')
    expect(checks.flags()).toEqual(['FailedActiveHc'])
    b!.callbacks.onProbeSuccess()
    expect(checks.flags()).toEqual(['healthy'])
    a!.callbacks.onProbeFailure('ACTIVE')
    expect(checks.flags()).toEqual(['FailedActiveHc'])
    expect(counts(checks)).toEqual({
      'name.a.attempt': 1,
      'name.a.failure': 1,
      'name.a.success': 1,
      'name.b.attempt': 1,
      'name.b.failure': 1,
      'name.b.healthy': 1,
      'name.b.network_failure': 1,
      'name.b.success': 1,
    })
  })

  test('share gauges of the hosts that pass them all', () => {
    const checks = checked(2, {}, two)
    for (const probe of checks.probes) probe.callbacks.onProbeSuccess()
    expect(counts(checks)).toMatchObject({ healthy: 2, 'name.a.healthy': 2 })
    checks.probes[0]!.callbacks.onProbeFailure('ACTIVE')
    expect(counts(checks)).toMatchObject({ healthy: 1, 'name.a.healthy': 1, 'name.b.healthy': 2 })
  })
})

describe('the event log', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsproxy-health-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Which event each line holds. */
  async function events(checks: ScriptedChecks): Promise<string[]> {
    jest.useRealTimers()
    await checks.main.logs.close()
    const lines = readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n')
    return lines.map((line) => {
      const event = JSON.parse(line) as Record<string, unknown>
      const [name, value] = Object.entries(event).find(([key]) => key.includes('_event'))!
      return `${name} ${JSON.stringify(value)}`
    })
  }

  const failing = (type: string, first: boolean) =>
    `health_check_failure_event {"failure_type":"${type}","first_check":${first},"http_status_code":0}`

  test('tells of changes and of a first failure', async () => {
    const checks = checked(1, { eventLogPath: join(folder, 'log'), unhealthyThreshold: 2 })
    const probe = checks.probes[0]!
    for (const how of ['NETWORK', 'pass', 'pass', 'NETWORK', 'NETWORK', 'NETWORK']) {
      if (how === 'pass') probe.callbacks.onProbeSuccess()
      else probe.callbacks.onProbeFailure('NETWORK')
    }
    expect(await events(checks)).toEqual([
      failing('NETWORK', true),
      'add_healthy_event {"first_check":false}',
      'eject_unhealthy_event {"failure_type":"NETWORK","http_status_code":0}',
    ])
  })

  test('tells of every result if asked to', async () => {
    const checks = checked(1, {
      eventLogPath: join(folder, 'log'),
      alwaysLogHealthCheckFailures: true,
      alwaysLogHealthCheckSuccess: true,
    })
    const { callbacks } = checks.probes[0]!
    callbacks.onProbeSuccess()
    callbacks.onProbeSuccess()
    callbacks.onProbeFailure('ACTIVE')
    callbacks.onProbeFailure('NETWORK_TIMEOUT')
    expect(await events(checks)).toEqual([
      'add_healthy_event {"first_check":true}',
      'successful_health_check_event {}',
      'eject_unhealthy_event {"failure_type":"ACTIVE","http_status_code":0}',
      failing('ACTIVE', false),
      failing('NETWORK_TIMEOUT', false),
    ])
  })
})
