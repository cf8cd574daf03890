import { expect, test } from 'bun:test'
import { RandomLoadBalancer } from '../../../../src/extensions/load_balancing_policies/random/random-load-balancer.ts'
import { seededRandom } from '../../../../src/random.ts'
import { loadBalancerConformance } from '../../../conformance/load-balancer.ts'
import { fakeHosts } from '../../../support/fake-host.ts'

loadBalancerConformance('random', (random) => new RandomLoadBalancer(random))

test('ignores weights', () => {
  const balancer = new RandomLoadBalancer(seededRandom(3))
  balancer.onHostsUpdated(fakeHosts(100, 1))
  const first = Array.from({ length: 1000 }, () => balancer.chooseHost()!.slot === 1)
  const share = first.filter(Boolean).length
  expect(share).toBeGreaterThan(430)
  expect(share).toBeLessThan(570)
})
