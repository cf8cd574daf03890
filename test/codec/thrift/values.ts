import fc from 'fast-check'
import { FieldType } from '../../../src/codec/thrift/types.ts'
import {
  doubleOf,
  type ThriftField,
  type ThriftMap,
  type ThriftStruct,
  type ThriftValue,
} from '../../../src/codec/thrift/value.ts'

const SCALARS: readonly number[] = [
  FieldType.Bool,
  FieldType.Byte,
  FieldType.I16,
  FieldType.I32,
  FieldType.I64,
  FieldType.Double,
  FieldType.String,
]
const CONTAINERS = [FieldType.Struct, FieldType.Map, FieldType.Set, FieldType.List]

/** Any struct, at most so deep. */
export function anyStruct(depth = 3): fc.Arbitrary<ThriftStruct> {
  const field = fc
    .tuple(anyId(), fc.constantFrom(...SCALARS, ...(depth > 0 ? CONTAINERS : [])))
    .chain(([id, type]) => anyValue(type, depth - 1).map((value): ThriftField => ({ id, value })))
  // JSON's objects have each key once.
  return fc
    .uniqueArray(field, { maxLength: 6, selector: (one) => one.id })
    .map((fields) => ({ type: 'struct', fields }))
}

/** Near ones are written short by the compact protocol, far ones long. */
function anyId(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.constantFrom(-32_768, -1, 32_767),
    fc.integer({ min: -32_768, max: 32_767 }),
  )
}

function anyValue(type: number, depth: number): fc.Arbitrary<ThriftValue> {
  switch (type) {
    case FieldType.Bool:
      return fc.boolean().map((value) => ({ type: 'bool', value }))
    case FieldType.Byte:
      return fc.integer({ min: -128, max: 127 }).map((value) => ({ type: 'byte', value }))
    case FieldType.I16:
      return fc.integer({ min: -32_768, max: 32_767 }).map((value) => ({ type: 'i16', value }))
    case FieldType.I32:
      return fc.integer().map((value) => ({ type: 'i32', value }))
    case FieldType.I64:
      return anyI64().map((value) => ({ type: 'i64', value }))
    case FieldType.Double:
      return fc.double({ noNaN: true }).map(doubleOf)
    case FieldType.String:
      return anyBytes().map((bytes) => ({ type: 'string', bytes }))
    case FieldType.Struct:
      return anyStruct(depth)
    case FieldType.Map:
      return anyMap(depth)
    default:
      return anyType(depth).chain((elementType) =>
        fc
          .array(anyValue(elementType, depth - 1), {
            maxLength: SCALARS.includes(elementType) ? 20 : 3,
          })
          .map((items) => ({
            type: type === FieldType.List ? 'list' : 'set',
            elementType,
            items,
          })),
      )
  }
}

function anyType(depth: number): fc.Arbitrary<number> {
  return fc.constantFrom(...SCALARS, ...(depth > 0 ? CONTAINERS : []))
}

/** Never empty, as an empty one has no types in the compact protocol. JSON has no containers as keys. */
function anyMap(depth: number): fc.Arbitrary<ThriftMap> {
  return fc.tuple(fc.constantFrom(...SCALARS), anyType(depth)).chain(([keyType, valueType]) =>
    fc
      .array(fc.tuple(anyValue(keyType, 0), anyValue(valueType, depth - 1)), {
        minLength: 1,
        maxLength: 5,
      })
      .map((pairs) => ({ type: 'map', keyType, valueType, items: pairs.flat() })),
  )
}

function anyI64(): fc.Arbitrary<bigint> {
  const edges = [0n, -1n, 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n, -(2n ** 32n), 2n ** 31n]
  return fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
}

function anyBytes(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 40 }),
    fc.constant(new Uint8Array(200).fill(7)),
  )
}
