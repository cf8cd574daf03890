import type { HistogramUnit, StatsAnnouncement } from './announcement.ts'
import { defineStats, type StatKind, type StatsGroup } from './group.ts'
import {
  BLOCKS,
  blockOf,
  blockSize,
  FIRST_BLOCK_BINS,
  MAX_SAMPLE,
  placeInBlock,
} from './histogram-bins.ts'
import { type Extent, StatsPages } from './pages.ts'
import { SampleRing } from './sample-ring.ts'
import type { StatTag } from './tag.ts'

/**
 * The slots of one group in one scope, on this thread's shared page: `block[GROUP.index.upstream_cx_total]!++`.
 * Only the thread that got it writes it. A slot that nobody has written is -0, which is how main tells an unused stat from one
 * that went back to 0 (the first `++` or `= 0` makes it an ordinary number). It compares, adds and prints as 0.
 */
export type StatsBlock = Float64Array

export interface Histogram {
  /** Counts one sample, a whole number from 0 (a fraction is cut off, as in Envoy). Percents are times 1,000,000. */
  record(value: number): void
  /** The same sample `times` times. */
  recordMany(value: number, times: number): void
}

export interface StatsStoreOptions {
  /** Who writes: `main_thread`, `worker_0`, ... */
  readonly thread: string
  /** Takes what main's aggregator must learn, in order. */
  announce(message: StatsAnnouncement): void
  /** True when a sink wants each sample of a histogram, and not only its bins. */
  readonly keepSamples?: boolean
}

/** Tells main; returns the number of the announcement, from 1. */
type Announce = (message: StatsAnnouncement) => number

/** Null while no sink wants single samples; shared by the thread's histograms. */
interface Samples {
  ring: SampleRing | null
}

interface BlockUse {
  readonly id: number
  readonly extent: Extent
  readonly block: StatsBlock
  users: number
}

/** The stats that one thread writes. There is one on every thread, main too. */
export class StatsStore {
  readonly thread: string
  readonly #announce: Announce
  readonly #pages: StatsPages
  readonly #samples: Samples = { ring: null }
  readonly #groups = new Map<string, number>()
  readonly #scopes = new Map<string, Map<string, BlockUse>>()
  readonly #histograms = new Map<string, RecordingHistogram>()
  #nextId = 1
  #announced = 0

  constructor(options: StatsStoreOptions) {
    this.thread = options.thread
    this.#announce = (message) => {
      options.announce(message)
      return ++this.#announced
    }
    this.#pages = new StatsPages((page, buffer) => this.#announce({ kind: 'page', page, buffer }))
    if (options.keepSamples === true) this.keepSamples()
  }

  /** From now on each sample is kept for the sinks, and not only counted in its bin. */
  keepSamples(): void {
    if (this.#samples.ring !== null) return
    const ring = new SampleRing()
    this.#samples.ring = ring
    this.#announce({ kind: 'samples', buffer: ring.buffer })
  }

  /**
   * The block of a group in a scope ('cluster.up.', or '' for the root). The same scope and group give the same block, which
   * lives until each of its users has called `release`. `tags` name the parts of the scope whose dots are no separators.
   */
  block(scope: string, group: StatsGroup, tags?: readonly StatTag[]): StatsBlock {
    let groups = this.#scopes.get(scope)
    if (groups === undefined) {
      groups = new Map()
      this.#scopes.set(scope, groups)
    }
    const known = groups.get(group.key)
    if (known !== undefined) {
      known.users++
      return known.block
    }
    const use = this.#createBlock(scope, group, tags)
    groups.set(group.key, use)
    return use.block
  }

  /** One user less; the last one frees the block, so nobody may write it any more. */
  release(scope: string, group: StatsGroup): void {
    const groups = this.#scopes.get(scope)
    const use = groups?.get(group.key)
    if (groups === undefined || use === undefined) {
      throw new Error(`releasing stats of scope "${scope}": nobody holds them`)
    }
    if (--use.users > 0) return
    groups.delete(group.key)
    if (groups.size === 0) this.#scopes.delete(scope)
    this.#pages.free(use.extent, this.#announce({ kind: 'block-end', id: use.id }))
  }

  /** A stat whose name is known only at run time, as a block of one slot: `block[0]!++`. */
  single(name: string, kind: StatKind, tags?: readonly StatTag[]): StatsBlock {
    return this.block('', singleGroup(name, kind), tags)
  }

  releaseSingle(name: string, kind: StatKind): void {
    this.release('', singleGroup(name, kind))
  }

  /** The histogram of a full name ('cluster.up.upstream_cx_connect_ms'), shared by all who ask on this thread. */
  histogram(
    name: string,
    unit: HistogramUnit = 'unspecified',
    tags?: readonly StatTag[],
  ): Histogram {
    const known = this.#histograms.get(name)
    if (known !== undefined) {
      known.users++
      return known
    }
    const id = this.#nextId++
    this.#announce({ kind: 'histogram', id, name, unit, ...(tags && { tags }) })
    const histogram = new RecordingHistogram(id, this.#pages, this.#announce, this.#samples)
    this.#histograms.set(name, histogram)
    return histogram
  }

  /** One user less; after the last one nobody may record any more. */
  releaseHistogram(name: string): void {
    const histogram = this.#histograms.get(name)
    if (histogram === undefined) throw new Error(`releasing histogram "${name}": nobody holds it`)
    if (--histogram.users > 0) return
    this.#histograms.delete(name)
    histogram.end()
  }

  #createBlock(scope: string, group: StatsGroup, tags?: readonly StatTag[]): BlockUse {
    let groupId = this.#groups.get(group.key)
    if (groupId === undefined) {
      groupId = this.#nextId++
      this.#groups.set(group.key, groupId)
      this.#announce({ kind: 'group', id: groupId, names: group.names, kinds: group.kinds })
    }
    const extent = this.#pages.allocate(group.names.length)
    const block = this.#pages.floats(extent)
    block.fill(-0)
    const id = this.#nextId++
    const { page, offset } = extent
    this.#announce({
      kind: 'block',
      id,
      group: groupId,
      scope,
      page,
      offset,
      ...(tags && { tags }),
    })
    return { id, extent, block, users: 1 }
  }
}

