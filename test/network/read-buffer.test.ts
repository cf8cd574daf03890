import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ReadBuffer } from '../../src/network/read-buffer.ts'

function bufferOf(...chunks: string[]): ReadBuffer {
  const buffer = new ReadBuffer()
  for (const chunk of chunks) buffer.append(Buffer.from(chunk))
  return buffer
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

describe('a read buffer', () => {
  test('is empty at first, and after clear', () => {
    const buffer = bufferOf('abc', 'def')
    buffer.clear()
    for (const empty of [new ReadBuffer(), buffer]) {
      expect([empty.length, empty.chunkCount, empty.first.length]).toEqual([0, 0, 0])
      expect(empty.takeFirst()).toBeNull()
    }
  })

  test('keeps chunks as they came, without the empty ones', () => {
    const buffer = bufferOf('ab', '', 'cde', 'f')
    expect(buffer.length).toBe(6)
    expect([0, 1, 2].map((index) => text(buffer.chunk(index)))).toEqual(['ab', 'cde', 'f'])
    expect(text(buffer.takeFirst()!)).toBe('ab')
    expect(text(buffer.first)).toBe('cde')
  })

  test('does not copy a single chunk to join it', () => {
    const bytes = Buffer.from('abc')
    const buffer = new ReadBuffer()
    buffer.append(bytes)
    expect(buffer.joined()).toBe(bytes)
  })

  test('drains across chunks and refuses to drain more than it has', () => {
    const buffer = bufferOf('ab', 'cde', 'f')
    buffer.drain(3)
    expect(text(buffer.joined())).toBe('def')
    expect(() => buffer.drain(4)).toThrow('draining 4 of 3 bytes')
    buffer.drain(3)
    expect(buffer.length).toBe(0)
  })

  test('does not let a short tail pin the memory of a large chunk', () => {
    const buffer = new ReadBuffer()
    buffer.append(new Uint8Array(500_000))
    buffer.drain(499_990)
    expect(buffer.first.buffer.byteLength).toBe(10)
    buffer.replace(new Uint8Array(100))
    buffer.drain(10)
    expect(buffer.first.buffer.byteLength).toBe(100)
  })

  test('does what one string would, whatever is done to it', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append'), text: fc.string({ maxLength: 40 }) }),
      fc.record({ kind: fc.constant('drain'), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constantFrom('take', 'join', 'move', 'replace') }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        let buffer = new ReadBuffer()
        let model = ''
        for (const step of steps) {
          if ('text' in step) {
            const bytes = Buffer.from(step.text, 'latin1')
            buffer.append(bytes)
            model += text(bytes)
          } else if ('part' in step) {
            const count = Math.floor(step.part * model.length)
            buffer.drain(count)
            model = model.slice(count)
          } else if (step.kind === 'take') {
            const taken = buffer.takeFirst()
            if (taken !== null) expect(text(taken)).toBe(model.slice(0, taken.length))
            else expect(model).toBe('')
            model = model.slice(taken?.length ?? 0)
          } else if (step.kind === 'join') {
            expect(text(buffer.joined())).toBe(model)
            expect(buffer.chunkCount).toBeLessThanOrEqual(1)
          } else if (step.kind === 'move') {
            const other = bufferOf('>')
            buffer.moveTo(other)
            expect(buffer.length).toBe(0)
            buffer = other
            model = `>${model}`
          } else {
            buffer.replace(Buffer.from('new'))
            model = 'new'
          }
          expect(buffer.length).toBe(model.length)
          const chunks = Array.from({ length: buffer.chunkCount }, (_, at) => buffer.chunk(at))
          expect(chunks.map(text).join('')).toBe(model)
          expect(chunks.every((chunk) => chunk.length > 0)).toBe(true)
        }
      }),
    )
  })
})
