export interface RateThreshold {
  /** Percent, over all hosts that count. */
  readonly average: number
  /** A host whose rate is below is an outlier. */
  readonly threshold: number
}

/** The mean of the hosts' success rates, less so many standard deviations. As Envoy does: of the population, not of a sample. */
export function rateThreshold(rates: readonly number[], stdevFactor: number): RateThreshold {
  const average = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const variance = rates.reduce((sum, rate) => sum + (rate - average) ** 2, 0) / rates.length
  return { average, threshold: average - stdevFactor * Math.sqrt(variance) }
}
