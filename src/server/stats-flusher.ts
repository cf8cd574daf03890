import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'
import type { StatsAggregator } from '../stats/aggregate.ts'
import { flushStats, sendSamples } from '../stats/flush.ts'
import type { StatsSink } from '../stats/sink.ts'

/** How often single samples are taken to the sinks that want them, in milliseconds. */
const SAMPLES_EVERY_MS = 100

/** Merges histograms and feeds the sinks every `stats_flush_interval`. */
export class StatsFlusher implements TimerOwner {
  readonly #aggregator: StatsAggregator
  readonly #sinks: readonly StatsSink[]
  readonly #intervalMs: number
  readonly #flushTimer: Timer
  readonly #sampleTimer: Timer

  /** `intervalMs` 0: only when `flush` is called. */
  constructor(
    aggregator: StatsAggregator,
    sinks: readonly StatsSink[],
    intervalMs: number,
    timers: TimerWheel,
  ) {
    this.#aggregator = aggregator
    this.#sinks = sinks
    this.#intervalMs = intervalMs
    this.#flushTimer = timers.createTimer(this)
    this.#sampleTimer = timers.createTimer(this)
  }

  start(): void {
    if (this.#intervalMs > 0) this.#flushTimer.enable(this.#intervalMs)
    if (this.#sinks.some(({ wantsSamples }) => wantsSamples)) {
      this.#sampleTimer.enable(SAMPLES_EVERY_MS)
    }
  }

  flush(): void {
    flushStats(this.#aggregator, this.#sinks)
  }

  /** One last flush, then the sinks end. */
  stop(): void {
    this.#flushTimer.disable()
    this.#sampleTimer.disable()
    this.flush()
    for (const sink of this.#sinks) sink.close()
  }

  onTimer(timer: Timer): void {
    if (timer === this.#sampleTimer) {
      sendSamples(this.#aggregator, this.#sinks)
      this.#sampleTimer.enable(SAMPLES_EVERY_MS)
    } else {
      this.flush()
      this.#flushTimer.enable(this.#intervalMs)
    }
  }
}
