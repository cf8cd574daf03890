import { expect, test } from 'bun:test'
import type { OutlierDetection } from '../../src/config/schema/outlier-detection.ts'
import { OutlierResult } from '../../src/upstream/host.ts'
import { HealthFlag, HostStat, HostTable, OutlierStreak } from '../../src/upstream/host-table.ts'
import { OutlierMonitor } from '../../src/upstream/outlier-monitor.ts'
import { FakeHost } from '../support/fake-host.ts'
import { outlierSettings } from '../support/outlier-settings.ts'

function monitors(
  settings: Partial<OutlierDetection> = {},
  keys: Readonly<Record<string, number>> = {},
) {
  const runtime = { integer: (key: string, fallback: number) => keys[key] ?? fallback }
  const buffer = HostTable.createBuffer({ threads: 3, maxHosts: 4, maxClusters: 1 })
  const main = new HostTable(buffer, 0)
  const on = (thread: number) =>
    new OutlierMonitor(outlierSettings(settings), new HostTable(buffer, thread), runtime)
  return { main, first: on(1), second: on(2), host: new FakeHost(1) }
}

const ERRORS = 1 << OutlierStreak.Errors
const GATEWAY_ERRORS = 1 << OutlierStreak.GatewayErrors
const LOCAL_ERRORS = 1 << OutlierStreak.LocalErrors

test('a streak is counted over all threads', () => {
  const { main, first, second, host } = monitors({ consecutive5xx: 3 })
  first.putStatus(host, 500)
  second.putStatus(host, 500)
  expect(main.takeReportedStreaks(1)).toBe(0)
  first.putStatus(host, 500)
  expect(main.takeReportedStreaks(1)).toBe(ERRORS)
  expect(main.takeReportedStreaks(1)).toBe(0)
})

test('a success ends it, and after a report it starts anew', () => {
  const { main, first, host } = monitors({ consecutive5xx: 2 })
  for (const status of [500, 200, 500]) first.putStatus(host, status)
  expect(main.takeReportedStreaks(1)).toBe(0)
  first.putStatus(host, 500)
  first.putStatus(host, 500)
  expect(main.takeReportedStreaks(1)).toBe(ERRORS)
  first.putStatus(host, 500)
  expect(main.takeReportedStreaks(1)).toBe(ERRORS)
})

test('gateway failures are a streak of their own, which another 5xx ends', () => {
  const { main, first, host } = monitors({ consecutive5xx: 10, consecutiveGatewayFailure: 2 })
  for (const status of [503, 500, 502]) first.putStatus(host, status)
  expect(main.takeReportedStreaks(1)).toBe(0)
  first.putStatus(host, 504)
  expect(main.takeReportedStreaks(1)).toBe(GATEWAY_ERRORS)
})

test('failed connects are gateway failures of the host', () => {
  const { main, first, host } = monitors({ consecutive5xx: 2, consecutiveGatewayFailure: 2 })
  first.putResult(host, OutlierResult.ConnectFailed, 0)
  first.putResult(host, OutlierResult.Timeout, 0)
  expect(main.takeReportedStreaks(1)).toBe(ERRORS | GATEWAY_ERRORS)
  expect(host.stats[HostStat.OutlierTotal]).toBe(2)
  expect(host.stats[HostStat.OutlierSuccess]).toBe(0)
})

test('with the split they are failures of our own', () => {
  const { main, first, host } = monitors({
    splitExternalLocalOriginErrors: true,
    consecutive5xx: 1,
    consecutiveLocalOriginFailure: 2,
  })
  first.putResult(host, OutlierResult.Timeout, 0)
  first.putResult(host, OutlierResult.ConnectSuccess, 0)
  first.putResult(host, OutlierResult.ConnectFailed, 0)
  expect(main.takeReportedStreaks(1)).toBe(0)
  first.putResult(host, OutlierResult.ConnectFailed, 0)
  expect(main.takeReportedStreaks(1)).toBe(LOCAL_ERRORS)
  expect(host.stats[HostStat.OutlierLocalTotal]).toBe(4)
  expect(host.stats[HostStat.OutlierLocalSuccess]).toBe(1)
  expect(host.stats[HostStat.OutlierTotal]).toBe(0)
  expect(host.stats[HostStat.OutlierTotal]).toBe(0)
  first.putResult(host, OutlierResult.RequestFailed, 0)
  expect(main.takeReportedStreaks(1)).toBe(ERRORS)
})

