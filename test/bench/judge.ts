import { formatMetric, METRICS, type MetricName, median, type Sample } from './metrics.ts'
import type { Bar } from './row.ts'

/** Samples of each proxy, in the order of the rounds. */
export type Samples = ReadonlyMap<string, readonly Sample[]>

export interface Verdict {
  readonly isMet: boolean
  /** The bar and the figures in words. */
  readonly text: string
}

/** NaN where no round gave a value. */
export function medianOf(samples: Samples, name: string, metric: MetricName): number {
  const values = (samples.get(name) ?? []).map((sample) => sample[metric] ?? Number.NaN)
  return median(values.filter((value) => !Number.isNaN(value)))
}

/**
 * The median over the rounds of `name`'s value divided by `other`'s of the same round: what else the machine did in a
 * round weighs on both and cancels out. NaN where one of the two was not measured, or theirs is nothing to divide by.
 */
export function ratio(samples: Samples, name: string, other: string, metric: MetricName): number {
  const ours = samples.get(name) ?? []
  const theirs = samples.get(other) ?? []
  const ratios = ours
    .slice(0, theirs.length)
    .map((sample, i) => (sample[metric] ?? Number.NaN) / (theirs[i]?.[metric] ?? Number.NaN))
    .filter((value) => !Number.isNaN(value))
  return medianOf(samples, other, metric) > 0 ? median(ratios) : Number.NaN
}

/** Null where there is nothing to judge: the proxy or every peer that the bar names was not measured. */
export function judge(bar: Bar, samples: Samples, name: string): Verdict | null {
  const value = medianOf(samples, name, bar.metric)
  if (Number.isNaN(value)) return null
  const label = METRICS[bar.metric].heading
  if (!('against' in bar)) {
    const [isMet, bound] = bounded(bar, value)
    return { isMet, text: `${label} ${formatMetric(bar.metric, value)}, ${bound}` }
  }
  const ratios = bar.against
    .map((peer) => ({ peer, value: ratio(samples, name, peer, bar.metric) }))
    .filter(({ value }) => !Number.isNaN(value))
    .toSorted((a, b) => a.value - b.value)
  // The best peer is the one that we look worst against.
  const best = 'atMost' in bar ? ratios.at(-1) : ratios[0]
  if (best === undefined) return null
  const [isMet, bound] = bounded(bar, best.value)
  return { isMet, text: `${label} ${best.value.toFixed(3)} x ${best.peer}'s, ${bound}` }
}

function bounded(bar: Bar, value: number): [isMet: boolean, bound: string] {
  return 'atMost' in bar
    ? [value <= bar.atMost, `at most ${bar.atMost}`]
    : [value >= bar.atLeast, `at least ${bar.atLeast}`]
}
