import { QUANTILES } from './histogram-statistics.ts'
import type { HistogramMetric, Metric, TextReadout } from './metric.ts'
import { formatCount, formatDigits, formatG } from './number-format.ts'
import type { SelectedStats } from './selected-stats.ts'
import type { StatTag } from './tag.ts'

interface Tagged {
  readonly name: string
  readonly tagExtractedName: string
  readonly tags: readonly StatTag[]
}

/** Envoy prints histogram numbers so that no exponent appears. */
const DIGITS = 32

/** The body of /stats/prometheus: counters, gauges, text readouts, histograms, then those of endpoints. */
export function renderPrometheusText(stats: SelectedStats, summaries: boolean): string {
  const ofKind = (metrics: readonly Metric[], kind: Metric['kind']): Metric[] =>
    metrics.filter((metric) => metric.kind === kind)
  return (
    families(ofKind(stats.numbers, 'counter'), 'counter', numberLines) +
    families(ofKind(stats.numbers, 'gauge'), 'gauge', numberLines) +
    families(stats.textReadouts, 'gauge', textReadoutLines) +
    (summaries
      ? families(stats.histograms, 'summary', summaryLines)
      : families(stats.histograms, 'histogram', histogramLines)) +
    families(ofKind(stats.hostMetrics, 'counter'), 'counter', numberLines) +
    families(ofKind(stats.hostMetrics, 'gauge'), 'gauge', numberLines)
  )
}

/** All metrics of one tag-extracted name under one TYPE line, both sorted token by token. */
function families<M extends Tagged>(
  metrics: readonly M[],
  type: string,
  lines: (metric: M, name: string) => string,
): string {
  const byExtractedName = Map.groupBy(metrics, ({ tagExtractedName }) => tagExtractedName)
  let text = ''
  for (const [extracted, family] of sortByTokens([...byExtractedName], ([name]) => name)) {
    const name = `envoy_${sanitizeName(extracted)}`
    text += `# TYPE ${name} ${type}\n`
    for (const metric of sortByTokens(family, (each) => each.name)) text += lines(metric, name)
  }
  return text
}

function numberLines(metric: Metric, name: string): string {
  return `${name}{${labels(metric.tags)}} ${formatCount(metric.value)}\n`
}

/** Prometheus has numbers only, so the text is a label. */
function textReadoutLines({ tags, value }: TextReadout, name: string): string {
  return `${name}{${labels([...tags, { name: 'text_value', value }])}} 0\n`
}

function histogramLines({ tags, bounds, cumulative }: HistogramMetric, name: string): string {
  const own = labels(tags)
  const before = own === '' ? '' : `${own},`
  const counts = cumulative.cumulativeBuckets(bounds)
  const count = cumulative.sampleCount
  let text = ''
  for (const [i, bound] of bounds.entries()) {
    text += `${name}_bucket{${before}le="${formatG(bound, DIGITS)}"} ${counts[i]}\n`
  }
  text += `${name}_bucket{${before}le="+Inf"} ${count}\n`
  return text + sumAndCount(name, own, cumulative)
}

function summaryLines({ tags, interval }: HistogramMetric, name: string): string {
  const own = labels(tags)
  const before = own === '' ? '' : `${own},`
  let text = ''
  for (const [i, value] of interval.quantiles().entries()) {
    const quantile = formatDigits(QUANTILES[i]!)
    text += `${name}{${before}quantile="${quantile}"} ${formatG(value, DIGITS)}\n`
  }
  return text + sumAndCount(name, own, interval)
}

function sumAndCount(name: string, own: string, statistics: HistogramMetric['interval']): string {
  const sum = formatG(statistics.sampleSum(), DIGITS)
  return `${name}_sum{${own}} ${sum}\n${name}_count{${own}} ${statistics.sampleCount}\n`
}

function labels(tags: readonly StatTag[]): string {
  return tags.map(({ name, value }) => `${sanitizeName(name)}="${escapeValue(value)}"`).join(',')
}

function sanitizeName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_')
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

/** By the parts between dots: `a.b` is before `a-b`, as a part is before a longer one that begins with it. */
function sortByTokens<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  const keyed = items.map((item) => ({ item, key: nameOf(item).replaceAll('.', '\0') }))
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return keyed.map(({ item }) => item)
}
