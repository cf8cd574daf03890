import type { StatKind } from './group.ts'
import type { GroupEntry } from './group-entry.ts'
import type { Metric, TextReadout } from './metric.ts'
import type { StatTag } from './tag.ts'
import type { TagProducer } from './tag-producer.ts'
import { TaggedName } from './tagged-name.ts'

/** A metric as the aggregator holds it. */
export interface SummedMetric extends Metric {
  reset(): void
  /** Its growth since the last call. */
  latch(): number
}

/** One slot of a group in a scope. */
export class GroupMetric extends TaggedName implements SummedMetric {
  readonly kind: StatKind
  readonly #entry: GroupEntry
  readonly #slot: number

  constructor(producer: TagProducer, entry: GroupEntry, slot: number) {
    super(producer, entry.scope + entry.names[slot]!, entry.tags)
    this.kind = entry.kinds[slot]!
    this.#entry = entry
    this.#slot = slot
  }

  get value(): number {
    return this.#entry.value(this.#slot)
  }

  get used(): boolean {
    return this.#entry.isUsed(this.#slot)
  }

  reset(): void {
    this.#entry.resetCounter(this.#slot)
  }

  latch(): number {
    return this.#entry.latch(this.#slot)
  }
}

/** Two stats of one name, from different groups, which are one to a reader. */
export class JoinedMetric implements SummedMetric {
  readonly name: string
  readonly kind: StatKind
  readonly #first: SummedMetric
  readonly #second: SummedMetric

  constructor(first: SummedMetric, second: SummedMetric) {
    this.name = first.name
    this.kind = first.kind
    this.#first = first
    this.#second = second
  }

  get tagExtractedName(): string {
    return this.#first.tagExtractedName
  }

  get tags(): readonly StatTag[] {
    return this.#first.tags
  }

  get value(): number {
    return this.#first.value + this.#second.value
  }

  get used(): boolean {
    return this.#first.used || this.#second.used
  }

  reset(): void {
    this.#first.reset()
    this.#second.reset()
  }

  latch(): number {
    return this.#first.latch() + this.#second.latch()
  }
}

/** A gauge that is no sum over threads: set by main, or computed when it is read. */
export class ComputedGauge extends TaggedName implements SummedMetric {
  readonly kind = 'gauge'
  readonly used = true
  source: number | (() => number)

  constructor(
    producer: TagProducer,
    name: string,
    source: number | (() => number),
    tags: readonly StatTag[],
  ) {
    super(producer, name, tags)
    this.source = source
  }

  get value(): number {
    return typeof this.source === 'number' ? this.source : this.source()
  }

  reset(): void {
    // Only counters are reset.
  }

  latch(): number {
    return 0
  }
}

export class NamedText extends TaggedName implements TextReadout {
  readonly value: string

  constructor(producer: TagProducer, name: string, value: string) {
    super(producer, name, [])
    this.value = value
  }
}
