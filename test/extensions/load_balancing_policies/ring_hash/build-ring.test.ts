import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  buildRing,
  type RingSettings,
} from '../../../../src/extensions/load_balancing_policies/ring_hash/build-ring.ts'
import {
  layoutOf,
  Ring,
  TOP_BIT,
} from '../../../../src/extensions/load_balancing_policies/ring_hash/ring.ts'
import type { BuiltTable } from '../../../../src/upstream/load-balancing-policy.ts'
import { hash64, localKeys, weightedHosts } from '../../../support/hash-table.ts'

const TWELVE: RingSettings = {
  minimumRingSize: 12,
  maximumRingSize: 8388608,
  hashFunction: 'XX_HASH',
}

/** `[host, hash]` in the order of the ring. */
function entriesOf({ buffer }: BuiltTable): [number, bigint][] {
  const { highs, lows, hosts } = layoutOf(buffer)
  const half = (value: number) => BigInt((value ^ TOP_BIT) >>> 0)
  return Array.from(hosts, (host, at) => [host, (half(highs[at]!) << 32n) | half(lows[at]!)])
}

/** The vectors of Envoy's unit tests, `port@hash`. */
function vector(text: string, first: number): [number, bigint][] {
  return text.split(' ').map((entry) => {
    const [port, hash] = entry.split('@')
    return [Number(port) - first, BigInt(hash!)]
  })
}

describe("a ring is Envoy's", () => {
  test('with xxHash', () => {
    const ring = buildRing(weightedHosts(localKeys(90, 95)), TWELVE)
    expect(entriesOf(ring)).toEqual(
      vector(
        '94@833437586790550860 92@928266305478181108 90@1033482794131418490 95@3551244743356806947 ' +
          '93@3851675632748031481 91@5583722120771150861 91@6311230543546372928 93@7700377290971790572 ' +
          '95@13144177310400110813 92@13444792449719432967 94@15516499411664133160 90@16117243373044804889',
        90,
      ),
    )
    expect([ring.size, ring.fewest, ring.most]).toEqual([12, 2, 2])
  })

  test('with MurmurHash2', () => {
    const settings = { ...TWELVE, hashFunction: 'MURMUR_HASH_2' } as const
    expect(entriesOf(buildRing(weightedHosts(localKeys(80, 85)), settings))).toEqual(
      vector(
        '85@1358027074129602068 83@4361834613929391114 84@7224494972555149682 81@7701421856454313576 ' +
          '82@8649315368077433379 84@8739448859063030639 81@9887544217113020895 82@10150910876324007731 ' +
          '83@15168472011420622455 80@15427156902705414897 85@16375050414328759093 80@17613279263364193813',
        80,
      ),
    )
  })

  test('with weights', () => {
    const settings = { ...TWELVE, minimumRingSize: 1024 }
    const ring = buildRing(weightedHosts(localKeys(1, 3), [1, 2, 4]), settings)
    const counts = [0, 0, 0]
    for (const [host] of entriesOf(ring)) counts[host]!++
    expect(counts).toEqual([147, 294, 588])
    expect([ring.size, ring.fewest, ring.most]).toEqual([1029, 147, 588])
  })

  test('with a largest size, which leaves fractions of entries to some hosts', () => {
    const settings = { ...TWELVE, minimumRingSize: 6, maximumRingSize: 6 }
    const ring = buildRing(weightedHosts(localKeys(1, 4)), settings)
    const counts = [0, 0, 0, 0]
    for (const [host] of entriesOf(ring)) counts[host]!++
    expect(counts).toEqual([2, 1, 2, 1])
    expect([ring.size, ring.fewest, ring.most]).toEqual([6, 1, 2])
  })
})

describe('a look-up', () => {
  const ring = new Ring(buildRing(weightedHosts(localKeys(90, 95)), TWELVE).buffer)
  const port = (hash: bigint, attempt = 0) => 90 + ring.find(hash64(hash), attempt)

  test('finds the first entry that is not below the hash, and the first of all after the last', () => {
    expect(port(0n)).toBe(94)
    expect(port(2n ** 64n - 1n)).toBe(94)
    expect(port(3551244743356806947n)).toBe(95)
    expect(port(3551244743356806948n)).toBe(93)
    expect(port(16117243373044804889n)).toBe(90)
    expect(port(16117243373044804890n)).toBe(94)
  })

  test('goes on to the next entries for another try, around the end', () => {
    expect([0, 1, 2, 3, 12].map((attempt) => port(0n, attempt))).toEqual([94, 92, 90, 95, 94])
    expect(port(16117243373044804889n, 1)).toBe(94)
    expect(port(2n ** 64n - 1n, 13)).toBe(92)
  })

  test('finds nobody in a ring that may have no entry', () => {
    const settings = { ...TWELVE, minimumRingSize: 0, maximumRingSize: 0 }
    const empty = buildRing(weightedHosts(localKeys(1, 2)), settings)
    expect(empty.size).toBe(0)
    expect(new Ring(empty.buffer).find(hash64(5n), 0)).toBe(-1)
  })

  test('finds what a walk over the entries finds, in rings of any size and weights', () => {
    const hosts = fc.array(fc.tuple(fc.string({ maxLength: 6 }), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(hosts, fc.integer({ min: 1, max: 300 }), fc.bigInt(0n, 2n ** 64n - 1n), walks),
      { numRuns: 300 },
    )
  })
})

function walks(hosts: [string, number][], minimumRingSize: number, seed: bigint): void {
  const keys = hosts.map(([key]) => key)
  const weighted = weightedHosts(
    keys,
    hosts.map(([, weight]) => weight),
  )
  const built = buildRing(weighted, { ...TWELVE, minimumRingSize })
  const entries = entriesOf(built)
  const hashes = entries.map(([, hash]) => hash)
  expect(hashes).toEqual(hashes.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
  const ring = new Ring(built.buffer)
  const near = hashes.flatMap((hash) => [hash - 1n, hash, hash + 1n])
  for (const hash of [0n, seed, 2n ** 64n - 1n, ...near]) {
    if (hash < 0n || hash >= 2n ** 64n) continue
    const [host] = entries.find(([, at]) => at >= hash) ?? entries[0]!
    expect(ring.find(hash64(hash), 0)).toBe(host)
  }
}

test('a host that goes takes no key of another with it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9 }),
      fc.infiniteStream(fc.bigInt(0n, 2n ** 64n - 1n)),
      (gone, hashes) => {
        const keys = localKeys(1, 10)
        const left = keys.filter((_, index) => index !== gone)
        const settings = { ...TWELVE, minimumRingSize: 1024 }
        const before = new Ring(
          buildRing(weightedHosts(keys), { ...settings, minimumRingSize: 1000 }).buffer,
        )
        const after = new Ring(
          buildRing(weightedHosts(left), { ...settings, minimumRingSize: 900 }).buffer,
        )
        for (const hash of [...hashes.take(50)].map(hash64)) {
          const host = keys[before.find(hash, 0)]!
          const now = left[after.find(hash, 0)]!
          if (host !== keys[gone]) expect(now).toBe(host)
        }
      },
    ),
    { numRuns: 20 },
  )
})

test('hosts with one key share what falls on it', () => {
  const ring = new Ring(
    buildRing(weightedHosts(['same', 'same', 'same', 'other']), { ...TWELVE, minimumRingSize: 800 })
      .buffer,
  )
  const counts = [0, 0, 0, 0]
  for (let n = 0; n < 2000; n++) counts[ring.find(hash64(Bun.hash.xxHash64(`${n}`)), 0)]!++
  for (const count of counts.slice(0, 3)) expect(count).toBeGreaterThan(180)
})
