import { defineListPolicy } from '../../../extension/define.ts'
import { RoundRobinLoadBalancer } from './round-robin-load-balancer.ts'
import { roundRobinSchema } from './schema.ts'

export const roundRobin = defineListPolicy({
  name: 'envoy.load_balancing_policies.round_robin',
  configType: 'envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin',
  configSchema: roundRobinSchema,
  isLocalityWeighted: (config) => config.localityLbConfig,
  createLoadBalancer: (_, { random }) => new RoundRobinLoadBalancer(random),
})
