import type { DrainDecision } from '../extension/drain-decision.ts'
import type { Random } from '../random.ts'
import type { TimeSource } from '../time-source.ts'

/** What the whole worker knows of draining. */
export interface DrainOptions {
  readonly strategy: 'gradual' | 'immediate'
  /** `--drain-time-s`. */
  readonly drainTimeS: number
  readonly timeSource: TimeSource
  readonly random: Random
}

/**
 * A listener's drain. Gradual: after e whole seconds a connection goes with probability e / drain time; nobody in the first
 * second, everybody at the end.
 */
export class ListenerDrain implements DrainDecision {
  readonly #options: DrainOptions
  readonly #onHealthFailure: boolean
  #startMs = -1
  #healthFailed = false

  /** `modifyOnly`: a failing health check does not drain this listener (`drain_type: MODIFY_ONLY`). */
  constructor(options: DrainOptions, modifyOnly: boolean) {
    this.#options = options
    this.#onHealthFailure = !modifyOnly
  }

  /** `startMs`: milliseconds since the epoch, the same for all workers. Repeating it changes nothing. */
  start(startMs: number): void {
    if (this.#startMs < 0) this.#startMs = startMs
  }

  setHealthCheckFailed(failed: boolean): void {
    this.#healthFailed = failed
  }

  drainClose(): boolean {
    if (this.#healthFailed && this.#onHealthFailure) return true
    if (this.#startMs < 0) return false
    const { strategy, drainTimeS, timeSource, random } = this.#options
    if (strategy === 'immediate') return true
    const elapsed = Math.floor((timeSource.now() - this.#startMs) / 1000)
    return elapsed >= drainTimeS || elapsed > random.below(drainTimeS)
  }
}
