/** Everything a row can measure: how it is printed, and which direction is good. */
export const METRICS = {
  opsPerSecond: { heading: 'ops/s', digits: 0, better: 'higher' },
  gbPerSecond: { heading: 'GB/s', digits: 2, better: 'higher' },
  p50Us: { heading: 'p50 us', digits: 0, better: 'lower' },
  p99Us: { heading: 'p99 us', digits: 0, better: 'lower' },
  cpuUsPerOp: { heading: 'CPU us/op', digits: 2, better: 'lower' },
  cpuUsPerMb: { heading: 'CPU us/MB', digits: 0, better: 'lower' },
  peakRssMb: { heading: 'peak MB', digits: 1, better: 'lower' },
  syscallsPerOp: { heading: 'syscalls/op', digits: 2, better: 'lower' },
  kbPerConnection: { heading: 'KB/connection', digits: 2, better: 'lower' },
  baseRssMb: { heading: 'base MB', digits: 1, better: 'lower' },
  readyMs: { heading: 'ready ms', digits: 1, better: 'lower' },
  mbPerWorker: { heading: 'MB/worker', digits: 1, better: 'lower' },
  rssMb: { heading: 'RSS MB, 1 worker', digits: 1, better: 'lower' },
  keptAt500: { heading: 'at 500', digits: 2, better: 'higher' },
  keptAt9000: { heading: 'at 9,000', digits: 2, better: 'higher' },
  upstreamConnections: { heading: 'upstream cx', digits: 0, better: 'lower' },
} as const

export type MetricName = keyof typeof METRICS

/** What one measurement of one proxy gave. */
export type Sample = Partial<Record<MetricName, number>>

export function formatMetric(name: MetricName, value: number): string {
  const digits = METRICS[name].digits
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: 'negative', // no "-0.0"
  })
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
