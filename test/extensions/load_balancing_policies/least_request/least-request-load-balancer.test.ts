import { describe, expect, test } from 'bun:test'
import {
  LeastRequestLoadBalancer,
  type LeastRequestSettings,
} from '../../../../src/extensions/load_balancing_policies/least_request/least-request-load-balancer.ts'
import { seededRandom } from '../../../../src/random.ts'
import { loadBalancerConformance } from '../../../conformance/load-balancer.ts'
import { type FakeHost, fakeHosts } from '../../../support/fake-host.ts'

const DEFAULTS: LeastRequestSettings = { choiceCount: 2, fullScan: false, activeRequestBias: 1 }

loadBalancerConformance('least request', (random) => new LeastRequestLoadBalancer(DEFAULTS, random))
loadBalancerConformance(
  'least request by full scan',
  (random) => new LeastRequestLoadBalancer({ ...DEFAULTS, fullScan: true }, random),
)

function balancerOf(hosts: readonly FakeHost[], settings: Partial<LeastRequestSettings> = {}) {
  const balancer = new LeastRequestLoadBalancer({ ...DEFAULTS, ...settings }, seededRandom(5))
  balancer.onHostsUpdated(hosts)
  return balancer
}

describe('with equal weights', () => {
  test('takes the less busy of those drawn', () => {
    const draws = [2, 0, 1, 1, 0, 2]
    const hosts = fakeHosts(1, 1, 1)
    hosts[0]!.requests = 1
    hosts[2]!.requests = 5
    const random = { next: () => 0, below: () => draws.shift()! }
    const balancer = new LeastRequestLoadBalancer(DEFAULTS, random)
    balancer.onHostsUpdated(hosts)
    const picks = Array.from({ length: 3 }, () => balancer.chooseHost()!.slot)
    expect(picks).toEqual([1, 2, 1])
  })

  test('keeps the earlier draw on a tie', () => {
    const draws = [1, 0]
    const random = { next: () => 0, below: () => draws.shift()! }
    const balancer = new LeastRequestLoadBalancer(DEFAULTS, random)
    balancer.onHostsUpdated(fakeHosts(1, 1))
    expect(balancer.chooseHost()!.slot).toBe(2)
  })

  test('full scan always finds the least busy', () => {
    const hosts = fakeHosts(1, 1, 1, 1, 1)
    for (const host of hosts) host.requests = 3
    hosts[3]!.requests = 2
    const balancer = balancerOf(hosts, { fullScan: true })
    for (let pick = 0; pick < 20; pick++) expect(balancer.chooseHost()!.slot).toBe(4)
  })

  test('full scan draws among equally idle hosts alike', () => {
    const balancer = balancerOf(fakeHosts(1, 1, 1, 1), { fullScan: true })
    const counts = [0, 0, 0, 0]
    for (let pick = 0; pick < 4000; pick++) counts[balancer.chooseHost()!.slot - 1]!++
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120)
  })
})

describe('with unequal weights', () => {
  const shares = (balancer: LeastRequestLoadBalancer, picks: number) => {
    const counts = [0, 0]
    for (let pick = 0; pick < picks; pick++) counts[balancer.chooseHost()!.slot - 1]!++
    return counts
  }

  test('goes by weight while nobody is busy', () => {
    expect(shares(balancerOf(fakeHosts(3, 1)), 400)).toEqual([300, 100])
  })

  test('divides the weight of a busy host', () => {
    const hosts = fakeHosts(3, 1)
    hosts[0]!.requests = 2
    const [first = 0, second = 0] = shares(balancerOf(hosts), 400)
    expect(Math.abs(first - second)).toBeLessThan(10)
  })

  test('a bias of 0 leaves weighted round robin', () => {
    const hosts = fakeHosts(3, 1)
    hosts[0]!.requests = 50
    expect(shares(balancerOf(hosts, { activeRequestBias: 0 }), 400)).toEqual([300, 100])
  })
})
