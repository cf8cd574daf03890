import type { HistogramMetric, Metric, TextReadout } from './metric.ts'

export interface CounterSnapshot {
  readonly metric: Metric
  /** Growth since the last snapshot. */
  readonly delta: number
}

/** What was used by the time of a flush; stats of single endpoints come behind the others. */
export interface StatsSnapshot {
  readonly counters: readonly CounterSnapshot[]
  readonly gauges: readonly Metric[]
  readonly histograms: readonly HistogramMetric[]
  readonly textReadouts: readonly TextReadout[]
}

/** Where stats go besides the admin. Lives on main. */
export interface StatsSink {
  /** True when it wants `onHistogramSample`; then the threads' stores are made with `keepSamples`. */
  readonly wantsSamples: boolean
  /** Called every stats_flush_interval, and once at the end; must not keep the snapshot. */
  flush(snapshot: StatsSnapshot): void
  /** Called for each sample, soon after it was recorded. */
  onHistogramSample(histogram: HistogramMetric, value: number): void
  close(): void
}
