import { describe, expect, test } from 'bun:test'
import { seededRandom } from '../../src/random.ts'
import { HashLoadBalancer, type HashTable } from '../../src/upstream/hash-load-balancer.ts'
import { FakeHost } from '../support/fake-host.ts'
import { hashContext } from '../support/hash-table.ts'

/** The low half of a hash modulo the number of hosts, and the next host for each further try. */
class PlainTable implements HashTable {
  readonly #hosts: number

  constructor(hosts: number) {
    this.#hosts = hosts
  }

  find({ low }: { low: number }, attempt: number): number {
    return this.#hosts === 0 ? -1 : (low + attempt) % this.#hosts
  }
}

function balancerOf(hosts: readonly FakeHost[], hashBalanceFactor = 0) {
  const balancer = new HashLoadBalancer(
    { hashBalanceFactor, open: () => new PlainTable(hosts.length) },
    {
      random: seededRandom(3),
      activeRequests: () => hosts.reduce((sum, host) => sum + host.requests, 0),
    },
  )
  const weights = hosts.map(() => 1 / hosts.length)
  balancer.onTableUpdated({ buffer: new SharedArrayBuffer(2), hosts, weights })
  return balancer
}

const four = () => [1, 2, 3, 4].map((slot) => new FakeHost(slot))

describe('a balancer with a table', () => {
  test('has nobody to choose before there is a table, or when it is empty', () => {
    const context = { random: seededRandom(1), activeRequests: () => 0 }
    const balancer = new HashLoadBalancer(
      { hashBalanceFactor: 0, open: () => new PlainTable(1) },
      context,
    )
    expect(balancer.chooseHost(hashContext(1n), 0)).toBeNull()
    balancer.onTableUpdated({ buffer: new SharedArrayBuffer(0), hosts: [], weights: [] })
    expect(balancer.chooseHost(hashContext(1n), 0)).toBeNull()
    expect(balancerOf([]).chooseHost(null, 0)).toBeNull()
  })

  test('sends the same hash to the same host', () => {
    const balancer = balancerOf(four())
    const slots = [0n, 1n, 2n, 3n, 6n].map(
      (hash) => balancer.chooseHost(hashContext(hash), 0)?.slot,
    )
    expect(slots).toEqual([1, 2, 3, 4, 3])
  })

  test('sends what has no hash anywhere', () => {
    const balancer = balancerOf(four())
    const slots = new Set<number>()
    for (let pick = 0; pick < 60; pick++) slots.add(balancer.chooseHost(hashContext(null), 0)!.slot)
    for (let pick = 0; pick < 60; pick++) slots.add(balancer.chooseHost(null, 0)!.slot)
    expect([...slots].sort()).toEqual([1, 2, 3, 4])
  })

  test('passes on how many hosts were not wanted', () => {
    expect(balancerOf(four()).chooseHost(hashContext(1n), 2)!.slot).toBe(4)
  })
})

describe('a bound on the load', () => {
  /** With 4 hosts and 150 %, of 20 requests a host may have ceil(floor((21 · 150 + 99) / 100) / 4) = 8. */
  function loaded(...requests: number[]) {
    const hosts = four()
    hosts.forEach((host, index) => {
      host.requests = requests[index]!
    })
    return balancerOf(hosts, 150)
  }

  test('leaves a host that is not above it', () => {
    expect(loaded(8, 4, 4, 4).chooseHost(hashContext(0n), 0)!.slot).toBe(1)
  })

  test('sends the same hash to the same other host when the first is above it', () => {
    for (const hash of [0n, 4n, 8n, 12n, 400n]) {
      const slots = Array.from(
        { length: 5 },
        () => loaded(9, 4, 4, 3).chooseHost(hashContext(hash), 0)!.slot,
      )
      expect(new Set(slots).size).toBe(1)
      expect(slots[0]).not.toBe(1)
    }
  })

  test('tries the others in the order that the generator of C++ gives for the hash', () => {
    // Of std::mt19937(4), below 4, 3, 2, 1 as Envoy draws them: 3, 2, 1, 0. So the indexes are tried in the order 3, 0, 1, 2.
    expect(loaded(9, 0, 0, 0).chooseHost(hashContext(4n), 0)!.slot).toBe(4)
    expect(loaded(9, 0, 0, 9).chooseHost(hashContext(4n), 0)!.slot).toBe(2)
  })

  test('takes the least overloaded one when all are above it', () => {
    const hosts = four()
    const requests = [9, 7, 8, 6]
    hosts.forEach((host, index) => {
      host.requests = requests[index]!
    })
    const balancer = new HashLoadBalancer(
      { hashBalanceFactor: 100, open: () => new PlainTable(4) },
      { random: seededRandom(3), activeRequests: () => 3 },
    )
    const weights = hosts.map(() => 0.25)
    balancer.onTableUpdated({ buffer: new SharedArrayBuffer(2), hosts, weights })
    expect(balancer.chooseHost(hashContext(0n), 0)!.slot).toBe(4)
  })
})
