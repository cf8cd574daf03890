import { isAggregate, type RespValue } from '../../codec/resp/value.ts'
import { NON_ARRAY } from './merge-errors.ts'
import { mergeNamed } from './named-values.ts'
import { mergeSum, toInteger } from './numbers.ts'

/**
 * LATENCY HISTOGRAM: by command, `calls` and a histogram of cumulative counts by upper bound. A host leaves out bounds that would
 * repeat the count before them, so each counts there what it had last.
 */
export function mergeLatencyHistogram(replies: readonly RespValue[]): RespValue {
  return mergeNamed(replies, mergeCommand) ?? NON_ARRAY
}

function mergeCommand(values: readonly RespValue[]): RespValue {
  const merged = mergeNamed(values, (fields, name) =>
    name === 'histogram_usec' ? mergeHistograms(fields) : mergeSum(fields),
  )
  return merged ?? values[0]!
}

function mergeHistograms(values: readonly RespValue[]): RespValue {
  const histograms = values.filter(isAggregate).map(({ items }) => bucketsOf(items))
  const bounds = new Set(histograms.flatMap((buckets) => [...buckets.keys()]))
  const items: RespValue[] = []
  const counts = histograms.map(() => 0n)
  for (const bound of [...bounds].sort((a, b) => (a < b ? -1 : 1))) {
    let sum = 0n
    for (const [i, buckets] of histograms.entries()) {
      counts[i] = buckets.get(bound) ?? counts[i]!
      sum += counts[i]!
    }
    items.push(toInteger(bound), toInteger(sum))
  }
  return { type: values[0]!.type === 'map' ? 'map' : 'array', items }
}

function bucketsOf(items: readonly RespValue[]): Map<bigint, bigint> {
  const buckets = new Map<bigint, bigint>()
  for (let i = 0; i + 1 < items.length; i += 2) {
    const bound = items[i]!
    const count = items[i + 1]!
    if (bound.type === 'integer' && count.type === 'integer') {
      buckets.set(BigInt(bound.value), BigInt(count.value))
    }
  }
  return buckets
}
