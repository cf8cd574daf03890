import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { crc16, REDIS_SLOTS } from '../../../src/codec/hash/crc16.ts'

/** Bit by bit, as the polynomial says. */
function reference(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const carries = ((crc >> 15) ^ (byte >> bit)) & 1
      crc = ((crc << 1) & 0xffff) ^ (carries === 1 ? 0x1021 : 0)
    }
  }
  return crc
}

test('gives the slots that redis cluster gives', () => {
  const vectors: Readonly<Record<string, readonly [number, number]>> = {
    '': [0, 0],
    a: [31879, 15495],
    foo: [44950, 12182],
    bar: [37829, 5061],
    hello: [50018, 866],
    user1000: [19827, 3443],
    'user:1000': [18033, 1649],
    '123456789': [12739, 12739],
  }
  for (const [text, [crc, slot]] of Object.entries(vectors)) {
    const bytes = Buffer.from(text)
    expect(crc16(bytes, 0, bytes.length)).toBe(crc)
    expect(crc16(bytes, 0, bytes.length) % REDIS_SLOTS).toBe(slot)
  }
})

test('sums any bytes, wherever they lie in a buffer', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 9 }),
      fc.uint8Array({ maxLength: 9 }),
      (key, before, after) => {
        const buffer = Buffer.concat([before, key, after])
        expect(crc16(buffer, before.length, before.length + key.length)).toBe(reference(key))
      },
    ),
    { numRuns: 2000 },
  )
})
