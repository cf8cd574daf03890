import type { WorkerCommand, WorkerEvent } from '../messages.ts'
import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'
import { MAX_TAPS, type TapFilter } from '../redis/tap-filter.ts'

/** Who looks on. */
export interface Tapper {
  /** Whole lines of JSON. False: what came before is not read yet, and these are left out. */
  write(lines: string): boolean
}

export interface TapHubOptions {
  readonly timers: TimerWheel
  /** To all workers. */
  command(command: WorkerCommand): void
}

interface Subscription {
  readonly filter: TapFilter
  readonly tapper: Tapper
  /** Commands that it was not shown since it was last told of such. */
  missed: number
}

/** How often a tapper is told how many commands it was not shown. */
const TELL_MISSED_MS = 1000

/** Tells the workers what is wanted, and hands on what they show. */
export class TapHub implements TimerOwner {
  readonly #options: TapHubOptions
  readonly #subscriptions: (Subscription | null)[] = new Array(MAX_TAPS).fill(null)
  readonly #timer: Timer

  constructor(options: TapHubOptions) {
    this.#options = options
    this.#timer = options.timers.createTimer(this)
  }

  /** How many more may look on. */
  get free(): number {
    return MAX_TAPS - this.#active().length
  }

  /** Begins to show, if there is room. Returns what ends it. */
  add(filter: Omit<TapFilter, 'id'>, tapper: Tapper): () => void {
    const id = this.#subscriptions.indexOf(null)
    if (id < 0) throw new Error('too many taps')
    this.#subscriptions[id] = { filter: { id, ...filter }, tapper, missed: 0 }
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

  /** What one worker has to show, and how many commands it had no time for. */
  onEvents(events: readonly WorkerEvent[], missed: number): void {
    for (const { kind, to, lines } of events) {
      if (kind === 'redis') this.#show(to as number, lines as string)
    }
    if (missed === 0) return
    for (const one of this.#active()) one.missed += missed
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
    this.#options.command({ name: 'tap-redis', filters })
  }

  #active(): readonly Subscription[] {
    return this.#subscriptions.filter((one) => one !== null)
  }
}
