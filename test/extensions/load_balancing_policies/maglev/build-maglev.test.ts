import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { buildMaglev } from '../../../../src/extensions/load_balancing_policies/maglev/build-maglev.ts'
import { MaglevTable } from '../../../../src/extensions/load_balancing_policies/maglev/maglev-table.ts'
import type { WeightedHost } from '../../../../src/upstream/load-balancing-policy.ts'
import { hash64, localKeys, weightedHosts } from '../../../support/hash-table.ts'

function table(hosts: readonly WeightedHost[], size: number): number[] {
  return [...new Uint16Array(buildMaglev(hosts, size).buffer)]
}

const SIX = weightedHosts(localKeys(90, 95))

describe("a table is Envoy's", () => {
  test('of seven places', () => {
    expect(table(SIX, 7).map((host) => 90 + host)).toEqual([92, 94, 90, 91, 95, 90, 93])
  })

  test('of seven places for hosts with hash keys', () => {
    const hosts = weightedHosts(['90', '91', '92', '93', '94', '95'])
    expect(table(hosts, 7).map((host) => 90 + host)).toEqual([92, 95, 90, 93, 94, 91, 90])
  })

  test('whatever order the hosts come in', () => {
    const turned = SIX.toReversed()
    expect(table(turned, 7).map((host) => 95 - host)).toEqual([92, 94, 90, 91, 95, 90, 93])
  })

  test('with weights', () => {
    const hosts = weightedHosts(localKeys(90, 91), [1, 2])
    expect(table(hosts, 17).map((host) => 90 + host)).toEqual([
      91, 90, 90, 91, 90, 91, 91, 90, 91, 91, 91, 91, 91, 90, 91, 90, 91,
    ])
  })

  test('of the default size', () => {
    const built = buildMaglev(SIX, 65537)
    const places = [...new Uint16Array(built.buffer)].map((host) => 90 + host)
    expect(places.slice(0, 12)).toEqual([95, 94, 94, 90, 95, 95, 93, 91, 95, 95, 92, 94])
    const counts = [90, 91, 92, 93, 94, 95].map((port) => places.filter((at) => at === port).length)
    expect(counts).toEqual([10923, 10923, 10923, 10923, 10923, 10922])
    expect([built.size, built.fewest, built.most]).toEqual([65537, 10922, 10923])
  })
})

describe('a look-up', () => {
  const places = table(SIX, 65537)
  const maglev = new MaglevTable(buildMaglev(SIX, 65537).buffer)

  test('is the place of the remainder', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (hash) => {
        expect(maglev.find(hash64(hash), 0)).toBe(places[Number(hash % 65537n)]!)
      }),
    )
  })

  test('for another try changes the hash as Envoy does', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.integer({ min: 1, max: 9 }),
        (hash, attempt) => {
          const changed = hash ^ (2n ** 64n - BigInt(attempt))
          expect(maglev.find(hash64(hash), attempt)).toBe(places[Number(changed % 65537n)]!)
        },
      ),
    )
  })
})

test('every host gets its share, and every place has a host', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(weights, (all) => {
      const hosts = weightedHosts(localKeys(1, all.length), all)
      const counts = all.map(() => 0)
      for (const host of table(hosts, 5003)) counts[host]!++
      hosts.forEach(({ weight }, index) => {
        expect(Math.abs(counts[index]! - weight * 5003)).toBeLessThan(all.length + 2)
      })
    }),
    { numRuns: 60 },
  )
})

test('a host that goes moves few keys of others', () => {
  const keys = localKeys(1, 10)
  const before = table(weightedHosts(keys), 65537).map((host) => keys[host]!)
  const left = keys.filter((key) => key !== '127.0.0.1:4')
  const after = table(weightedHosts(left), 65537).map((host) => left[host]!)
  const moved = before.filter((key, at) => key !== '127.0.0.1:4' && key !== after[at])
  expect(moved.length / 65537).toBeLessThan(0.15)
})
