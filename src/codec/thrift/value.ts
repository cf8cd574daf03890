import { FieldType } from './types.ts'

/** A value with its type: what tests and taps read. Not for the data path, which has events. */
export type ThriftValue =
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'byte' | 'i16' | 'i32'; readonly value: number }
  | { readonly type: 'i64'; readonly value: bigint }
  | { readonly type: 'double'; readonly high: number; readonly low: number }
  | { readonly type: 'string'; readonly bytes: Uint8Array }
  | ThriftStruct
  | ThriftMap
  | ThriftList

export interface ThriftStruct {
  readonly type: 'struct'
  readonly fields: ThriftField[]
}

export interface ThriftField {
  readonly id: number
  readonly value: ThriftValue
}

export interface ThriftMap {
  readonly type: 'map'
  /** `FieldType`s. */
  readonly keyType: number
  readonly valueType: number
  /** Keys and values in turn. */
  readonly items: ThriftValue[]
}

export interface ThriftList {
  readonly type: 'list' | 'set'
  readonly elementType: number
  readonly items: ThriftValue[]
}

/** The number that a double's halves make. */
export function doubleValue(high: number, low: number): number {
  WORDS[HIGH] = high
  WORDS[1 - HIGH] = low
  return FLOAT[0]!
}

const FLOAT = new Float64Array(1)
const WORDS = new Int32Array(FLOAT.buffer)
FLOAT[0] = -2
/** Where this machine keeps the sign. */
const HIGH = WORDS[0] === 0 ? 1 : 0

/** A number as a value. */
export function doubleOf(value: number): ThriftValue {
  FLOAT[0] = value
  return { type: 'double', high: WORDS[HIGH]!, low: WORDS[1 - HIGH]! }
}

const TYPES = {
  bool: FieldType.Bool,
  byte: FieldType.Byte,
  i16: FieldType.I16,
  i32: FieldType.I32,
  i64: FieldType.I64,
  double: FieldType.Double,
  string: FieldType.String,
  struct: FieldType.Struct,
  map: FieldType.Map,
  set: FieldType.Set,
  list: FieldType.List,
} as const

/** The wire's number for a value's type. */
export function typeOf(value: ThriftValue): FieldType {
  return TYPES[value.type]
}
