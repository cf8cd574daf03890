import { PERCENT_SCALE } from './histogram-statistics.ts'
import type { HistogramMetric, Metric } from './metric.ts'
import type { StatsSink, StatsSnapshot } from './sink.ts'
import type { StatTag } from './tag.ts'

/** Where datagrams go; those that cannot be sent are lost, as UDP's are. */
export interface DatagramWriter {
  send(datagrams: readonly string[]): void
  close(): void
}

export interface StatsdFormat {
  /** Before each name, with a dot; Envoy's default is `envoy`. */
  readonly prefix: string
  /** DogStatsD's: the name without tags, and these behind it. */
  readonly tagged: boolean
  /** Lines are joined by newlines up to this size; 0: each has its own datagram. */
  readonly maxBytesPerDatagram: number
  /** Timings of other units are sent in milliseconds, as fractions if need be. */
  readonly scaleToMilliseconds: boolean
}

/** Speaks statsd: `prefix.name:value|c`, counters as growth since the last flush, each histogram sample as a timing. */
export class StatsdSink implements StatsSink {
  readonly wantsSamples = true
  readonly #writer: DatagramWriter
  readonly #format: StatsdFormat

  constructor(writer: DatagramWriter, format: StatsdFormat) {
    this.#writer = writer
    this.#format = format
  }

  flush(snapshot: StatsSnapshot): void {
    const lines: string[] = []
    for (const { metric, delta } of snapshot.counters) lines.push(this.#line(metric, delta, 'c'))
    for (const gauge of snapshot.gauges) lines.push(this.#line(gauge, gauge.value, 'g'))
    this.#writer.send(this.#join(lines))
  }

  onHistogramSample(histogram: HistogramMetric, value: number): void {
    const line =
      histogram.unit === 'percent'
        ? this.#line(histogram, value / PERCENT_SCALE, 'h')
        : this.#line(histogram, this.#timing(histogram, value), 'ms')
    this.#writer.send([line])
  }

  close(): void {
    this.#writer.close()
  }

  #timing(histogram: HistogramMetric, value: number): number {
    const isScaled = this.#format.scaleToMilliseconds && histogram.unit === 'microseconds'
    return isScaled ? value / 1000 : value
  }

  #line(metric: Metric | HistogramMetric, value: number, type: string): string {
    const { prefix, tagged } = this.#format
    if (!tagged) return `${prefix}.${metric.name}:${value}|${type}`
    return `${prefix}.${metric.tagExtractedName}:${value}|${type}${tagText(metric.tags)}`
  }

  /** A line that alone is too long goes alone. */
  #join(lines: readonly string[]): readonly string[] {
    const limit = this.#format.maxBytesPerDatagram
    if (limit === 0) return lines
    const datagrams: string[] = []
    let current = ''
    for (const line of lines) {
      if (current === '') current = line
      else if (Buffer.byteLength(current) + 1 + Buffer.byteLength(line) <= limit) {
        current += `\n${line}`
      } else {
        datagrams.push(current)
        current = line
      }
    }
    if (current !== '') datagrams.push(current)
    return datagrams
  }
}

function tagText(tags: readonly StatTag[]): string {
  if (tags.length === 0) return ''
  return `|#${tags.map(({ name, value }) => `${name}:${value}`).join(',')}`
}
