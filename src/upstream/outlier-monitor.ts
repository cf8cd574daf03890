import type { OutlierDetection } from '../config/schema/outlier-detection.ts'
import { type Host, OutlierResult } from './host.ts'
import { HealthFlag, HostStat, type HostTable, OutlierStreak } from './host-table.ts'
import type { RuntimeIntegers } from './upstream-context.ts'

const FIRST_ERROR = 500

/** By the streaks' numbers. */
const RUNTIME_KEYS: readonly [string, string, string] = [
  'outlier_detection.consecutive_5xx',
  'outlier_detection.consecutive_gateway_failure',
  'outlier_detection.consecutive_local_origin_failure',
]

/** A thread's half of outlier detection: counts how tries went and tells main of streaks. Main ejects. */
export class OutlierMonitor {
  readonly #split: boolean
  /** How long a streak may get, by its number. */
  readonly #limits: readonly [number, number, number]
  readonly #table: HostTable
  readonly #runtime: RuntimeIntegers

  constructor(settings: OutlierDetection, table: HostTable, runtime: RuntimeIntegers) {
    this.#split = settings.splitExternalLocalOriginErrors
    this.#limits = [
      settings.consecutive5xx,
      settings.consecutiveGatewayFailure,
      settings.consecutiveLocalOriginFailure,
    ]
    this.#table = table
    this.#runtime = runtime
  }

  /** `status` is the HTTP status that the result is worth; 0: the one that Envoy gives it. */
  putResult(host: Host, result: OutlierResult, status: number): void {
    if (this.#split) this.#putSplit(host, result, status)
    else if (status !== 0) this.putStatus(host, status)
    else this.#putJoined(host, result)
  }

  /** What the host itself answered, as an HTTP status. */
  putStatus(host: Host, status: number): void {
    const row = host.stats
    row[HostStat.OutlierTotal]!++
    if (status < FIRST_ERROR) {
      row[HostStat.OutlierSuccess]!++
      this.#table.endStreak(host.slot, OutlierStreak.Errors)
      this.#table.endStreak(host.slot, OutlierStreak.GatewayErrors)
      return
    }
    if (status >= 502 && status <= 504) this.#extend(host, OutlierStreak.GatewayErrors)
    else this.#table.endStreak(host.slot, OutlierStreak.GatewayErrors)
    this.#extend(host, OutlierStreak.Errors)
  }

  /** Without the split, our own failures count as the statuses that a gateway would have sent for them. */
  #putJoined(host: Host, result: OutlierResult): void {
    switch (result) {
      case OutlierResult.RequestSuccess:
      case OutlierResult.ConnectSuccessFinal:
        this.putStatus(host, 200)
        return
      case OutlierResult.RequestFailed:
        this.putStatus(host, 500)
        return
      case OutlierResult.ConnectFailed:
        this.putStatus(host, 503)
        return
      case OutlierResult.Timeout:
        this.putStatus(host, 504)
        return
      case OutlierResult.ConnectSuccess:
        return
    }
  }

  #putSplit(host: Host, result: OutlierResult, status: number): void {
    switch (result) {
      case OutlierResult.RequestSuccess:
        // An answer says that the host was reached, too.
        this.putStatus(host, status === 0 ? 200 : status)
        this.#putLocalSuccess(host)
        return
      case OutlierResult.RequestFailed:
        this.putStatus(host, status === 0 ? 503 : status)
        return
      case OutlierResult.ConnectSuccess:
      case OutlierResult.ConnectSuccessFinal:
        this.#putLocalSuccess(host)
        return
      case OutlierResult.ConnectFailed:
      case OutlierResult.Timeout:
        host.stats[HostStat.OutlierLocalTotal]!++
        this.#extend(host, OutlierStreak.LocalErrors)
    }
  }

  #putLocalSuccess(host: Host): void {
    const row = host.stats
    row[HostStat.OutlierLocalTotal]!++
    row[HostStat.OutlierLocalSuccess]!++
    this.#table.endStreak(host.slot, OutlierStreak.LocalErrors)
  }

  /** Only the thread whose failure makes the limit tells, and the streak starts anew. A limit of 0 is none. */
  #extend(host: Host, streak: OutlierStreak): void {
    const table = this.#table
    const length = table.extendStreak(host.slot, streak)
    const limit = this.#runtime.integer(RUNTIME_KEYS[streak], this.#limits[streak])
    if (limit === 0 || length < limit) return
    table.endStreak(host.slot, streak)
    if ((table.healthFlags(host.slot) & HealthFlag.FailedOutlierCheck) !== 0) return
    table.reportStreak(host.slot, streak)
  }
}
