import type { HistogramUnit } from './announcement.ts'
import { blockStart } from './histogram-bins.ts'
import { HistogramStatistics } from './histogram-statistics.ts'
import type { HistogramMetric } from './metric.ts'
import type { StatTag } from './tag.ts'
import type { TagProducer } from './tag-producer.ts'
import { TaggedName } from './tagged-name.ts'

/** The bins of one block on one thread, and what they held when they were last merged. */
interface Part {
  readonly thread: string
  readonly block: number
  readonly counts: Uint32Array
  readonly merged: Uint32Array
}

/** One histogram over all threads: main's side of their bins. */
export class HistogramEntry extends TaggedName implements HistogramMetric {
  readonly unit: HistogramUnit
  readonly bounds: readonly number[]
  readonly interval: HistogramStatistics
  readonly cumulative: HistogramStatistics
  readonly #holders = new Set<string>()
  #parts: Part[] = []
  /** Samples of parts that ended, for the next merge. */
  readonly #pending: [number, number][] = []

  constructor(
    producer: TagProducer,
    { name, unit, tags = [] }: { name: string; unit: HistogramUnit; tags?: readonly StatTag[] },
    bounds: readonly number[],
  ) {
    super(producer, name, tags)
    this.unit = unit
    this.bounds = bounds
    this.interval = new HistogramStatistics(unit)
    this.cumulative = new HistogramStatistics(unit)
  }

  get isLive(): boolean {
    return this.#holders.size > 0
  }

  get used(): boolean {
    return this.cumulative.sampleCount > 0
  }

  addHolder(thread: string): void {
    this.#holders.add(thread)
  }

  addPart(thread: string, block: number, counts: Uint32Array): void {
    this.#parts.push({ thread, block, counts, merged: new Uint32Array(counts.length) })
  }

  /** The thread is done with it; its bins do not change any more. */
  endThread(thread: string): void {
    for (const part of this.#parts) {
      if (part.thread === thread) takeGrowth(part, (bin, grown) => this.#pending.push([bin, grown]))
    }
    this.#holders.delete(thread)
    this.#parts = this.#parts.filter((part) => part.thread !== thread)
  }

  /** Starts a new interval, which holds what came since the last merge. */
  merge(): void {
    this.interval.clear()
    const take = (bin: number, grown: number): void => {
      this.interval.add(bin, grown)
      this.cumulative.add(bin, grown)
    }
    for (const part of this.#parts) takeGrowth(part, take)
    for (const [bin, grown] of this.#pending.splice(0)) take(bin, grown)
  }
}

/** Bins count modulo 2^32, so what they grew by is right as long as it is below that. */
function takeGrowth(part: Part, take: (bin: number, grown: number) => void): void {
  const { counts, merged } = part
  const start = blockStart(part.block)
  for (let place = 0; place < counts.length; place++) {
    const count = counts[place]!
    if (count === merged[place]) continue
    take(start + place, (count - merged[place]!) >>> 0)
    merged[place] = count
  }
}
