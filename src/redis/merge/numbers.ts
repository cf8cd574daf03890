import { isAggregate, type RespValue } from '../../codec/resp/value.ts'
import {
  INVALID_INTEGER,
  NEGATIVE_VALUE,
  NO_MATCH,
  NON_ARRAY,
  NON_INTEGER,
} from './merge-errors.ts'

const MAX_INT64 = 2n ** 63n - 1n

export function mergeSum(replies: readonly RespValue[]): RespValue {
  let sum = 0n
  for (const reply of replies) {
    if (reply.type !== 'integer') return NON_INTEGER
    if (reply.value < 0) return NEGATIVE_VALUE
    sum += BigInt(reply.value)
  }
  return sum > MAX_INT64 ? INVALID_INTEGER : toInteger(sum)
}

/** Below 2^53 as a number, as the decoder has it. */
export function toInteger(value: bigint): RespValue {
  const number = Number(value)
  return { type: 'integer', value: Number.isSafeInteger(number) ? number : value }
}

/** LASTSAVE: since when all of it is saved; WAIT: how many replicas every write has. */
export function mergeMin(replies: readonly RespValue[]): RespValue {
  let least: RespValue & { type: 'integer' } = { type: 'integer', value: MAX_INT64 }
  for (const reply of replies) {
    if (reply.type !== 'integer') return NON_INTEGER
    if (reply.value < least.value) least = reply
  }
  return least
}

/** PUBSUB NUMPAT: what every host has is counted once. */
export function mergeMax(replies: readonly RespValue[]): RespValue {
  let most: RespValue & { type: 'integer' } = { type: 'integer', value: 0 }
  for (const reply of replies) {
    if (reply.type !== 'integer') return NON_INTEGER
    if (reply.value > most.value) most = reply
  }
  return most
}

/** WAITAOF: the least of each column. */
export function mergeMinEach(replies: readonly RespValue[]): RespValue {
  return byColumn(replies, mergeMin)
}

/** SCRIPT EXISTS: what every host has, as any of them may be asked to run it. */
export function mergeAndEach(replies: readonly RespValue[]): RespValue {
  return byColumn(replies, mergeMin)
}

function byColumn(
  replies: readonly RespValue[],
  merge: (column: readonly RespValue[]) => RespValue,
): RespValue {
  const rows = replies.filter(isAggregate)
  if (rows.length < replies.length) return NON_ARRAY
  const { length } = rows[0]!.items
  if (rows.some(({ items }) => items.length !== length)) return NO_MATCH
  const items: RespValue[] = []
  for (let i = 0; i < length; i++) {
    const merged = merge(rows.map((row) => row.items[i]!))
    if (merged.type === 'error') return merged
    items.push(merged)
  }
  return { type: 'array', items }
}
