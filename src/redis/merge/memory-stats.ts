import { isAggregate, type RespValue, textOf } from '../../codec/resp/value.ts'
import { NON_ARRAY } from './merge-errors.ts'
import { mergeNamed } from './named-values.ts'
import { toInteger } from './numbers.ts'

/**
 * MEMORY STATS: bytes and counts are added up, of ratios and percentages the worst is told, databases are merged by their name.
 * What is per key is worked out anew.
 */
export function mergeMemoryStats(replies: readonly RespValue[]): RespValue {
  const merged = mergeNamed(replies, mergeValues)
  return merged === null ? NON_ARRAY : { ...merged, items: withBytesPerKey(merged.items) }
}

function mergeValues(values: readonly RespValue[]): RespValue {
  const first = values[0]!
  if (isAggregate(first)) return mergeNamed(values, mergeValues) ?? first
  let sum = 0n
  for (const value of values) {
    if (value.type !== 'integer') return largest(values)
    sum += BigInt(value.value)
  }
  return toInteger(sum)
}

function largest(values: readonly RespValue[]): RespValue {
  return values.reduce((best, value) =>
    Number(textOf(value)) > Number(textOf(best)) ? value : best,
  )
}

function withBytesPerKey(items: readonly RespValue[]): readonly RespValue[] {
  const at = (name: string) =>
    items.findIndex((item, i) => i % 2 === 0 && textOf(item) === name) + 1
  const number = (name: string) => {
    const value = items[at(name)]
    return at(name) > 0 && value?.type === 'integer' ? Number(value.value) : 0
  }
  const place = at('keys.bytes-per-key')
  const keys = number('keys.count')
  if (place === 0) return items
  const bytes = number('total.allocated') - number('startup.allocated')
  const perKey = keys > 0 ? Math.max(0, Math.floor(bytes / keys)) : 0
  return items.with(place, { type: 'integer', value: perKey })
}
