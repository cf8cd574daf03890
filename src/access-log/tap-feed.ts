import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'
import type { TimeSource } from '../time-source.ts'

/** Whose requests can be looked at. */
export type TappedProtocol = 'redis' | 'thrift'

/** How many may look at a protocol at once: one bit each. */
export const MAX_TAPS = 8

/** A batch for one set of tappers: lines of JSON, each ended by a newline. */
export interface TapLines {
  /** Bits of the filters that took them. */
  readonly to: number
  readonly lines: string
}

export interface TapOptions {
  readonly timers: TimerWheel
  readonly timeSource: TimeSource
  /** `missed`: requests of this batch's time that were not looked at. */
  post(batches: readonly TapLines[], missed: number): void
}

/** What things cost, in units of 50 ns. */
export interface TapCosts {
  /** To ask whether somebody wants a request. */
  readonly look: number
  /** To remember it until its reply. */
  readonly keep: number
  /** To make text of both. */
  readonly show: number
}

const FLUSH_MS = 10
/** What a tap may cost between two flushes: 2.5 % of 10 ms. */
const CREDIT = 5000
const MAX_SHOWN = 50

/**
 * The budget of a tap and its way to main: what is beyond the budget is missed and counted, traffic never waits. A protocol's tap
 * decides what is shown, and how.
 */
export abstract class TapFeed implements TimerOwner {
  /** Somebody looks, and there is time for it: the data path asks with each request, and calls `begin` then. */
  enabled = false
  /** Counted by the data path, and by ourselves: requests that came while `enabled` was false, or that were not shown for lack of room. */
  missed = 0
  protected readonly timeSource: TimeSource
  readonly #options: TapOptions
  readonly #costs: TapCosts
  readonly #timer: Timer
  #credit = CREDIT
  #shown = 0
  #batches: { to: number; lines: string }[] = []

  constructor(options: TapOptions, costs: TapCosts) {
    this.timeSource = options.timeSource
    this.#options = options
    this.#costs = costs
    this.#timer = options.timers.createTimer(this)
  }

  onTimer(): void {
    const batches = this.#batches
    const { missed } = this
    this.#refill()
    this.#timer.enable(FLUSH_MS)
    if (batches.length > 0 || missed > 0) this.#options.post(batches, missed)
  }

  /** The first looks on. */
  protected open(): void {
    this.#refill()
    this.#timer.enable(FLUSH_MS)
  }

  /** Nobody does any more. */
  protected close(): void {
    this.enabled = false
    this.#timer.disable()
  }

  /** Pays for a look; false: the request is missed. */
  protected mayLook(): boolean {
    return this.#pay(this.#costs.look)
  }

  protected mayKeep(): boolean {
    return this.#pay(this.#costs.keep)
  }

  protected mayShow(): boolean {
    if (this.#shown >= MAX_SHOWN) {
      this.missed++
      return false
    }
    const isPaid = this.#pay(this.#costs.show)
    if (isPaid) this.#shown++
    if (this.#shown >= MAX_SHOWN) this.enabled = false
    return isPaid
  }

  protected add(to: number, line: string): void {
    const batches = this.#batches
    for (let i = 0; i < batches.length; i++) {
      const batch = batches[i]!
      if (batch.to !== to) continue
      batch.lines += line
      return
    }
    batches.push({ to, lines: line })
  }

  #refill(): void {
    this.#credit = CREDIT
    this.#shown = 0
    this.missed = 0
    this.#batches = []
    this.enabled = true
  }

  /** With nothing left, the data path goes its fastest way until the next flush. */
  #pay(cost: number): boolean {
    if (this.#credit < cost) {
      this.missed++
      return false
    }
    this.#credit -= cost
    if (this.#credit < this.#costs.look) this.enabled = false
    return true
  }
}
