import { QUANTILES } from './histogram-statistics.ts'
import type { HistogramMetric } from './metric.ts'
import { formatCount, formatShortest } from './number-format.ts'
import type { SelectedStats } from './selected-stats.ts'
import type { BucketsMode } from './stats-params.ts'

/** The body of /stats?format=json: one list, of which all histograms together are the last element. */
export function renderJson(stats: SelectedStats, buckets: BucketsMode | null): string {
  const elements = [
    ...stats.textReadouts.map(({ name, value }) => named(name, JSON.stringify(value))),
    ...stats.numbers.map(({ name, value }) => named(name, formatCount(value))),
    ...stats.hostMetrics.map(({ name, value }) => named(name, formatCount(value))),
  ]
  if (stats.histograms.length > 0) {
    elements.push(`{"histograms":${histogramsJson(stats.histograms, buckets)}}`)
  }
  return `{"stats":[${elements.join(',')}]}`
}

function named(name: string, value: string): string {
  return `{"name":${JSON.stringify(name)},"value":${value}}`
}

function histogramsJson(
  histograms: readonly HistogramMetric[],
  buckets: BucketsMode | null,
): string {
  const supported = list(QUANTILES.map((quantile) => number(quantile * 100)))
  const each = (render: (histogram: HistogramMetric) => string): string =>
    list(histograms.map((h) => `{"name":${JSON.stringify(h.name)},${render(h)}}`))
  switch (buckets) {
    case 'cumulative':
      return each((h) => `"buckets":${bucketsJson(h, 'cumulativeBuckets')}`)
    case 'disjoint':
      return each((h) => `"buckets":${bucketsJson(h, 'disjointBuckets')}`)
    case 'detailed':
      return `{"supported_percentiles":${supported},"details":${each(detailsJson)}}`
    default: {
      const computed = each((h) => `"values":${quantilesJson(h)}`)
      return `{"supported_quantiles":${supported},"computed_quantiles":${computed}}`
    }
  }
}

function detailsJson(histogram: HistogramMetric): string {
  return (
    `"totals":${binsJson(histogram.cumulative)},"intervals":${binsJson(histogram.interval)},` +
    `"percentiles":${quantilesJson(histogram)}`
  )
}

function quantilesJson({ interval, cumulative }: HistogramMetric): string {
  const recent = interval.quantiles()
  return list(
    cumulative
      .quantiles()
      .map((value, i) => `{"cumulative":${number(value)},"interval":${number(recent[i]!)}}`),
  )
}

function bucketsJson(
  { bounds, interval, cumulative }: HistogramMetric,
  mode: 'cumulativeBuckets' | 'disjointBuckets',
): string {
  const recent = interval[mode](bounds)
  const total = cumulative[mode](bounds)
  return list(
    bounds.map(
      (bound, i) =>
        `{"upper_bound":${number(bound)},"interval":${recent[i]},"cumulative":${total[i]}}`,
    ),
  )
}

function binsJson(statistics: HistogramMetric['interval']): string {
  return list(
    statistics
      .bins()
      .map(
        ({ lowerBound, width, count }) =>
          `{"lower_bound":${number(lowerBound)},"width":${number(width)},"count":${count}}`,
      ),
  )
}

function list(elements: readonly string[]): string {
  return `[${elements.join(',')}]`
}

function number(value: number): string {
  return Number.isNaN(value) ? 'null' : formatShortest(value)
}
