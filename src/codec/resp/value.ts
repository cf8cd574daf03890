/**
 * A reply of a redis server as a tree, in either protocol. Text stays bytes, as keys and values need not be UTF-8; numbers stay
 * what they were on the wire where a conversion could lose something.
 */
export type RespValue =
  | { readonly type: 'simple'; readonly bytes: Uint8Array }
  /** `-` and, in RESP3, `!`. */
  | { readonly type: 'error'; readonly bytes: Uint8Array }
  /** A number if it is exact as one, a bigint beyond. */
  | { readonly type: 'integer'; readonly value: number | bigint }
  | { readonly type: 'bulk'; readonly bytes: Uint8Array }
  /** RESP2 has two: `$-1` and, where an array might have been, `*-1`. */
  | { readonly type: 'null'; readonly isArray: boolean }
  | { readonly type: 'array' | 'set' | 'push'; readonly items: readonly RespValue[] }
  /** Keys and values by turns. */
  | { readonly type: 'map'; readonly items: readonly RespValue[] }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'double'; readonly text: string }
  | { readonly type: 'bignum'; readonly text: string }
  /** `format` has three letters: txt or mkd. */
  | { readonly type: 'verbatim'; readonly format: string; readonly bytes: Uint8Array }

/** Those with `items`. */
export type RespAggregate = RespValue & { readonly items: readonly RespValue[] }

/** What Envoy 1.40 accepts from anybody; beyond it is a protocol error. */
export const VALUE_LIMITS = {
  /** Of one aggregate; a map's entries count twice. */
  elements: 2_000_000,
  /** Of one reply, all levels. */
  totalElements: 4 * 1024 * 1024,
  bulkBytes: 512 * 1024 * 1024,
  doubleBytes: 64,
  bignumBytes: 16 * 1024,
  /** Aggregates inside each other. */
  depth: 127,
  /** Before one value. */
  attributes: 32,
} as const

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const NULL: RespValue = { type: 'null', isArray: false }
export const NULL_ARRAY: RespValue = { type: 'null', isArray: true }
export const OK: RespValue = { type: 'simple', bytes: encoder.encode('OK') }

export function simple(text: string): RespValue {
  return { type: 'simple', bytes: encoder.encode(text) }
}

/** `text` without the `-`. */
export function error(text: string): RespValue {
  return { type: 'error', bytes: encoder.encode(text) }
}

export function bulk(text: string): RespValue {
  return { type: 'bulk', bytes: encoder.encode(text) }
}

export function integer(value: number | bigint): RespValue {
  return { type: 'integer', value }
}

export function array(items: readonly RespValue[]): RespValue {
  return { type: 'array', items }
}

export function isAggregate(value: RespValue): value is RespAggregate {
  return 'items' in value
}

/** What a string-like value says; '' for what has no text of its own. */
export function textOf(value: RespValue): string {
  switch (value.type) {
    case 'simple':
    case 'error':
    case 'bulk':
    case 'verbatim':
      return decoder.decode(value.bytes)
    case 'double':
    case 'bignum':
      return value.text
    case 'integer':
      return String(value.value)
    default:
      return ''
  }
}
