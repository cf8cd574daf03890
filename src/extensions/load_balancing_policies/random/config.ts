import { defineListPolicy } from '../../../extension/define.ts'
import { RandomLoadBalancer } from './random-load-balancer.ts'
import { randomSchema } from './schema.ts'

export const random = defineListPolicy({
  name: 'envoy.load_balancing_policies.random',
  configType: 'envoy.extensions.load_balancing_policies.random.v3.Random',
  configSchema: randomSchema,
  isLocalityWeighted: (config) => config.localityLbConfig,
  createLoadBalancer: (_, { random }) => new RandomLoadBalancer(random),
})
