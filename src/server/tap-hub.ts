import { MAX_TAPS, type TappedProtocol } from '../access-log/tap-feed.ts'
import type { WorkerCommand, WorkerEvent } from '../messages.ts'
import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'

/** Who looks on. */
export interface Tapper {
  /** Whole lines of JSON. False: what came before is not read yet, and these are left out. */
  write(lines: string): boolean
}

/** Where a tapper joins. */
export interface Taps<F extends AnyFilter> {
  /** How many more may look on. */
  readonly free: number
  /** Begins to show, if there is room. Returns what ends it. */
  add(filter: Omit<F, 'id'>, tapper: Tapper): () => void
}

export interface TapHubOptions {
  readonly protocol: TappedProtocol
  readonly timers: TimerWheel
  /** To all workers. */
  command(command: WorkerCommand): void
}

/** What a tapper wants to see; what it may say is the protocol's. */
interface AnyFilter {
  readonly id: number
}

interface Subscription<F> {
  readonly filter: F
  readonly tapper: Tapper
  /** Requests that it was not shown since it was last told of such. */
  missed: number
}

/** How often a tapper is told how many requests it was not shown. */
const TELL_MISSED_MS = 1000

/** Tells the workers what is wanted to be seen of a protocol, and hands on what they show. */
export class TapHub<F extends AnyFilter> implements Taps<F>, TimerOwner {
  readonly #options: TapHubOptions
  readonly #subscriptions: (Subscription<F> | null)[] = new Array(MAX_TAPS).fill(null)
  readonly #timer: Timer

  constructor(options: TapHubOptions) {
    this.#options = options
    this.#timer = options.timers.createTimer(this)
  }

  get free(): number {
    return MAX_TAPS - this.#active().length
  }

  add(filter: Omit<F, 'id'>, tapper: Tapper): () => void {
    const id = this.#subscriptions.indexOf(null)
    if (id < 0) throw new Error('too many taps')
    this.#subscriptions[id] = { filter: { ...filter, id } as F, tapper, missed: 0 }
    this.#command()
    if (!this.#timer.enabled) this.#timer.enable(TELL_MISSED_MS)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#subscriptions[id] = null
      this.#command()
      if (this.#active().length === 0) this.#timer.disable()
    }
  }

  /** What one worker has to show, and how many requests it had no time for. */
  onEvents(events: readonly WorkerEvent[]): void {
    for (const { kind, to, lines, missed = 0 } of events) {
      if (kind !== this.#options.protocol) continue
      this.#show(to as number, lines as string)
      for (const one of this.#active()) one.missed += missed as number
    }
  }

  /** For a worker that knows nothing yet. */
  repeat(): void {
    if (this.#active().length > 0) this.#command()
  }

  onTimer(): void {
    this.#timer.enable(TELL_MISSED_MS)
    for (const one of this.#active()) {
      if (one.missed > 0 && one.tapper.write(`{"missed":${one.missed}}\n`)) one.missed = 0
    }
  }

  #show(to: number, lines: string): void {
    for (const [id, one] of this.#subscriptions.entries()) {
      if (one === null || (to & (1 << id)) === 0 || one.tapper.write(lines)) continue
      one.missed += lines.split('\n').length - 1
    }
  }

  #command(): void {
    const filters = this.#active().map(({ filter }) => filter)
    this.#options.command({ name: `tap-${this.#options.protocol}`, filters })
  }

  #active(): readonly Subscription<F>[] {
    return this.#subscriptions.filter((one) => one !== null)
  }
}
