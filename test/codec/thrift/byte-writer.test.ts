import { describe, expect, test } from 'bun:test'
import { byteText, fromByteText, toByteText } from '../../../src/codec/thrift/byte-text.ts'
import { ByteWriter } from '../../../src/codec/thrift/byte-writer.ts'
import { methodName } from '../../../src/codec/thrift/name-cache.ts'

describe('a byte writer', () => {
  test('grows, and gives what it holds', () => {
    const writer = new ByteWriter(1_000_000)
    const piece = new Uint8Array(10_000).fill(7)
    writer.u8(1)
    writer.append(piece, 0, piece.length)
    writer.text('ab')
    writer.varint(-1)
    const taken = writer.take()
    expect(taken.length).toBe(1 + 10_000 + 2 + 5)
    expect([...taken.slice(-7)]).toEqual([97, 98, 255, 255, 255, 255, 15])
    expect(writer.length).toBe(0)
    writer.u8(9)
    expect(taken[0]).toBe(1)
  })

  test('drops a message that becomes too long, and keeps the ones before it', () => {
    const writer = new ByteWriter(10_000)
    const piece = new Uint8Array(8000)
    writer.mark()
    writer.append(piece, 0, piece.length)
    writer.mark()
    for (let i = 0; i < 1000; i++) {
      writer.append(piece, 0, piece.length)
      writer.i32(i)
    }
    expect(writer.isOverflown).toBe(true)
    expect(writer.bytes.length).toBeLessThan(100_000)
    writer.rewind()
    expect(writer.length).toBe(8000)
    writer.mark()
    writer.u8(5)
    expect([writer.length, writer.bytes[8000], writer.isOverflown]).toEqual([8001, 5, false])
  })

  test('does not keep a large buffer', () => {
    const writer = new ByteWriter(1_000_000)
    writer.append(new Uint8Array(500_000), 0, 500_000)
    writer.clear()
    expect(writer.bytes.length).toBeLessThan(100_000)
  })
})

describe('a byte string', () => {
  test('has a character per byte', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    for (const [start, end] of [
      [0, 256],
      [120, 140],
      [5, 5],
    ] as const) {
      const text = byteText(bytes, start, end)
      expect(Array.from(text, (char) => char.charCodeAt(0))).toEqual([...bytes.slice(start, end)])
    }
  })

  test('is made of a text and becomes one', () => {
    expect(toByteText('add')).toBe('add')
    expect(toByteText('é')).toBe('\xc3\xa9')
    expect(fromByteText('\xc3\xa9')).toBe('é')
  })

  test('of a method is the right one, however many there are', () => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 3000; i++) {
        const name = `Service${i}:method${i % 7}${'x'.repeat(i % 80)}`
        expect(methodName(Buffer.from(`..${name}`), 2, name.length + 2)).toBe(name)
      }
    }
  })
})
