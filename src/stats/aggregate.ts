import type { StatsAnnouncement } from './announcement.ts'
import type { StatKind } from './group.ts'
import { GroupEntry } from './group-entry.ts'
import { blockSize } from './histogram-bins.ts'
import { HistogramEntry } from './histogram-entry.ts'
import { DEFAULT_BUCKETS } from './histogram-statistics.ts'
import type { HistogramMetric, Metric, TextReadout } from './metric.ts'
import { SampleRing } from './sample-ring.ts'
import type { CounterSnapshot, StatsSnapshot } from './sink.ts'
import {
  ComputedGauge,
  GroupMetric,
  JoinedMetric,
  NamedText,
  type SummedMetric,
} from './summed-metric.ts'
import type { StatTag } from './tag.ts'
import { TagProducer } from './tag-producer.ts'
import { byName } from './tagged-name.ts'
import { ThreadView } from './thread-view.ts'

export interface StatsAggregatorOptions {
  /** Takes tags out of names; without it, Envoy's default ones are taken. */
  readonly tagProducer?: TagProducer
  /** stats_matcher: a name for which it is false does not exist for any reader. */
  readonly accepts?: (name: string) => boolean
  /** histogram_bucket_settings: the bounds of a histogram. */
  readonly bounds?: (name: string) => readonly number[]
}

type Announced<K extends StatsAnnouncement['kind']> = Extract<StatsAnnouncement, { kind: K }>

/** Main's view of all threads' stats: follows their announcements, folds their pages, answers readers. */
export class StatsAggregator {
  readonly #tagProducer: TagProducer
  readonly #accepts: (name: string) => boolean
  readonly #bounds: (name: string) => readonly number[]
  readonly #threads = new Map<string, ThreadView>()
  readonly #entries = new Map<string, { entry: GroupEntry; metrics: GroupMetric[] }>()
  readonly #histograms = new Map<string, HistogramEntry>()
  readonly #computed = new Map<string, ComputedGauge>()
  readonly #textReadouts = new Map<string, NamedText>()
  #latchedHosts = new Map<string, number>()
  #hostMetrics: () => Iterable<Metric> = () => []
  /** Sorted by name; null when a stat has come or gone since. */
  #sorted: Record<StatKind, readonly SummedMetric[]> | null = null

  constructor(options: StatsAggregatorOptions = {}) {
    this.#tagProducer = options.tagProducer ?? new TagProducer()
    this.#accepts = options.accepts ?? (() => true)
    this.#bounds = options.bounds ?? (() => DEFAULT_BUCKETS)
  }

  /** Takes what a thread's store announced, in order and without gaps. */
  onAnnouncement(thread: string, message: StatsAnnouncement): void {
    let view = this.#threads.get(thread)
    if (view === undefined) {
      view = new ThreadView()
      this.#threads.set(thread, view)
    }
    this.#take(thread, view, message)
    view.acknowledge()
  }

  /**
   * The thread is dead. What its counters and histograms held is kept, its gauges are dropped. Its stats stay known until
   * `dropUnheld`, since the thread that replaces it announces most of them again.
   */
  onThreadGone(thread: string): void {
    const view = this.#threads.get(thread)
    if (view === undefined) return
    this.#threads.delete(thread)
    for (const { entry } of view.blocks.values()) entry.endThread(thread)
    for (const entry of view.histograms.values()) entry.endThread(thread)
  }

  /** Forgets stats that no thread holds any more; to be called once a dead thread's replacement has all its resources. */
  dropUnheld(): void {
    for (const [key, { entry }] of this.#entries) {
      if (!entry.isLive) this.#entries.delete(key)
    }
    for (const [name, entry] of this.#histograms) {
      if (!entry.isLive) this.#histograms.delete(name)
    }
    this.#sorted = null
  }

