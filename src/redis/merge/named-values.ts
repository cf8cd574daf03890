import { isAggregate, type RespValue, textOf } from '../../codec/resp/value.ts'

export interface NamedValues {
  readonly type: 'map' | 'array'
  readonly items: readonly RespValue[]
}

/**
 * Merges maps, which in RESP2 are flat arrays: a name of any of them is in the result, in the order in which it was first seen,
 * with what `merge` makes of all its values. Null if one is no map.
 */
export function mergeNamed(
  replies: readonly RespValue[],
  merge: (values: readonly RespValue[], name: string) => RespValue,
): NamedValues | null {
  const maps = replies.filter(isAggregate)
  if (maps.length < replies.length || maps.some(({ items }) => items.length % 2 !== 0)) return null
  const names = new Map<string, RespValue>()
  const values = new Map<string, RespValue[]>()
  for (const { items } of maps) {
    for (let i = 0; i < items.length; i += 2) {
      const name = textOf(items[i]!)
      const known = values.get(name)
      if (known !== undefined) {
        known.push(items[i + 1]!)
        continue
      }
      names.set(name, items[i]!)
      values.set(name, [items[i + 1]!])
    }
  }
  const items: RespValue[] = []
  for (const [name, value] of names) items.push(value, merge(values.get(name)!, name))
  return { type: maps[0]!.type === 'map' ? 'map' : 'array', items }
}
