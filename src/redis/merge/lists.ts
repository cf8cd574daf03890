import { encodeValue } from '../../codec/resp/encode-value.ts'
import { isAggregate, type RespAggregate, type RespValue } from '../../codec/resp/value.ts'
import { NON_ARRAY, NON_INTEGER } from './merge-errors.ts'
import { mergeSum } from './numbers.ts'

/** One list behind the other. Of maps each name once, with the first host's value, as RESP3 knows no name twice. */
export function mergeConcat(replies: readonly RespValue[]): RespValue {
  const lists = listsOf(replies)
  if (lists === null) return NON_ARRAY
  const type = lists[0]!.type
  if (type === 'map' && lists.every((list) => list.type === 'map')) {
    return { type, items: firstOfEachName(lists) }
  }
  const items = lists.flatMap((list) => list.items)
  return { type: type === 'set' ? 'set' : 'array', items: type === 'set' ? once(items) : items }
}

/** PUBSUB CHANNELS: what several hosts name is named once. */
export function mergeUnion(replies: readonly RespValue[]): RespValue {
  const lists = listsOf(replies)
  if (lists === null) return NON_ARRAY
  const type = lists[0]!.type === 'set' ? 'set' : 'array'
  return { type, items: once(lists.flatMap(({ items }) => items)) }
}

/** ROLE: an array of what the hosts say. */
export function mergeRoles(replies: readonly RespValue[]): RespValue {
  return listsOf(replies) === null ? NON_ARRAY : { type: 'array', items: replies }
}

/** PUBSUB NUMSUB: names and numbers by turns, the numbers of a name added up. */
export function mergeCountPerName(replies: readonly RespValue[]): RespValue {
  const lists = listsOf(replies)
  if (lists === null || lists.some(({ items }) => items.length % 2 !== 0)) return NON_ARRAY
  const names = new Map<string, RespValue>()
  const counts = new Map<string, RespValue>()
  for (const { items } of lists) {
    const seen = new Set<string>()
    for (let i = 0; i < items.length; i += 2) {
      const name = identityOf(items[i]!)
      // A name that was asked for twice is answered twice by every host.
      if (seen.has(name)) continue
      seen.add(name)
      names.set(name, items[i]!)
      const before = counts.get(name)
      const count = before === undefined ? items[i + 1]! : mergeSum([before, items[i + 1]!])
      if (count.type !== 'integer') return NON_INTEGER
      counts.set(name, count)
    }
  }
  const order = lists[0]!.items.filter((_, i) => i % 2 === 0).map(identityOf)
  return {
    type: lists[0]!.type === 'map' ? 'map' : 'array',
    items: order.flatMap((name) => [names.get(name)!, counts.get(name)!]),
  }
}

/** Null if one is none. */
export function listsOf(replies: readonly RespValue[]): readonly RespAggregate[] | null {
  const lists = replies.filter(isAggregate)
  return lists.length < replies.length ? null : lists
}

/** The same for values that are the same. */
export function identityOf(value: RespValue): string {
  return Buffer.from(encodeValue(value, 3)).toString('latin1')
}

function once(items: readonly RespValue[]): RespValue[] {
  const found = new Map<string, RespValue>()
  for (const item of items) {
    const identity = identityOf(item)
    if (!found.has(identity)) found.set(identity, item)
  }
  return [...found.values()]
}

function firstOfEachName(maps: readonly RespAggregate[]): RespValue[] {
  const found = new Map<string, readonly [RespValue, RespValue]>()
  for (const { items } of maps) {
    for (let i = 0; i < items.length; i += 2) {
      const name = identityOf(items[i]!)
      if (!found.has(name)) found.set(name, [items[i]!, items[i + 1]!])
    }
  }
  return [...found.values()].flat()
}
