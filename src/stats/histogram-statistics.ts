import type { HistogramUnit } from './announcement.ts'
import { BINS, binLeft, binWidth } from './histogram-bins.ts'

/** The quantiles that are printed, in order. */
export const QUANTILES: readonly number[] = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1]

/** The upper bounds of buckets where `histogram_bucket_settings` says nothing. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000,
  1800000, 3600000,
]

/** Percent samples are recorded as whole numbers, this many to one. */
export const PERCENT_SCALE = 1_000_000

export interface HistogramBin {
  readonly lowerBound: number
  readonly width: number
  readonly count: number
}

/**
 * Samples in bins, and what is read out of them. Follows the libcircllhist of Envoy 1.40, which differs from older ones: the n
 * samples of a bin are thought to lie at 1/(n+1) ... n/(n+1) of its width, and a bin is below a bound when its left edge is.
 */
export class HistogramStatistics {
  readonly #counts = new Float64Array(BINS)
  readonly #scale: number
  /** Bins above this are empty. */
  #top = -1
  #sampleCount = 0

  constructor(unit: HistogramUnit) {
    this.#scale = unit === 'percent' ? PERCENT_SCALE : 1
  }

  get sampleCount(): number {
    return this.#sampleCount
  }

  add(bin: number, count: number): void {
    this.#counts[bin]! += count
    this.#sampleCount += count
    if (bin > this.#top) this.#top = bin
  }

  clear(): void {
    this.#counts.fill(0, 0, this.#top + 1)
    this.#top = -1
    this.#sampleCount = 0
  }

  /** The value at each of QUANTILES; NaN without samples. */
  quantiles(): number[] {
    const values: number[] = []
    let bin = -1
    let before = 0
    let through = 0
    for (const quantile of QUANTILES) {
      const rank = Math.max(1, Math.ceil(quantile * this.#sampleCount))
      while (through < rank && bin < this.#top) {
        bin++
        before = through
        through += this.#counts[bin]!
      }
      const share = (rank - before) / (through - before + 1)
      values.push(
        this.#sampleCount === 0 ? Number.NaN : (binLeft(bin) + binWidth(bin) * share) / this.#scale,
      )
    }
    return values
  }

  /** Each bin at its harmonic middle, so approximate. */
  sampleSum(): number {
    let sum = 0
    for (let bin = 1; bin <= this.#top; bin++) {
      const count = this.#counts[bin]!
      if (count === 0) continue
      const left = binLeft(bin)
      const width = binWidth(bin)
      sum += (left + width * (left / (left + (left + width)))) * count
    }
    return sum / this.#scale
  }

  /** For each bound, in ascending order, the number of samples at or below it. */
  cumulativeBuckets(bounds: readonly number[]): number[] {
    let bin = 0
    let count = 0
    return bounds.map((bound) => {
      for (; bin <= this.#top && binLeft(bin) <= bound * this.#scale; bin++) {
        count += this.#counts[bin]!
      }
      return count
    })
  }

  disjointBuckets(bounds: readonly number[]): number[] {
    const cumulative = this.cumulativeBuckets(bounds)
    return cumulative.map((count, i) => count - (cumulative[i - 1] ?? 0))
  }

  /** The bins that hold samples, in ascending order. */
  bins(): HistogramBin[] {
    const bins: HistogramBin[] = []
    for (let bin = 0; bin <= this.#top; bin++) {
      const count = this.#counts[bin]!
      if (count > 0) bins.push({ lowerBound: binLeft(bin), width: binWidth(bin), count })
    }
    return bins
  }
}
