import type { StatsAggregator } from './aggregate.ts'
import type { StatsSink } from './sink.ts'

/**
 * One flush, as every stats_flush_interval: histograms start a new interval, sinks get what there is. Returns the number of
 * single samples that were lost on their way to the sinks since the last call.
 */
export function flushStats(aggregator: StatsAggregator, sinks: readonly StatsSink[]): number {
  aggregator.mergeHistograms()
  const dropped = sendSamples(aggregator, sinks)
  if (sinks.length > 0) {
    const snapshot = aggregator.snapshot()
    for (const sink of sinks) sink.flush(snapshot)
  }
  return dropped
}

/**
 * Hands single samples to the sinks that want them. A thread's ring holds 8,192, so call it every 100 ms or so when there is such a
 * sink; returns how many found it full.
 */
export function sendSamples(aggregator: StatsAggregator, sinks: readonly StatsSink[]): number {
  const wanting = sinks.filter(({ wantsSamples }) => wantsSamples)
  if (wanting.length === 0) return 0
  return aggregator.drainSamples((histogram, value) => {
    for (const sink of wanting) sink.onHistogramSample(histogram, value)
  })
}
