import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { WriteQueue } from '../../src/network/write-queue.ts'

describe('a write queue', () => {
  test('gives small pieces joined, so that they go out in one write', () => {
    const queue = new WriteQueue()
    for (const piece of ['GET ', 'a ', 'key']) queue.push(Buffer.from(piece))
    expect(Buffer.from(queue.peek()).toString()).toBe('GET a key')
    expect(queue.length).toBe(9)
  })

  test('does not copy large pieces', () => {
    const queue = new WriteQueue()
    const large = new Uint8Array(100_000)
    queue.push(large)
    queue.push(Buffer.from('tail'))
    expect(queue.peek()).toBe(large)
  })

  test('does not let a short tail pin the buffer that it was read into', () => {
    const queue = new WriteQueue()
    queue.push(new Uint8Array(500_000).subarray(499_990))
    expect(queue.peek().buffer.byteLength).toBe(10)
  })

  test('loses and doubles nothing, however little is taken at a time', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 200 })
    const parts = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(pieces, parts, (pushed, takes) => {
        const queue = new WriteQueue()
        const out: Uint8Array[] = []
        let at = 0
        const take = () => {
          const bytes = queue.peek()
          expect(bytes.length).toBeGreaterThan(0)
          const count = Math.max(1, Math.floor(bytes.length * takes[at++ % takes.length]!))
          out.push(bytes.slice(0, count))
          queue.consume(count)
        }
        let sent = 0
        for (const [index, piece] of pushed.entries()) {
          queue.push(piece)
          if (index % 3 === 0 && queue.length > 0) take()
          sent += piece.length
          expect(queue.length + Buffer.concat(out).length).toBe(sent)
        }
        while (queue.length > 0) take()
        expect(Buffer.concat(out).equals(Buffer.concat(pushed))).toBe(true)
      }),
    )
  })
})