function singleGroup(name: string, kind: StatKind): StatsGroup {
  return defineStats({ [name]: kind })
}

/** Counts samples in bins on the thread's page; a block of bins is allocated when its first sample comes. */
class RecordingHistogram implements Histogram {
  users = 1
  readonly #id: number
  readonly #pages: StatsPages
  readonly #announce: Announce
  readonly #samples: Samples
  readonly #blocks: (Uint32Array | null)[] = new Array(BLOCKS).fill(null)
  readonly #extents: Extent[] = []

  constructor(id: number, pages: StatsPages, announce: Announce, samples: Samples) {
    this.#id = id
    this.#pages = pages
    this.#announce = announce
    this.#samples = samples
  }

  record(value: number): void {
    // Neither NaN nor a clock that went back may leave the bins.
    const sample = value >= 1 ? Math.min(Math.floor(value), MAX_SAMPLE) : 0
    const { ring } = this.#samples
    if (ring !== null) ring.push(this.#id, sample)
    if (sample < FIRST_BLOCK_BINS) {
      const bins = this.#blocks[0] ?? this.#allocate(0)
      bins[sample]!++
      return
    }
    const block = blockOf(sample)
    const bins = this.#blocks[block] ?? this.#allocate(block)
    bins[placeInBlock(sample, block)]!++
  }

  recordMany(value: number, times: number): void {
    this.record(value)
    if (times === 1) return
    const sample = value >= 1 ? Math.min(Math.floor(value), MAX_SAMPLE) : 0
    const { ring } = this.#samples
    if (ring !== null) for (let i = 1; i < times; i++) ring.push(this.#id, sample)
    const block = sample < FIRST_BLOCK_BINS ? 0 : blockOf(sample)
    const place = block === 0 ? sample : placeInBlock(sample, block)
    this.#blocks[block]![place]! += times - 1
  }

  end(): void {
    const announcement = this.#announce({ kind: 'histogram-end', id: this.#id })
    for (const extent of this.#extents) this.#pages.free(extent, announcement)
  }

  #allocate(block: number): Uint32Array {
    const count = blockSize(block)
    const extent = this.#pages.allocate(count / 2)
    const bins = this.#pages.words(extent, count)
    bins.fill(0)
    this.#blocks[block] = bins
    this.#extents.push(extent)
    const { page, offset } = extent
    this.#announce({ kind: 'bins', id: this.#id, block, page, offset })
    return bins
  }
}
