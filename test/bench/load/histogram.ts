/**
 * Counts durations with a fixed relative error, as HDR histograms do: each power of two of microseconds is
 * split into 64 equal steps, so a value is kept within 1.6 %. Range: 0.0156 us to 2^26 us (67 s); what is above counts as
 * the last step.
 */
const STEPS = 64
const LOWEST_EXPONENT = -6
const HIGHEST_EXPONENT = 26

export class Histogram {
  readonly counts = new Float64Array((HIGHEST_EXPONENT - LOWEST_EXPONENT) * STEPS)
  total = 0

  recordUs(us: number): void {
    this.total++
    const index = indexOf(us)
    this.counts[index] = this.counts[index]! + 1
  }

  clear(): void {
    this.counts.fill(0)
    this.total = 0
  }

  /** The value that a share `quantile` (0 to 1) of the samples does not exceed, in microseconds; NaN without samples. */
  quantileUs(quantile: number): number {
    if (this.total === 0) return Number.NaN
    const wanted = Math.max(1, Math.ceil(quantile * this.total))
    let seen = 0
    for (let i = 0; i < this.counts.length; i++) {
      seen += this.counts[i]!
      if (seen >= wanted) return upperEdgeUs(i)
    }
    return upperEdgeUs(this.counts.length - 1)
  }
}

function indexOf(us: number): number {
  if (!(us > 2 ** LOWEST_EXPONENT)) return 0
  const exponent = Math.min(HIGHEST_EXPONENT - 1, Math.floor(Math.log2(us)))
  const step = Math.min(STEPS - 1, Math.floor((us / 2 ** exponent - 1) * STEPS))
  return (exponent - LOWEST_EXPONENT) * STEPS + step
}

function upperEdgeUs(index: number): number {
  const exponent = LOWEST_EXPONENT + Math.floor(index / STEPS)
  return 2 ** exponent * (1 + ((index % STEPS) + 1) / STEPS)
}