test('with the split an answer says that the host was reached, and may have a status of its own', () => {
  const { main, first, host } = monitors({
    splitExternalLocalOriginErrors: true,
    consecutiveGatewayFailure: 1,
    consecutiveLocalOriginFailure: 2,
  })
  for (const result of ['ConnectFailed', 'RequestSuccess', 'ConnectFailed'] as const) {
    first.putResult(host, OutlierResult[result], 0)
  }
  first.putResult(host, OutlierResult.RequestFailed, 500)
  expect(main.takeReportedStreaks(1)).toBe(0)
  first.putResult(host, OutlierResult.RequestFailed, 0)
  expect(main.takeReportedStreaks(1)).toBe(GATEWAY_ERRORS)
})

test('without the split a given status counts for any result', () => {
  const { main, first, host } = monitors({ consecutive5xx: 1, consecutiveGatewayFailure: 1 })
  first.putResult(host, OutlierResult.Timeout, 408)
  expect(main.takeReportedStreaks(1)).toBe(0)
  first.putResult(host, OutlierResult.RequestSuccess, 500)
  expect(main.takeReportedStreaks(1)).toBe(ERRORS)
})

test('the runtime sets the limits, 0 sets none', () => {
  const { main, first, host } = monitors(
    { consecutive5xx: 9, consecutiveGatewayFailure: 1 },
    { 'outlier_detection.consecutive_5xx': 2, 'outlier_detection.consecutive_gateway_failure': 0 },
  )
  for (let i = 0; i < 2; i++) first.putStatus(host, 503)
  expect(main.takeReportedStreaks(1)).toBe(ERRORS)
})

test('nothing is reported of a host that is out already', () => {
  const { main, first, host } = monitors({ consecutive5xx: 1 })
  main.updateHealthFlags(0, 1, HealthFlag.FailedOutlierCheck, 0)
  first.putStatus(host, 500)
  expect(main.takeReportedStreaks(1)).toBe(0)
})

test('with the split an answer says that the host was reached, and may have a status of its own', () => {
  const { main, first, host } = monitors({
    splitExternalLocalOriginErrors: true,
    consecutiveGatewayFailure: 1,
    consecutiveLocalOriginFailure: 2,
  })
  for (const result of ['ConnectFailed', 'RequestSuccess', 'ConnectFailed'] as const) {
    first.putResult(host, OutlierResult[result], 0)
  }
  first.putResult(host, OutlierResult.RequestFailed, 500)
  expect(main.takeReportedStreaks(1)).toBe(0)
  first.putResult(host, OutlierResult.RequestFailed, 0)
  expect(main.takeReportedStreaks(1)).toBe(GATEWAY_ERRORS)
})

test('without the split a given status counts for any result', () => {
  const { main, first, host } = monitors({ consecutive5xx: 1, consecutiveGatewayFailure: 1 })
  first.putResult(host, OutlierResult.Timeout, 408)
  expect(main.takeReportedStreaks(1)).toBe(0)
  first.putResult(host, OutlierResult.RequestSuccess, 500)
  expect(main.takeReportedStreaks(1)).toBe(ERRORS)
})

test('the runtime sets the limits, 0 sets none', () => {
  const { main, first, host } = monitors(
    { consecutive5xx: 9, consecutiveGatewayFailure: 1 },
    { 'outlier_detection.consecutive_5xx': 2, 'outlier_detection.consecutive_gateway_failure': 0 },
  )
  for (let i = 0; i < 2; i++) first.putStatus(host, 503)
  expect(main.takeReportedStreaks(1)).toBe(ERRORS)
})

test('nothing is reported of a host that is out already', () => {
  const { main, first, host } = monitors({ consecutive5xx: 1 })
  main.updateHealthFlags(0, 1, HealthFlag.FailedOutlierCheck, 0)
  first.putStatus(host, 500)
  expect(main.takeReportedStreaks(1)).toBe(0)
})

test('a connect says nothing when more is to be told', () => {
  const { first, host } = monitors()
  first.putResult(host, OutlierResult.ConnectSuccess, 0)
  expect(host.stats[HostStat.OutlierTotal]).toBe(0)
  first.putResult(host, OutlierResult.ConnectSuccessFinal, 0)
  expect(host.stats[HostStat.OutlierSuccess]).toBe(1)
})

test('main is woken by a report', async () => {
  const { main, first, host } = monitors({ consecutive5xx: 1 })
  const woken = main.nextReport(main.reports())
  first.putStatus(host, 503)
  expect(await woken).toBe(1)
})
