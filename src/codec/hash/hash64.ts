/** A 64-bit hash as two unsigned 32-bit halves. May be one object that its owner reuses: read it at once, do not keep it. */
export interface Hash64 {
  high: number
  low: number
}

/** For what gives hashes as BigInt, such as `Bun.hash.xxHash64`: not for what is hot. */
export function setHash64(into: Hash64, value: bigint): Hash64 {
  into.high = Number(value >> 32n)
  into.low = Number(value & 0xffff_ffffn)
  return into
}

/** Up to here, a remainder times 2^32 is below 2^53. */
const SMALL_DIVISOR = 2 ** 21

/**
 * The whole 64-bit number modulo `divisor`, which is from 1 to 2^36. In so many steps that every number stays below 2^53: two
 * for most divisors (8 ns, where three take 35).
 */
export function modulo64(hash: Hash64, divisor: number): number {
  const { high, low } = hash
  let rest = modulo(high, divisor)
  if (divisor <= SMALL_DIVISOR) return modulo(rest * 4294967296 + low, divisor)
  rest = modulo(rest * 65536 + (low >>> 16), divisor)
  return modulo(rest * 65536 + (low & 0xffff), divisor)
}

/** Of whole numbers below 2^53. The quotient may be rounded up to the next whole number, which makes the rest negative once. */
function modulo(value: number, divisor: number): number {
  const rest = value - Math.floor(value / divisor) * divisor
  return rest < 0 ? rest + divisor : rest
}
