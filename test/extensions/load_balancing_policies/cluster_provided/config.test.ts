import { expect, test } from 'bun:test'
import { clusterProvided } from '../../../../src/extensions/load_balancing_policies/cluster_provided/config.ts'
import { seededRandom } from '../../../../src/random.ts'
import { FakeHost } from '../../../support/fake-host.ts'

test('a balancer that leaves the choice to the cluster chooses nobody', () => {
  if (clusterProvided.choosesFrom !== 'lists') throw new Error('it needs no table')
  const balancer = clusterProvided.createLoadBalancer(
    {},
    { random: seededRandom(1), activeRequests: () => 0 },
  )
  balancer.onHostsUpdated([new FakeHost(1)])
  expect(balancer.chooseHost(null, 0)).toBeNull()
  expect(clusterProvided.isLocalityWeighted({})).toBe(false)
})
