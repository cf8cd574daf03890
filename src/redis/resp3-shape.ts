import { isAggregate, type RespAggregate, type RespValue } from '../codec/resp/value.ts'

/**
 * What a RESP3 server would have made of a RESP2 reply, as a tree beside the reply's. A part that is not of the expected form
 * (a null, an error, an integer instead of a list) stays as it is, so one shape serves a command with and without its options.
 */
export type Shape =
  | { readonly as: 'double' }
  /** A bulk string of plain text. */
  | { readonly as: 'verbatim' }
  /** Of a flat array: names and values by turns. `fields` are for values of that name, `value` for all others. */
  | {
      readonly as: 'map'
      readonly value: Shape | null
      readonly fields: Readonly<Record<string, Shape>> | null
    }
  | { readonly as: 'set'; readonly of: Shape | null }
  /** An array whose items all have that shape. */
  | { readonly as: 'list'; readonly of: Shape }
  /** As redis has it for lists that may be missing. */
  | { readonly as: 'list-or-empty-set'; readonly of: Shape }
  /** An array with a shape for each of its first items; null: as it is. */
  | { readonly as: 'tuple'; readonly items: readonly (Shape | null)[] }
  /** Of a flat array: an array of pairs. */
  | { readonly as: 'pairs'; readonly value: Shape | null }
  /** Of an array of pairs: a map. */
  | { readonly as: 'entries' }
  /** All of them, one after the other; each leaves alone what it is not made for. */
  | { readonly as: 'either'; readonly of: readonly Shape[] }

export const DOUBLE: Shape = { as: 'double' }
export const VERBATIM: Shape = { as: 'verbatim' }
export const MAP: Shape = { as: 'map', value: null, fields: null }
export const SET: Shape = { as: 'set', of: null }
export const ENTRIES: Shape = { as: 'entries' }

export function mapOf(value: Shape): Shape {
  return { as: 'map', value, fields: null }
}

export function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  return { as: 'map', value: null, fields: shapes }
}

export function listOf(of: Shape): Shape {
  return { as: 'list', of }
}

export function setOf(of: Shape): Shape {
  return { as: 'set', of }
}

export function either(...of: readonly Shape[]): Shape {
  return { as: 'either', of }
}

export function tuple(...items: readonly (Shape | null)[]): Shape {
  return { as: 'tuple', items }
}

export function pairs(value: Shape | null): Shape {
  return { as: 'pairs', value }
}

/** Changes types, never contents. */
export function applyShape(value: RespValue, shape: Shape | null): RespValue {
  if (shape === null) return value
  if (value.type === 'bulk') return applyToBulk(value, shape)
  if (value.type !== 'array') return value
  const { items } = value
  switch (shape.as) {
    case 'map':
      return applyMap(value, shape)
    case 'set':
      return { type: 'set', items: items.map((item) => applyShape(item, shape.of)) }
    case 'list':
      return { type: 'array', items: items.map((item) => applyShape(item, shape.of)) }
    case 'list-or-empty-set':
      return items.length === 0 ? { type: 'set', items } : applyShape(value, listOf(shape.of))
    case 'tuple':
      return {
        type: 'array',
        items: items.map((item, i) => applyShape(item, shape.items[i] ?? null)),
      }
    case 'pairs':
      return applyPairs(value, shape.value)
    case 'entries':
      return applyEntries(value)
    case 'either':
      return shape.of.reduce(applyShape, value as RespValue)
    default:
      return value
  }
}

type Bulk = RespValue & { type: 'bulk' }

function applyToBulk(value: Bulk, shape: Shape): RespValue {
  const { bytes } = value
  if (shape.as === 'verbatim') return { type: 'verbatim', format: 'txt', bytes }
  if (shape.as === 'double') return { type: 'double', text: ascii.decode(bytes) }
  return shape.as === 'either' ? shape.of.reduce(applyShape, value as RespValue) : value
}

/** Of numbers and names that are ASCII. */
const ascii = new TextDecoder('latin1')

function applyMap(value: RespAggregate, shape: Shape & { as: 'map' }): RespValue {
  const { items } = value
  if (items.length % 2 !== 0) return value
  return {
    type: 'map',
    items: items.map((item, i) => {
      if (i % 2 === 0) return item
      return applyShape(item, fieldShape(shape, items[i - 1]!))
    }),
  }
}

function fieldShape(shape: Shape & { as: 'map' }, name: RespValue): Shape | null {
  if (shape.fields === null) return shape.value
  const text = name.type === 'bulk' || name.type === 'simple' ? ascii.decode(name.bytes) : ''
  return Object.hasOwn(shape.fields, text) ? shape.fields[text]! : shape.value
}

function applyPairs(value: RespAggregate, shape: Shape | null): RespValue {
  const { items } = value
  if (items.length % 2 !== 0) return value
  const pairs: RespValue[] = []
  for (let i = 0; i < items.length; i += 2) {
    pairs.push({ type: 'array', items: [items[i]!, applyShape(items[i + 1]!, shape)] })
  }
  return { type: 'array', items: pairs }
}

function applyEntries(value: RespAggregate): RespValue {
  const isPair = (item: RespValue) => isAggregate(item) && item.items.length === 2
  if (!value.items.every(isPair)) return value
  return { type: 'map', items: value.items.flatMap((item) => (item as RespAggregate).items) }
}
