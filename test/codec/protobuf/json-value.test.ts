import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decodeJsonValue, type JsonValue } from '../../../src/codec/protobuf/json-value.ts'

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
const lengthened = (tag: number, bytes: readonly number[]) => [
  tag,
  ...varint(bytes.length),
  ...bytes,
]
const utf8 = (text: string) => [...Buffer.from(text)]

/** The bytes of a Value. */
function encode(value: JsonValue): number[] {
  if (value === null) return [0x08, 0]
  if (typeof value === 'boolean') return [0x20, Number(value)]
  if (typeof value === 'string') return lengthened(0x1a, utf8(value))
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(value)
    return [0x11, ...bytes]
  }
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).flatMap((one) => lengthened(0x0a, encode(one)))
    return lengthened(0x32, items)
  }
  const entries = Object.entries(value).flatMap(([key, one]) =>
    lengthened(0x0a, [...lengthened(0x0a, utf8(key)), ...lengthened(0x12, encode(one))]),
  )
  return lengthened(0x2a, entries)
}

describe('a Value of protobuf', () => {
  test('is what JSON holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const wanted = value as JsonValue
        expect(decodeJsonValue(new Uint8Array(encode(wanted)))).toEqual(wanted)
      }),
    )
  })

  test('without a kind is null, and of two kinds the last counts', () => {
    expect(decodeJsonValue(new Uint8Array([]))).toBeNull()
    expect(decodeJsonValue(new Uint8Array([...encode('a'), ...encode(true)]))).toBe(true)
  })

  test('passes over fields that it does not know', () => {
    const unknown = [...lengthened(0x7a, [1, 2]), 0x78, 5, 0x7d, 0, 0, 0, 0]
    expect(decodeJsonValue(new Uint8Array([...unknown, ...encode('a')]))).toBe('a')
  })

  test('is undefined when the bytes are none, or nest too deep', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        decodeJsonValue(bytes)
      }),
    )
    expect(decodeJsonValue(new Uint8Array([0x1a, 9, 65]))).toBeUndefined()
    let deep: JsonValue = 1
    for (let i = 0; i < 120; i++) deep = [deep]
    expect(decodeJsonValue(new Uint8Array(encode(deep)))).toBeUndefined()
  })
})
