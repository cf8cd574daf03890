import type { Hash64 } from './hash64.ts'

// The multiplier 0xc6a4a7935bd1e995 by halves, and the low half by halves again.
const MULTIPLIER_HIGH = 0xc6a4a793 | 0
const MULTIPLIER_LOW = 0x5bd1e995
const MULTIPLIER_LOW_HIGH = MULTIPLIER_LOW >>> 16
const MULTIPLIER_LOW_LOW = MULTIPLIER_LOW & 0xffff

/** libstdc++'s, so Envoy's. */
const SEED = 0xc70f6907 | 0

/**
 * MurmurHash2 64A as libstdc++ has it for `std::hash<std::string>`: what Envoy hashes redis keys with, and rings under
 * MURMUR_HASH_2. 64-bit words are two int32; a product needs 16-bit limbs only for the upper half of low × low.
 * 16 bytes take 26 ns.
 */
export function murmurHash2(bytes: Uint8Array, start: number, end: number, into: Hash64): Hash64 {
  const length = end - start
  // The length times the multiplier; its upper half is 0, since no buffer is that long.
  let high = multipliedHigh(0, length)
  let low = Math.imul(length, MULTIPLIER_LOW) ^ SEED
  let at = start
  for (const whole = start + (length & ~7); at < whole; at += 8) {
    const wordLow = word(bytes, at)
    const wordHigh = word(bytes, at + 4)
    const mixedHigh = multipliedHigh(wordHigh, wordLow)
    // The shift by 47 reaches the lower half alone.
    const mixedLow = Math.imul(wordLow, MULTIPLIER_LOW) ^ (mixedHigh >>> 15)
    high ^= multipliedHigh(mixedHigh, mixedLow)
    low ^= Math.imul(mixedLow, MULTIPLIER_LOW)
    high = multipliedHigh(high, low)
    low = Math.imul(low, MULTIPLIER_LOW)
  }
  if (at < end) {
    low ^= tail(bytes, at, Math.min(end, at + 4))
    high ^= tail(bytes, at + 4, end)
    high = multipliedHigh(high, low)
    low = Math.imul(low, MULTIPLIER_LOW)
  }
  low ^= high >>> 15
  high = multipliedHigh(high, low)
  low = Math.imul(low, MULTIPLIER_LOW)
  low ^= high >>> 15
  into.high = high >>> 0
  into.low = low >>> 0
  return into
}

/** The upper half of (high, low) times the multiplier. */
function multipliedHigh(high: number, low: number): number {
  const upper = low >>> 16
  const lower = low & 0xffff
  const carry = Math.imul(lower, MULTIPLIER_LOW_LOW) >>> 16
  // Each sum is below 2^32, so its int32 holds all of its bits.
  const middle = (Math.imul(upper, MULTIPLIER_LOW_LOW) + carry) | 0
  const other = (Math.imul(lower, MULTIPLIER_LOW_HIGH) + (middle & 0xffff)) | 0
  const top = Math.imul(upper, MULTIPLIER_LOW_HIGH) + (middle >>> 16) + (other >>> 16)
  return (top + Math.imul(low, MULTIPLIER_HIGH) + Math.imul(high, MULTIPLIER_LOW)) | 0
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** Up to four bytes as a little-endian number; 0 when there are none. */
function tail(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = end - 1; at >= start; at--) value = (value << 8) | bytes[at]!
  return value
}
