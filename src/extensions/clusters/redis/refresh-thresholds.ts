import type { RedisClusterConfig } from './schema.ts'

export type RefreshReason = 'redirect' | 'failure' | 'degraded'

/**
 * Counts what says that the picture of a cluster is old, and says when to look again: at the threshold of a kind, and no sooner than
 * `redirect_refresh_interval` after the last time. What comes before that is not counted, as in Envoy.
 */
export class RefreshThresholds {
  readonly #thresholds: Readonly<Record<RefreshReason, number>>
  readonly #intervalMs: number
  readonly #counts: Record<RefreshReason, number> = { redirect: 0, failure: 0, degraded: 0 }
  #lastMs: number | null = null

  constructor(config: RedisClusterConfig) {
    this.#intervalMs = config.redirectRefreshIntervalMs
    this.#thresholds = {
      redirect: config.redirectRefreshThreshold,
      failure: config.failureRefreshThreshold,
      degraded: config.hostDegradedRefreshThreshold,
    }
  }

  /** True: look again now. */
  count(reason: RefreshReason, events: number, nowMs: number): boolean {
    const threshold = this.#thresholds[reason]
    if (threshold === 0 || events === 0) return false
    if (this.#lastMs !== null && nowMs < this.#lastMs + this.#intervalMs) return false
    this.#counts[reason] += events
    if (this.#counts[reason] < threshold) return false
    this.#counts[reason] = 0
    this.#lastMs = nowMs
    return true
  }
}