  /** A gauge that main knows, or computes when it is read. It counts as used, and hides one of its name in a group. */
  setGauge(name: string, value: number | (() => number), tags: readonly StatTag[] = []): void {
    const known = this.#computed.get(name)
    if (known !== undefined) {
      known.source = value
      return
    }
    this.#computed.set(name, new ComputedGauge(this.#tagProducer, name, value, tags))
    this.#sorted = null
  }

  removeGauge(name: string): void {
    if (this.#computed.delete(name)) this.#sorted = null
  }

  setTextReadout(name: string, text: string): void {
    this.#textReadouts.set(name, new NamedText(this.#tagProducer, name, text))
  }

  removeTextReadout(name: string): void {
    this.#textReadouts.delete(name)
  }

  /** Where the per-endpoint stats of clusters that ask for them come from, each time they are read. */
  setHostMetrics(provider: () => Iterable<Metric>): void {
    this.#hostMetrics = provider
  }

  /** All counters, sorted by name. */
  counters(): readonly Metric[] {
    return this.#metrics().counter
  }

  /** All gauges, sorted by name. */
  gauges(): readonly Metric[] {
    return this.#metrics().gauge
  }

  /** All histograms, sorted by name, as of the last merge. */
  histograms(): HistogramMetric[] {
    return [...this.#histograms.values()].sort(byName)
  }

  /** All text readouts, sorted by name. */
  textReadouts(): TextReadout[] {
    const readouts = [...this.#textReadouts.values()].filter(({ name }) => this.#accepts(name))
    return readouts.sort(byName)
  }

  hostMetrics(): Metric[] {
    return [...this.#hostMetrics()].filter(({ name }) => this.#accepts(name))
  }

  /** Ends the histograms' interval and starts the next; called at each flush. */
  mergeHistograms(): void {
    for (const entry of this.#histograms.values()) entry.merge()
  }

  /** As POST /reset_counters does: gauges and histograms keep theirs, sinks still get what came before. */
  resetCounters(): void {
    for (const metric of this.#metrics().counter) metric.reset()
  }

  /** What the sinks are given at a flush: what is used, counters with their growth since the last snapshot. */
  snapshot(): StatsSnapshot {
    const used = ({ used }: Metric): boolean => used
    const counters = this.#metrics()
      .counter.filter(used)
      .map((metric) => ({ metric, delta: metric.latch() }))
    const hosts = Map.groupBy(this.hostMetrics(), ({ kind }) => kind)
    return {
      counters: [...counters, ...this.#latchHosts(hosts.get('counter') ?? [])],
      gauges: [...this.#metrics().gauge.filter(used), ...(hosts.get('gauge') ?? [])],
      histograms: this.histograms().filter(({ used }) => used),
      textReadouts: this.textReadouts(),
    }
  }

  /** Hands out the single samples that threads kept for sinks; returns how many found their ring full. */
  drainSamples(take: (histogram: HistogramMetric, value: number) => void): number {
    let dropped = 0
    for (const view of this.#threads.values()) {
      dropped +=
        view.samples?.drain((id, value) => {
          const entry = view.histograms.get(id)
          if (entry !== undefined && this.#histograms.get(entry.name) === entry) take(entry, value)
        }) ?? 0
    }
    return dropped
  }

  /** What speaks of an id that the thread has not announced is late news of a dead one, and is ignored. */
  #take(thread: string, view: ThreadView, message: StatsAnnouncement): void {
    switch (message.kind) {
      case 'page':
        view.pages[message.page] = message.buffer
        return
      case 'samples':
        view.samples = new SampleRing(message.buffer)
        return
      case 'group': {
        const { names, kinds } = message
        const key = names.map((name, slot) => `${kinds[slot]} ${name}`).join('\n')
        view.groups.set(message.id, { key, names, kinds })
        return
      }
      case 'block':
        this.#onBlock(thread, view, message)
        return
      case 'block-end':
        this.#onBlockEnd(thread, view, message.id)
        return
      case 'histogram':
        this.#onHistogram(thread, view, message)
        return
      case 'bins':
        this.#onBins(thread, view, message)
        return
      case 'histogram-end':
        this.#onHistogramEnd(thread, view, message.id)
    }
  }

  #latchHosts(counters: readonly Metric[]): CounterSnapshot[] {
    const before = this.#latchedHosts
    this.#latchedHosts = new Map(counters.map(({ name, value }) => [name, value]))
    return counters.map((metric) => {
      // A host of the same address that came anew counts from 0.
      const last = before.get(metric.name) ?? 0
      return { metric, delta: metric.value < last ? metric.value : metric.value - last }
    })
  }

  #onBlock(thread: string, view: ThreadView, message: Announced<'block'>): void {
    const { scope, offset, tags = [] } = message
    const group = view.groups.get(message.group)
    const page = view.pages[message.page]
    if (group === undefined || page === undefined) return
    const { names, kinds } = group
    const key = `${scope}\n${group.key}`
    let known = this.#entries.get(key)
    if (known === undefined) {
      const entry = new GroupEntry(scope, names, kinds, tags)
      const metrics = names
        .map((_, slot) => new GroupMetric(this.#tagProducer, entry, slot))
        .filter(({ name }) => this.#accepts(name))
      known = { entry, metrics }
      this.#entries.set(key, known)
      this.#sorted = null
    }
    known.entry.addPart(thread, new Float64Array(page, offset * 8, names.length))
    view.blocks.set(message.id, { key, entry: known.entry })
  }

  #onBlockEnd(thread: string, view: ThreadView, id: number): void {
    const block = view.blocks.get(id)
    if (block === undefined) return
    view.blocks.delete(id)
    block.entry.endThread(thread)
    if (block.entry.isLive) return
    this.#entries.delete(block.key)
    this.#sorted = null
  }

  #onHistogram(thread: string, view: ThreadView, message: Announced<'histogram'>): void {
    const { name } = message
    let entry = this.#histograms.get(name)
    if (entry === undefined) {
      entry = new HistogramEntry(this.#tagProducer, message, this.#bounds(name))
      if (this.#accepts(name)) this.#histograms.set(name, entry)
    }
    entry.addHolder(thread)
    view.histograms.set(message.id, entry)
  }

  #onBins(thread: string, view: ThreadView, message: Announced<'bins'>): void {
    const { id, block, page, offset } = message
    const buffer = view.pages[page]
    if (buffer === undefined) return
    const bins = new Uint32Array(buffer, offset * 8, blockSize(block))
    view.histograms.get(id)?.addPart(thread, block, bins)
  }

  #onHistogramEnd(thread: string, view: ThreadView, id: number): void {
    const entry = view.histograms.get(id)
    if (entry === undefined) return
    view.histograms.delete(id)
    entry.endThread(thread)
    if (!entry.isLive) this.#histograms.delete(entry.name)
  }

  #metrics(): Record<StatKind, readonly SummedMetric[]> {
    this.#sorted ??= this.#sortMetrics()
    return this.#sorted
  }

  #sortMetrics(): Record<StatKind, readonly SummedMetric[]> {
    const byKind = {
      counter: new Map<string, SummedMetric>(),
      gauge: new Map<string, SummedMetric>(),
    }
    for (const { metrics } of this.#entries.values()) {
      for (const metric of metrics) {
        const first = byKind[metric.kind].get(metric.name)
        if (first === undefined) byKind[metric.kind].set(metric.name, metric)
        else byKind[metric.kind].set(metric.name, new JoinedMetric(first, metric))
      }
    }
    for (const gauge of this.#computed.values()) {
      if (this.#accepts(gauge.name)) byKind.gauge.set(gauge.name, gauge)
    }
    const sorted = (metrics: Map<string, SummedMetric>): SummedMetric[] =>
      [...metrics.values()].sort(byName)
    return { counter: sorted(byKind.counter), gauge: sorted(byKind.gauge) }
  }
}
