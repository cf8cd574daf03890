import type { FlushTarget } from '../network/flush-queue.ts'
import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'
import type { PoolSettings } from './pool-settings.ts'

/** `max_buffer_size_before_flush`: commands wait for company, but not longer than the first one's timeout. */
export class WriteBatcher {
  readonly #settings: PoolSettings
  readonly #timers: TimerWheel
  readonly #waiting = new Map<FlushTarget, Batch>()

  constructor(settings: PoolSettings, timers: TimerWheel) {
    this.#settings = settings
    this.#timers = timers
  }

  /** The connection holds so many bytes now. */
  onBytes(connection: FlushTarget, bytes: number): void {
    const batch = this.#waiting.get(connection)
    if (bytes >= this.#settings.maxBufferSizeBeforeFlush) {
      batch?.end()
      this.#waiting.delete(connection)
      connection.flush()
    } else if (batch === undefined) {
      this.#waiting.set(connection, new Batch(this, connection, this.#timers, this.#settings))
    }
  }

  /** For Batch only. */
  onTimeout(connection: FlushTarget): void {
    this.#waiting.delete(connection)
    connection.flush()
  }
}

class Batch implements TimerOwner {
  readonly #batcher: WriteBatcher
  readonly #connection: FlushTarget
  readonly #timer: Timer

  constructor(
    batcher: WriteBatcher,
    connection: FlushTarget,
    timers: TimerWheel,
    settings: PoolSettings,
  ) {
    this.#batcher = batcher
    this.#connection = connection
    this.#timer = timers.createTimer(this, connection)
    this.#timer.enable(settings.bufferFlushTimeoutMs)
  }

  onTimer(): void {
    this.#batcher.onTimeout(this.#connection)
  }

  end(): void {
    this.#timer.disable()
  }
}
