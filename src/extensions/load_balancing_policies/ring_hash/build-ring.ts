import { murmurHash2 } from '../../../codec/hash/murmur-hash2.ts'
import type { BuiltTable, WeightedHost } from '../../../upstream/load-balancing-policy.ts'
import { createRing, MAX_HOSTS, type RingLayout, TOP_BIT } from './ring.ts'

export interface RingSettings {
  readonly minimumRingSize: number
  readonly maximumRingSize: number
  readonly hashFunction: 'XX_HASH' | 'MURMUR_HASH_2'
}

/** Entries as they are made, before they are sorted. */
interface Entries {
  readonly highs: Int32Array
  readonly lows: Int32Array
  readonly hosts: Uint16Array
  count: number
}

/**
 * Envoy's ring (source/extensions/load_balancing_policies/ring_hash): the host of least weight gets a whole number of entries
 * and the others so many more as they weigh; each is the hash of the host's key, `_` and a number from 0.
 */
export function buildRing(hosts: readonly WeightedHost[], settings: RingSettings): BuiltTable {
  if (hosts.length > MAX_HOSTS) throw new Error(`${hosts.length} hosts are too many for a ring`)
  const { minimumRingSize, maximumRingSize, hashFunction } = settings
  const least = hosts.reduce((weight, host) => Math.min(weight, host.weight), 1)
  const scale = Math.min(Math.ceil(least * minimumRingSize) / least, maximumRingSize)
  const size = Math.ceil(scale)
  const whole = hosts.reduce((sum, host) => sum + scale * host.weight, 0)
  const entries = room(Math.ceil(whole))
  const add = hashFunction === 'XX_HASH' ? addXxHash : addMurmurHash2
  let target = 0
  let fewest = size
  let most = 0
  hosts.forEach(({ key, weight }, host) => {
    target += scale * weight
    const before = entries.count
    const wanted = Math.ceil(target) - before
    if (wanted > 0) add(entries, key, host, wanted)
    fewest = Math.min(fewest, entries.count - before)
    most = Math.max(most, entries.count - before)
  })
  const { buffer, layout } = createRing(entries.count)
  sortInto(layout, entries)
  shareEqualHashes(layout)
  return { buffer, size, fewest, most }
}

function room(length: number): Entries {
  return {
    highs: new Int32Array(length),
    lows: new Int32Array(length),
    hosts: new Uint16Array(length),
    count: 0,
  }
}

function addXxHash(entries: Entries, key: string, host: number, count: number): void {
  const hash = new BigUint64Array(1)
  const halves = new Uint32Array(hash.buffer)
  for (let number = 0; number < count; number++) {
    hash[0] = Bun.hash.xxHash64(`${key}_${number}`)
    push(entries, host, halves[1]!, halves[0]!)
  }
}

function addMurmurHash2(entries: Entries, key: string, host: number, count: number): void {
  const hash = { high: 0, low: 0 }
  for (let number = 0; number < count; number++) {
    const bytes = Buffer.from(`${key}_${number}`)
    murmurHash2(bytes, 0, bytes.length, hash)
    push(entries, host, hash.high, hash.low)
  }
}

function push(entries: Entries, host: number, high: number, low: number): void {
  const at = entries.count++
  entries.highs[at] = high ^ TOP_BIT
  entries.lows[at] = low ^ TOP_BIT
  entries.hosts[at] = host
}

/** By buckets, then within each, where about one entry is; equal hashes stay in the order in which they were made. */
function sortInto(ring: RingLayout, entries: Entries): void {
  const { shift, starts, highs, lows, hosts } = ring
  const { count } = entries
  const next = new Uint32Array(starts.length)
  for (let at = 0; at < count; at++) next[((entries.highs[at]! ^ TOP_BIT) >>> shift) + 1]!++
  for (let bucket = 1; bucket < next.length; bucket++) next[bucket]! += next[bucket - 1]!
  starts.set(next)
  for (let made = 0; made < count; made++) {
    const high = entries.highs[made]!
    const low = entries.lows[made]!
    const bucket = (high ^ TOP_BIT) >>> shift
    let at = next[bucket]!++
    for (; at > starts[bucket]! && isBefore(high, low, ring, at - 1); at--) {
      highs[at] = highs[at - 1]!
      lows[at] = lows[at - 1]!
      hosts[at] = hosts[at - 1]!
    }
    highs[at] = high
    lows[at] = low
    hosts[at] = entries.hosts[made]!
  }
}

/**
 * Hosts with one key have the same hashes, and only the first of them would be found. Envoy leaves to its sort who that is;
 * here they take turns.
 */
function shareEqualHashes({ highs, lows, hosts }: RingLayout): void {
  for (let from = 0, to = 1; from < hosts.length; from = to++) {
    while (to < hosts.length && highs[to] === highs[from] && lows[to] === lows[from]) to++
    const length = to - from
    if (length === 1) continue
    const turned = hosts.slice(from, to)
    const first = (lows[from]! >>> 0) % length
    turned.forEach((host, index) => {
      hosts[from + ((index + first) % length)] = host
    })
  }
}

function isBefore(high: number, low: number, { highs, lows }: RingLayout, at: number): boolean {
  return high < highs[at]! || (high === highs[at] && low < lows[at]!)
}
