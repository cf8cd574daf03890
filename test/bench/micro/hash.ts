import { crc16 } from '../../../src/codec/hash/crc16.ts'
import { hashTag } from '../../../src/codec/hash/hash-tag.ts'
import { modulo64 } from '../../../src/codec/hash/hash64.ts'
import { murmurHash2 } from '../../../src/codec/hash/murmur-hash2.ts'
import type { MicroCase } from '../micro.ts'

/** Keys of one length, one after the other, as they lie in a read buffer. */
const KEYS = 1024

function keys(length: number): Uint8Array {
  const bytes = new Uint8Array(KEYS * length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = 97 + ((at * 7919) % 26)
  return bytes
}

function murmur(length: number): MicroCase {
  const bytes = keys(length)
  const hash = { high: 0, low: 0 }
  return {
    name: `murmurHash2 of ${length} bytes`,
    run: (count) => {
      let sum = 0
      for (let i = 0; i < count; i++) {
        const at = (i & (KEYS - 1)) * length
        sum ^= murmurHash2(bytes, at, at + length, hash).low
      }
      return sum
    },
  }
}

const KEYS_OF_16 = keys(16)

/** Budget: 60 ns for a key of 16 bytes, 50 ns for the modulo. */
export const cases: readonly MicroCase[] = [
  murmur(8),
  murmur(16),
  murmur(31),
  murmur(256),
  {
    name: 'crc16 of 16 bytes',
    run: (count) => {
      const bytes = KEYS_OF_16
      let sum = 0
      for (let i = 0; i < count; i++) {
        const at = (i & (KEYS - 1)) * 16
        sum ^= crc16(bytes, at, at + 16)
      }
      return sum
    },
  },
  {
    name: 'look for a hash tag in 16 bytes without one',
    run: (count) => {
      const bytes = KEYS_OF_16
      const range = { start: 0, end: 0 }
      let sum = 0
      for (let i = 0; i < count; i++) {
        const at = (i & (KEYS - 1)) * 16
        sum ^= hashTag(bytes, at, at + 16, range).start
      }
      return sum
    },
  },
  {
    name: 'a 64-bit hash modulo 65537',
    run: (count) => {
      const hash = { high: 0, low: 0 }
      let sum = 0
      for (let i = 0; i < count; i++) {
        hash.high = Math.imul(i, 0x9e3779b1) >>> 0
        hash.low = Math.imul(i, 0x85ebca77) >>> 0
        sum ^= modulo64(hash, 65537)
      }
      return sum
    },
  },
]
