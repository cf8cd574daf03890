import { expect, test } from 'bun:test'
import { RoundRobinLoadBalancer } from '../../../../src/extensions/load_balancing_policies/round_robin/round-robin-load-balancer.ts'
import { seededRandom } from '../../../../src/random.ts'
import { loadBalancerConformance } from '../../../conformance/load-balancer.ts'
import { fakeHosts } from '../../../support/fake-host.ts'

loadBalancerConformance('round robin', (random) => new RoundRobinLoadBalancer(random))

function pick(balancer: RoundRobinLoadBalancer, times: number): number[] {
  return Array.from({ length: times }, () => balancer.chooseHost()!.slot)
}

test('goes round in the order of the hosts', () => {
  const balancer = new RoundRobinLoadBalancer({ next: () => 0, below: () => 1 })
  balancer.onHostsUpdated(fakeHosts(4, 4, 4))
  expect(pick(balancer, 7)).toEqual([2, 3, 1, 2, 3, 1, 2])
})

test('goes on where it was when the hosts are updated', () => {
  const balancer = new RoundRobinLoadBalancer({ next: () => 0, below: () => 0 })
  balancer.onHostsUpdated(fakeHosts(1, 1, 1))
  expect(pick(balancer, 2)).toEqual([1, 2])
  balancer.onHostsUpdated(fakeHosts(1, 1, 1, 1))
  expect(pick(balancer, 3)).toEqual([3, 4, 1])
})

test('gives each host its share by weight, spread and not in runs', () => {
  const balancer = new RoundRobinLoadBalancer(seededRandom(7))
  balancer.onHostsUpdated(fakeHosts(5, 3, 2))
  const picks = pick(balancer, 100)
  expect([1, 2, 3].map((slot) => picks.filter((at) => at === slot).length)).toEqual([50, 30, 20])
  expect(picks.join('')).not.toMatch(/111|222|333/)
})
