import type { HistogramMetric, Metric, TextReadout } from './metric.ts'

/** What a request selects, each list sorted by name. */
export interface SelectedStats {
  readonly textReadouts: readonly TextReadout[]
  /** Counters and gauges. */
  readonly numbers: readonly Metric[]
  readonly hostMetrics: readonly Metric[]
  readonly histograms: readonly HistogramMetric[]
}
