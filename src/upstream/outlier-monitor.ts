import type { OutlierDetection } from '../config/schema/outlier-detection.ts'
import { type Host, OutlierResult } from './host.ts'
import { HostStat, type HostTable, OutlierStreak } from './host-table.ts'

const FIRST_ERROR = 500

/** A thread's half of outlier detection: counts how tries went and tells main of streaks. Main ejects. */
export class OutlierMonitor {
  readonly #settings: OutlierDetection
  readonly #table: HostTable

  constructor(settings: OutlierDetection, table: HostTable) {
    this.#settings = settings
    this.#table = table
  }

  putResult(host: Host, result: OutlierResult): void {
    if (this.#settings.splitExternalLocalOriginErrors) this.#putSplit(host, result)
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
    const { consecutive5xx, consecutiveGatewayFailure } = this.#settings
    if (status >= 502 && status <= 504) {
      this.#extend(host, OutlierStreak.GatewayErrors, consecutiveGatewayFailure)
    } else {
      this.#table.endStreak(host.slot, OutlierStreak.GatewayErrors)
    }
    this.#extend(host, OutlierStreak.Errors, consecutive5xx)
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

  #putSplit(host: Host, result: OutlierResult): void {
    switch (result) {
      case OutlierResult.RequestSuccess:
        this.putStatus(host, 200)
        return
      case OutlierResult.RequestFailed:
        this.putStatus(host, 503)
        return
      default:
        this.#putLocal(
          host,
          result === OutlierResult.ConnectSuccess || result === OutlierResult.ConnectSuccessFinal,
        )
    }
  }

  #putLocal(host: Host, success: boolean): void {
    const row = host.stats
    row[HostStat.OutlierLocalTotal]!++
    if (success) {
      row[HostStat.OutlierLocalSuccess]!++
      this.#table.endStreak(host.slot, OutlierStreak.LocalErrors)
    } else {
      const { consecutiveLocalOriginFailure } = this.#settings
      this.#extend(host, OutlierStreak.LocalErrors, consecutiveLocalOriginFailure)
    }
  }

  /** Only the thread whose failure makes the limit tells, and the streak starts anew. */
  #extend(host: Host, streak: OutlierStreak, limit: number): void {
    if (this.#table.extendStreak(host.slot, streak) !== limit) return
    this.#table.endStreak(host.slot, streak)
    this.#table.reportStreak(host.slot, streak)
  }
}
