import type { StatKind } from './group.ts'
import type { StatTag } from './tag.ts'

interface Part {
  readonly thread: string
  readonly cells: Float64Array
}

/** One group in one scope, over all threads: main's side of their blocks. A value of -0 is one that nobody wrote. */
export class GroupEntry {
  readonly scope: string
  readonly names: readonly string[]
  readonly kinds: readonly StatKind[]
  readonly tags: readonly StatTag[]
  readonly #parts: Part[] = []
  /** What ended blocks and dead threads had counted; of gauges only that they were used. */
  #ended: Float64Array | null = null
  /** What counters stood at when they were last reset. */
  #baseline: Float64Array | null = null
  #latched: Float64Array | null = null

  constructor(
    scope: string,
    names: readonly string[],
    kinds: readonly StatKind[],
    tags: readonly StatTag[],
  ) {
    this.scope = scope
    this.names = names
    this.kinds = kinds
    this.tags = tags
  }

  /** True while a thread has a block of it. */
  get isLive(): boolean {
    return this.#parts.length > 0
  }

  addPart(thread: string, cells: Float64Array): void {
    this.#parts.push({ thread, cells })
  }

  /** The thread is done with its blocks, which do not change any more. */
  endThread(thread: string): void {
    for (let at = this.#parts.length - 1; at >= 0; at--) {
      const part = this.#parts[at]!
      if (part.thread !== thread) continue
      this.#parts.splice(at, 1)
      part.cells.forEach((value, slot) => {
        if (!Object.is(value, -0)) this.#fold(slot, value)
      })
    }
  }

  value(slot: number): number {
    return this.#raw(slot) - (this.#baseline?.[slot] ?? 0)
  }

  isUsed(slot: number): boolean {
    return !Object.is(this.#raw(slot), -0)
  }

  resetCounter(slot: number): void {
    this.#baseline ??= new Float64Array(this.names.length)
    this.#baseline[slot] = this.#raw(slot)
  }

  /** What a counter has grown by since the last call. */
  latch(slot: number): number {
    this.#latched ??= new Float64Array(this.names.length)
    const value = this.#raw(slot)
    const delta = value - this.#latched[slot]!
    this.#latched[slot] = value
    return delta
  }

  #raw(slot: number): number {
    let sum = this.#ended?.[slot] ?? -0
    for (let i = 0; i < this.#parts.length; i++) sum += this.#parts[i]!.cells[slot]!
    return sum
  }

  #fold(slot: number, value: number): void {
    this.#ended ??= new Float64Array(this.names.length).fill(-0)
    this.#ended[slot]! += this.kinds[slot] === 'counter' ? value : 0
  }
}
