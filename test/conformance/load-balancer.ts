import { describe, expect, test } from 'bun:test'
import { type Random, seededRandom } from '../../src/random.ts'
import type { LoadBalancer } from '../../src/upstream/load-balancer.ts'
import { FakeHost, fakeHosts } from '../support/fake-host.ts'

/** What every load balancer must do, whatever its policy. */
export function loadBalancerConformance(
  name: string,
  create: (random: Random) => LoadBalancer,
): void {
  const started = (hosts: readonly FakeHost[], seed = 1) => {
    const balancer = create(seededRandom(seed))
    balancer.onHostsUpdated(hosts)
    return balancer
  }

  describe(`${name} as a load balancer`, () => {
    test('has nobody to choose before it knows any host', () => {
      expect(create(seededRandom(1)).chooseHost(null, 0)).toBeNull()
    })

    test('has nobody to choose once all hosts are gone', () => {
      const balancer = started(fakeHosts(1, 1, 1))
      balancer.chooseHost(null, 0)
      balancer.onHostsUpdated([])
      expect(balancer.chooseHost(null, 0)).toBeNull()
    })

    test('chooses the only host each time', () => {
      const hosts = fakeHosts(7)
      const balancer = started(hosts)
      for (let pick = 0; pick < 10; pick++) expect(balancer.chooseHost(null, 0)).toBe(hosts[0]!)
    })

    test('chooses every host sooner or later, and no other', () => {
      const hosts = fakeHosts(1, 1, 1, 1, 1)
      const balancer = started(hosts)
      const chosen = new Set(Array.from({ length: 300 }, () => balancer.chooseHost(null, 0)))
      expect([...chosen].map((host) => host!.slot).sort()).toEqual([1, 2, 3, 4, 5])
    })

    test('chooses every host of unequal weight', () => {
      const balancer = started(fakeHosts(3, 1, 2))
      const chosen = new Set(Array.from({ length: 300 }, () => balancer.chooseHost(null, 0)?.slot))
      expect(chosen.size).toBe(3)
    })

    test('never chooses a host that has gone', () => {
      const hosts = fakeHosts(1, 2, 3, 4)
      const balancer = started(hosts)
      for (let pick = 0; pick < 7; pick++) balancer.chooseHost(null, 0)
      balancer.onHostsUpdated(hosts.slice(1, 3))
      for (let pick = 0; pick < 100; pick++) {
        expect([2, 3]).toContain(balancer.chooseHost(null, 0)!.slot)
      }
    })

    test('chooses a host that has come', () => {
      const hosts = fakeHosts(1, 1)
      const balancer = started(hosts)
      balancer.chooseHost(null, 0)
      balancer.onHostsUpdated([...hosts, new FakeHost(9)])
      const chosen = Array.from({ length: 100 }, () => balancer.chooseHost(null, 0)!.slot)
      expect(chosen).toContain(9)
    })

    test('does not begin with the same host everywhere', () => {
      const first = new Set<number>()
      for (let seed = 1; seed <= 40; seed++) {
        first.add(started(fakeHosts(1, 1, 1, 1), seed).chooseHost(null, 0)!.slot)
      }
      expect(first.size).toBeGreaterThan(1)
    })
  })
}
