import type { Timer, TimerOwner } from '../../../network/timers.ts'
import type {
  HealthCheckFailure,
  HealthProbe,
  ProbeCallbacks,
  ProbeTarget,
} from '../../../upstream/health-checker.ts'
import { HealthFlag } from '../../../upstream/host-table.ts'
import { type HealthCheck, HealthTransition } from './health-check.ts'
import { HEALTH_CHECK_STATS } from './health-stats.ts'

const STAT = HEALTH_CHECK_STATS.index

/** The host that a session checks. */
export interface HealthSessionOwner extends ProbeTarget {
  /** Of the flags that no session has for itself. */
  setFlags(set: number, clear: number): void
  /** The session has a result. */
  onChecked(): void
}

/**
 * One health check of one host.
 *
 *            ┌──────────────────────── interval ───────────────────────┐
 *            ▼                                                         │
 *   initial jitter ──▶ checking ──success, failure, or timeout──▶ counted, the host told
 *
 * failed, until the first success or `healthy_threshold` of them in a row after a failure; then healthy, until an answer that says
 * no or `unhealthy_threshold` failures of the network in a row.
 */
export class HealthSession implements TimerOwner, ProbeCallbacks {
  readonly #check: HealthCheck
  readonly #host: HealthSessionOwner
  readonly #interval: Timer
  readonly #timeout: Timer
  readonly #probe: HealthProbe
  /** What this check says of the host. */
  isFailed = true
  /** No result yet. */
  isPending: boolean
  #isFirst = true
  #successes = 0
  #failures = 0

  /** `isPending`: hosts that were never checked are told apart from failed ones. */
  constructor(check: HealthCheck, host: HealthSessionOwner, isPending: boolean) {
    this.#check = check
    this.#host = host
    this.isPending = isPending
    this.#interval = check.timers.createTimer(this)
    this.#timeout = check.timers.createTimer(this)
    this.#probe = check.checker.createProbe(host, this)
  }

  start(): void {
    const delayMs = this.#check.initialDelayMs()
    if (delayMs === 0) this.#startProbe()
    else this.#interval.enable(delayMs)
  }

  /** The host is gone. */
  stop(): void {
    this.#interval.disable()
    this.#timeout.disable()
    this.#probe.close()
    if (!this.isFailed) this.#check.stats[STAT.healthy]!--
  }

  onTimer(timer: Timer): void {
    if (timer === this.#interval) {
      this.#startProbe()
      return
    }
    this.#probe.onTimeout()
    this.onProbeFailure('NETWORK_TIMEOUT')
  }

  onProbeSuccess(): void {
    const { stats, config, eventLog } = this.#check
    this.#failures = 0
    let transition: HealthTransition = HealthTransition.Unchanged
    if (this.isFailed) {
      if (this.#isFirst || ++this.#successes === config.healthyThreshold) {
        this.#host.setFlags(0, HealthFlag.ActiveHcTimeout | HealthFlag.ExcludedViaImmediateHcFail)
        this.isFailed = false
        stats[STAT.healthy]!++
        transition = HealthTransition.Changed
        eventLog?.logAddHealthy(this.#host.host.data, this.#isFirst)
      } else {
        transition = HealthTransition.ChangePending
      }
    }
    if (transition !== HealthTransition.Changed && config.alwaysLogHealthCheckSuccess) {
      eventLog?.logSuccess(this.#host.host.data)
    }
    stats[STAT.success]!++
    this.#conclude(true, transition)
  }

  onProbeFailure(failure: HealthCheckFailure): void {
    const { stats, config, eventLog } = this.#check
    const isNetwork = failure === 'NETWORK' || failure === 'NETWORK_TIMEOUT'
    this.#successes = 0
    let transition: HealthTransition = HealthTransition.Unchanged
    if (!this.isFailed) {
      if (!isNetwork || ++this.#failures === config.unhealthyThreshold) {
        this.isFailed = true
        stats[STAT.healthy]!--
        transition = HealthTransition.Changed
        eventLog?.logEjectUnhealthy(this.#host.host.data, failure)
      } else {
        transition = HealthTransition.ChangePending
      }
    }
    // A host that goes on failing may change between the two.
    const isTimeout = failure === 'NETWORK_TIMEOUT' && this.isFailed
    if (isTimeout) this.#host.setFlags(HealthFlag.ActiveHcTimeout, 0)
    else this.#host.setFlags(0, HealthFlag.ActiveHcTimeout)
    if (this.#isFirst || config.alwaysLogHealthCheckFailures) {
      eventLog?.logUnhealthy(this.#host.host.data, failure, this.#isFirst)
    }
    stats[STAT.failure]!++
    if (isNetwork) stats[STAT.network_failure]!++
    else if (failure === 'PASSIVE') stats[STAT.passive_failure]!++
    this.#conclude(false, transition)
  }

  #startProbe(): void {
    this.#probe.start()
    this.#timeout.enable(this.#check.config.timeoutMs)
    this.#check.stats[STAT.attempt]!++
  }

  #conclude(isHealthy: boolean, change: HealthTransition): void {
    const wasPending = this.isPending
    this.isPending = false
    this.#isFirst = false
    const transition = wasPending ? HealthTransition.Changed : change
    this.#timeout.disable()
    this.#interval.enable(this.#check.intervalMs(isHealthy, transition))
    this.#host.onChecked()
  }
}
