import type { Hash64 } from '../../../codec/hash/hash64.ts'
import type { HashTable } from '../../../upstream/hash-load-balancer.ts'

/**
 * A ring in shared memory, its entries in the order of their hashes:
 *
 *   entries, shift | where each bucket starts, and the end | high halves | low halves | hosts, two bytes each
 *
 * Hashes lie evenly, so there is about one entry in each bucket of those whose leading bits are equal: it is found at once,
 * where a binary search over a million entries misses the cache twenty times. Halves are stored with their top bit flipped,
 * which makes the order of signed numbers the one of unsigned ones.
 */
export interface RingLayout {
  readonly shift: number
  readonly starts: Uint32Array
  readonly highs: Int32Array
  readonly lows: Int32Array
  readonly hosts: Uint16Array
}

export const TOP_BIT = 0x80000000 | 0

const HEADER_WORDS = 2
/** Hosts are told apart by two bytes. */
export const MAX_HOSTS = 65536

/** Room for a ring; `starts` and all that follows are to be filled. */
export function createRing(entries: number): { buffer: SharedArrayBuffer; layout: RingLayout } {
  const bits = Math.max(1, Math.ceil(Math.log2(entries + 1)))
  const words = HEADER_WORDS + 2 ** bits + 1 + 2 * entries
  const buffer = new SharedArrayBuffer(words * 4 + entries * 2)
  new Uint32Array(buffer, 0, HEADER_WORDS).set([entries, 32 - bits])
  return { buffer, layout: layoutOf(buffer) }
}

export function layoutOf(buffer: SharedArrayBuffer): RingLayout {
  const [entries = 0, shift = 31] = new Uint32Array(buffer, 0, HEADER_WORDS)
  const buckets = 2 ** (32 - shift)
  const startsAt = HEADER_WORDS * 4
  const highsAt = startsAt + (buckets + 1) * 4
  const lowsAt = highsAt + entries * 4
  return {
    shift,
    starts: new Uint32Array(buffer, startsAt, buckets + 1),
    highs: new Int32Array(buffer, highsAt, entries),
    lows: new Int32Array(buffer, lowsAt, entries),
    hosts: new Uint16Array(buffer, lowsAt + entries * 4, entries),
  }
}

/** Finds the first entry whose hash is not below that of a request; after the last comes the first. */
export class Ring implements HashTable {
  readonly #shift: number
  readonly #starts: Uint32Array
  readonly #highs: Int32Array
  readonly #lows: Int32Array
  readonly #hosts: Uint16Array

  constructor(buffer: SharedArrayBuffer) {
    const { shift, starts, highs, lows, hosts } = layoutOf(buffer)
    this.#shift = shift
    this.#starts = starts
    this.#highs = highs
    this.#lows = lows
    this.#hosts = hosts
  }

  find(hash: Hash64, attempt: number): number {
    const hosts = this.#hosts
    if (hosts.length === 0) return -1
    const bucket = hash.high >>> this.#shift
    const high = hash.high ^ TOP_BIT
    const low = hash.low ^ TOP_BIT
    let from = this.#starts[bucket]!
    let to = this.#starts[bucket + 1]!
    while (from < to) {
      const middle = (from + to) >>> 1
      const there = this.#highs[middle]!
      if (there < high || (there === high && this.#lows[middle]! < low)) from = middle + 1
      else to = middle
    }
    if (from === hosts.length) from = 0
    return hosts[attempt === 0 ? from : (from + attempt) % hosts.length]!
  }
}
