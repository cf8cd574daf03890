import type { FaultOwner, Timer, TimerOwner, TimerWheel } from './timers.ts'

/** Told when nothing has happened for the whole timeout. */
export interface IdleOwner {
  /** A number that changes with each byte in either direction. */
  activity(): number
  onIdle(): void
}

/** Looks so often within a timeout; the error is that part of it, and never to the early side. */
const LOOKS = 100
const MIN_LOOK_MS = 5

/**
 * An idle timeout that costs the data path nothing: instead of a clock read per byte, it looks now and then whether anything
 * has moved.
 */
export class IdleTimer implements TimerOwner {
  readonly #owner: IdleOwner
  readonly #wheel: TimerWheel
  readonly #timer: Timer
  readonly #timeoutMs: number
  readonly #lookMs: number
  #seen = 0
  #quietSinceMs = 0

  /** A fault in `owner` ends `connection`. */
  constructor(wheel: TimerWheel, owner: IdleOwner, timeoutMs: number, connection: FaultOwner) {
    this.#wheel = wheel
    this.#owner = owner
    this.#timer = wheel.createTimer(this, connection)
    this.#timeoutMs = timeoutMs
    this.#lookMs = Math.max(MIN_LOOK_MS, timeoutMs / LOOKS)
  }

  /** Starts anew from now. */
  start(): void {
    this.#seen = this.#owner.activity()
    this.#quietSinceMs = this.#wheel.now()
    this.#timer.enable(this.#lookMs)
  }

  stop(): void {
    this.#timer.disable()
  }

  onTimer(): void {
    const activity = this.#owner.activity()
    const now = this.#wheel.now()
    if (activity !== this.#seen) {
      this.#seen = activity
      this.#quietSinceMs = now
    }
    const left = this.#quietSinceMs + this.#timeoutMs - now
    if (left <= 0) this.#owner.onIdle()
    else this.#timer.enable(Math.min(left, this.#lookMs))
  }
}
