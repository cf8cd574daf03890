import type { HealthCheckConfig } from '../../../config/schema/health-check.ts'
import type { TimerWheel } from '../../../network/timers.ts'
import type { Random } from '../../../random.ts'
import type { StatsBlock } from '../../../stats/store.ts'
import type { HealthChecker } from '../../../upstream/health-checker.ts'
import type { RuntimeIntegers } from '../../../upstream/upstream-context.ts'
import type { HealthEventLog } from './health-event-log.ts'

/** What a result meant for the host that was checked. */
export const HealthTransition = { Unchanged: 0, Changed: 1, ChangePending: 2 } as const
export type HealthTransition = (typeof HealthTransition)[keyof typeof HealthTransition]

export interface HealthCheckOptions {
  readonly config: HealthCheckConfig
  readonly checker: HealthChecker
  /** Slots of `HEALTH_CHECK_STATS`. */
  readonly stats: StatsBlock
  /** Null: events are not logged. */
  readonly eventLog: HealthEventLog | null
  readonly timers: TimerWheel
  readonly random: Random
  readonly runtime: RuntimeIntegers
  /** The cluster has had a connection. */
  hasTraffic(): boolean
}

/** One health check of a cluster: what its sessions, one a host, have in common. */
export class HealthCheck {
  readonly config: HealthCheckConfig
  readonly checker: HealthChecker
  readonly stats: StatsBlock
  readonly eventLog: HealthEventLog | null
  readonly timers: TimerWheel
  readonly #options: HealthCheckOptions

  constructor(options: HealthCheckOptions) {
    this.config = options.config
    this.checker = options.checker
    this.stats = options.stats
    this.eventLog = options.eventLog
    this.timers = options.timers
    this.#options = options
  }

  /** Until a host's first check; 0 is at once. */
  initialDelayMs(): number {
    const { initialJitterMs } = this.config
    return initialJitterMs === 0 ? 0 : this.#withJitter(0, initialJitterMs)
  }

  /** Until the next check of a host, after one that went so and changed so much. */
  intervalMs(isHealthy: boolean, transition: HealthTransition): number {
    const { intervals, intervalJitterMs } = this.config
    const isPending = transition === HealthTransition.ChangePending
    let base: number
    if (!this.#options.hasTraffic()) {
      base = isHealthy && !isPending ? intervals.noTrafficHealthyMs : intervals.noTrafficMs
    } else if (isHealthy) {
      base = isPending ? intervals.healthyEdgeMs : intervals.healthyMs
    } else {
      base = isPending ? intervals.unhealthyEdgeMs : intervals.unhealthyMs
    }
    return this.#withJitter(base, intervalJitterMs)
  }

  /** As Envoy does: both jitters add up, the runtime's limits come last, and it is never 0. */
  #withJitter(baseMs: number, jitterMs: number): number {
    const { random, runtime } = this.#options
    const percentMs = Math.floor((this.config.intervalJitterPercent * baseMs) / 100)
    let ms = baseMs
    if (percentMs > 0) ms += random.below(percentMs)
    if (jitterMs > 0) ms += random.below(jitterMs)
    const minMs = runtime.integer('health_check.min_interval', 0)
    const maxMs = runtime.integer('health_check.max_interval', Number.MAX_SAFE_INTEGER)
    return Math.max(1, minMs, Math.min(ms, maxMs))
  }
}
