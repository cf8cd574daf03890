import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Hash64 } from '../../../src/codec/hash/hash64.ts'
import { murmurHash2 } from '../../../src/codec/hash/murmur-hash2.ts'

const MASK = 2n ** 64n - 1n
const MULTIPLIER = 0xc6a4a7935bd1e995n

/** libstdc++'s `_Hash_bytes`, word by word. */
function reference(bytes: Uint8Array): bigint {
  const times = (a: bigint) => (a * MULTIPLIER) & MASK
  const mix = (a: bigint) => a ^ (a >> 47n)
  const load = (part: Uint8Array) =>
    part.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
  let hash = 0xc70f6907n ^ times(BigInt(bytes.length))
  const whole = bytes.length & ~7
  for (let at = 0; at < whole; at += 8) {
    hash = times(hash ^ times(mix(times(load(bytes.subarray(at, at + 8))))))
  }
  if (whole < bytes.length) hash = times(hash ^ load(bytes.subarray(whole)))
  return mix(times(mix(hash)))
}

function hashed(bytes: Uint8Array, start = 0, end = bytes.length): bigint {
  const { high, low }: Hash64 = murmurHash2(bytes, start, end, { high: 0, low: 0 })
  return (BigInt(high) << 32n) | BigInt(low)
}

test('hashes as std::hash of libstdc++ does', () => {
  const vectors: Readonly<Record<string, bigint>> = {
    '': 6142509188972423790n,
    a: 4993892634952068459n,
    foo: 9631199822919835226n,
    bar: 11474628671133349555n,
    hello: 2762169579135187400n,
    '123456789': 12315982496267331008n,
    user1000: 6728334931728966178n,
    'user:1000': 9913810270617923547n,
    'longer than seven chars': 15194079855121201171n,
  }
  for (const [text, hash] of Object.entries(vectors)) {
    expect(hashed(Buffer.from(text))).toBe(hash)
  }
})

test('hashes any bytes, wherever they lie in a buffer', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ maxLength: 11 }),
      fc.uint8Array({ maxLength: 11 }),
      (key, before, after) => {
        const buffer = Buffer.concat([before, key, after])
        const hash = hashed(buffer, before.length, before.length + key.length)
        expect(hash).toBe(reference(key))
        expect(hash).toBe(Bun.hash.murmur64v2(key, 0xc70f6907n))
      },
    ),
    { numRuns: 2000 },
  )
})

test('gives two unsigned halves in the object that was handed in', () => {
  const into: Hash64 = { high: 0, low: 0 }
  for (let n = 0; n < 100; n++) {
    expect(murmurHash2(Buffer.from(`key:${n}`), 0, 5, into)).toBe(into)
    expect(into.high >>> 0).toBe(into.high)
    expect(into.low >>> 0).toBe(into.low)
  }
})
