import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Connection } from '../../src/network/filter.ts'
import { OutputBuffer } from '../../src/network/output-buffer.ts'

/** Takes all, and keeps the pieces as they were when they came. */
class Taker {
  readonly pieces: string[] = []
  bytesOutstanding = 0

  write(bytes: Uint8Array): void {
    this.pieces.push(Buffer.from(bytes).toString('latin1'))
  }

  get connection(): Connection {
    return this as unknown as Connection
  }
}

function append(buffer: OutputBuffer, text: string): void {
  const bytes = new Uint8Array(Buffer.from(`<${text}>`, 'latin1'))
  buffer.append(bytes, 1, bytes.length - 1)
}

describe('an output buffer', () => {
  test('joins small pieces to one write', () => {
    const [buffer, taker] = [new OutputBuffer(), new Taker()]
    for (const text of ['a', 'bc', 'd'.repeat(100)]) append(buffer, text)
    expect(buffer.length).toBe(103)
    buffer.writeTo(taker.connection)
    expect(taker.pieces).toEqual([`abc${'d'.repeat(100)}`])
    expect(buffer.length).toBe(0)
    buffer.writeTo(taker.connection)
    expect(taker.pieces).toHaveLength(1)
  })

  test('writes big pieces as they are, in their place', () => {
    const [buffer, taker] = [new OutputBuffer(), new Taker()]
    const big = 'b'.repeat(20_000)
    for (const text of ['a', big, 'c']) append(buffer, text)
    buffer.writeTo(taker.connection)
    expect(taker.pieces).toEqual(['a', big, 'c'])
  })

  test('forgets what is cleared', () => {
    const [buffer, taker] = [new OutputBuffer(), new Taker()]
    append(buffer, 'a')
    append(buffer, 'b'.repeat(20_000))
    buffer.clear()
    append(buffer, 'c')
    buffer.writeTo(taker.connection)
    expect(taker.pieces).toEqual(['c'])
  })

  test('never gives bytes to two that the kernel did not take yet', () => {
    const [one, two] = [new OutputBuffer(), new OutputBuffer()]
    const kept: Uint8Array[] = []
    const slow = { bytesOutstanding: 1, write: (bytes: Uint8Array) => kept.push(bytes) }
    append(one, 'first')
    one.writeTo(slow as unknown as Connection)
    append(two, 'other')
    expect(Buffer.from(kept[0]!).toString()).toBe('first')
  })

  test('keeps all bytes in order, whatever their sizes', () => {
    const sizes = fc.array(fc.oneof(fc.nat(50), fc.nat(5000), fc.nat(70_000)), { maxLength: 30 })
    fc.assert(
      fc.property(sizes, fc.nat(10), (lengths, every) => {
        const [buffer, taker] = [new OutputBuffer(), new Taker()]
        let expected = ''
        lengths.forEach((length, index) => {
          const text = String.fromCharCode(97 + (index % 26)).repeat(length)
          expected += text
          append(buffer, text)
          if (index % 10 === every) buffer.writeTo(taker.connection)
        })
        expect(buffer.length).toBe(expected.length - taker.pieces.join('').length)
        buffer.writeTo(taker.connection)
        expect(taker.pieces.join('') === expected).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})
