import type { Random } from '../random.ts'

/** Picks thrown away at the start are drawn below this. */
const MAX_FIRST_PICKS = 429_496_729

/**
 * Earliest deadline first: an entry of weight w comes up every 1/w of virtual time, so that picks are spread and not in runs.
 * Of two equal deadlines, the one that was queued first wins. A binary heap in flat arrays; it allocates only when built.
 */
export class EdfScheduler<T> {
  readonly #entries: T[] = []
  readonly #deadlines: number[] = []
  readonly #orders: number[] = []
  #now = 0
  #nextOrder = 0

  /** `weight` is above 0. */
  add(entry: T, weight: number): void {
    this.#push(entry, this.#now + 1 / weight)
  }

  /** The entry that is due, queued again with its weight as of now. Null when there is none. */
  pick(weightOf: (entry: T) => number): T | null {
    const entry = this.#entries[0]
    if (entry === undefined) return null
    this.#now = this.#deadlines[0]!
    this.#deadlines[0] = this.#now + 1 / weightOf(entry)
    this.#orders[0] = this.#nextOrder++
    this.#sink(0)
    return entry
  }

  /** As after a random number of picks, so that threads and proxies do not all begin with the same hosts. */
  static started<T>(
    entries: readonly T[],
    weightOf: (entry: T) => number,
    random: Random,
  ): EdfScheduler<T> {
    const scheduler = new EdfScheduler<T>()
    const total = entries.reduce((sum, entry) => sum + weightOf(entry), 0)
    const picks = random.below(MAX_FIRST_PICKS)
    let picked = 0
    for (const entry of entries) {
      const share = Math.floor((picks * weightOf(entry)) / total)
      picked += share
      scheduler.#now = Math.max(scheduler.#now, share / weightOf(entry))
      scheduler.#push(entry, (share + 1) / weightOf(entry))
    }
    for (; picked < picks; picked++) scheduler.pick(weightOf)
    return scheduler
  }

  #push(entry: T, deadline: number): void {
    const at = this.#entries.length
    this.#entries.push(entry)
    this.#deadlines.push(deadline)
    this.#orders.push(this.#nextOrder++)
    this.#rise(at)
  }

  #rise(start: number): void {
    let at = start
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(start: number): void {
    let at = start
    const length = this.#entries.length
    for (;;) {
      const left = 2 * at + 1
      if (left >= length) return
      const right = left + 1
      const child = right < length && this.#isBefore(right, left) ? right : left
      if (!this.#isBefore(child, at)) return
      this.#swap(at, child)
      at = child
    }
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#deadlines[a]! - this.#deadlines[b]!
    return difference < 0 || (difference === 0 && this.#orders[a]! < this.#orders[b]!)
  }

  #swap(a: number, b: number): void {
    const entry = this.#entries[a]!
    const deadline = this.#deadlines[a]!
    const order = this.#orders[a]!
    this.#entries[a] = this.#entries[b]!
    this.#deadlines[a] = this.#deadlines[b]!
    this.#orders[a] = this.#orders[b]!
    this.#entries[b] = entry
    this.#deadlines[b] = deadline
    this.#orders[b] = order
  }
}
