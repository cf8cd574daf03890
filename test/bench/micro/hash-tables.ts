import type { Hash64 } from '../../../src/codec/hash/hash64.ts'
import { buildMaglev } from '../../../src/extensions/load_balancing_policies/maglev/build-maglev.ts'
import { MaglevTable } from '../../../src/extensions/load_balancing_policies/maglev/maglev-table.ts'
import { buildRing } from '../../../src/extensions/load_balancing_policies/ring_hash/build-ring.ts'
import { Ring } from '../../../src/extensions/load_balancing_policies/ring_hash/ring.ts'
import { systemRandom } from '../../../src/random.ts'
import { HashLoadBalancer, type HashTable } from '../../../src/upstream/hash-load-balancer.ts'
import { FakeHost } from '../../support/fake-host.ts'
import { hashContext, localKeys, weightedHosts } from '../../support/hash-table.ts'
import type { MicroCase } from '../micro.ts'

const hosts = weightedHosts(localKeys(1, 100))

function ring(minimumRingSize: number) {
  const settings = { minimumRingSize, maximumRingSize: 8388608, hashFunction: 'XX_HASH' } as const
  return buildRing(hosts, settings)
}

function lookUp(name: string, table: HashTable): MicroCase {
  const hash: Hash64 = { high: 0, low: 0 }
  return {
    name,
    run: (count) => {
      let sum = 0
      for (let i = 0; i < count; i++) {
        hash.high = Math.imul(i, 0x9e3779b1) >>> 0
        hash.low = Math.imul(i, 0x85ebca77) >>> 0
        sum += table.find(hash, 0)
      }
      return sum
    },
  }
}

function build(name: string, make: () => unknown): MicroCase {
  return {
    name,
    run: (count) => {
      let last: unknown
      for (let i = 0; i < count; i++) last = make()
      return last
    },
  }
}

/** Budget: 50 ns for a look-up. (A ring of a million entries takes main 160 ms.) */
export const cases: readonly MicroCase[] = [
  lookUp('look up in a ring of 1,024', new Ring(ring(1024).buffer)),
  lookUp('look up in a ring of 1,000,000', new Ring(ring(1_000_000).buffer)),
  lookUp('look up in a maglev table of 65,537', new MaglevTable(buildMaglev(hosts, 65537).buffer)),
  {
    name: 'choose a host of a ring',
    run: (count) => {
      const balancer = new HashLoadBalancer(
        { hashBalanceFactor: 0, open: (buffer) => new Ring(buffer) },
        { random: systemRandom, activeRequests: () => 0 },
      )
      const all = hosts.map((_, index) => new FakeHost(index))
      balancer.onTableUpdated({ buffer: ring(1024).buffer, hosts: all, weights: [] })
      const context = hashContext(0x1234_5678_9abc_def0n)
      let last: unknown
      for (let i = 0; i < count; i++) last = balancer.chooseHost(context, 0)
      return last
    },
  },
  build('build a ring of 1,024', () => ring(1024)),
  build('build a maglev table of 65,537', () => buildMaglev(hosts, 65537)),
]
