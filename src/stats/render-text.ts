import { QUANTILES } from './histogram-statistics.ts'
import type { HistogramMetric } from './metric.ts'
import { formatCount, formatDigits, formatG } from './number-format.ts'
import type { SelectedStats } from './selected-stats.ts'
import type { BucketsMode } from './stats-params.ts'

/** The body of /stats as text: text readouts, counters and gauges, those of endpoints, histograms. */
export function renderText(stats: SelectedStats, buckets: BucketsMode | null): string {
  let body = ''
  for (const { name, value } of stats.textReadouts) body += `${name}: "${value}"\n`
  for (const { name, value } of stats.numbers) body += `${name}: ${formatCount(value)}\n`
  for (const { name, value } of stats.hostMetrics) body += `${name}: ${formatCount(value)}\n`
  for (const histogram of stats.histograms) {
    body += `${histogram.name}:${histogramText(histogram, buckets)}\n`
  }
  return body
}

function histogramText(histogram: HistogramMetric, buckets: BucketsMode | null): string {
  if (!histogram.used) return ' No recorded values'
  switch (buckets) {
    case 'cumulative':
      return ` ${bucketsText(histogram, 'cumulativeBuckets')}`
    case 'disjoint':
      return ` ${bucketsText(histogram, 'disjointBuckets')}`
    case 'detailed':
      return (
        `\n  totals=${binsText(histogram.cumulative)}\n  intervals=${binsText(histogram.interval)}` +
        `\n  summary=${quantilesText(histogram)}`
      )
    default:
      return ` ${quantilesText(histogram)}`
  }
}

function quantilesText(histogram: HistogramMetric): string {
  const interval = histogram.interval.quantiles()
  const cumulative = histogram.cumulative.quantiles()
  return QUANTILES.map((quantile, i) => {
    const values = `${formatDigits(interval[i]!)},${formatDigits(cumulative[i]!)}`
    return `P${formatG(100 * quantile)}(${values})`
  }).join(' ')
}

function bucketsText(
  histogram: HistogramMetric,
  mode: 'cumulativeBuckets' | 'disjointBuckets',
): string {
  const interval = histogram.interval[mode](histogram.bounds)
  const cumulative = histogram.cumulative[mode](histogram.bounds)
  return histogram.bounds
    .map((bound, i) => `B${formatG(bound)}(${interval[i]},${cumulative[i]})`)
    .join(' ')
}

function binsText(statistics: HistogramMetric['interval']): string {
  return statistics
    .bins()
    .map(
      ({ lowerBound, width, count }) => `${formatG(lowerBound, 15)},${formatG(width, 15)}:${count}`,
    )
    .join(', ')
}
