import { defineTablePolicy } from '../../../extension/define.ts'
import { HashLoadBalancer } from '../../../upstream/hash-load-balancer.ts'
import { Ring } from './ring.ts'
import { RingBuilder } from './ring-builder.ts'
import { ringHashSchema } from './schema.ts'

export const ringHash = defineTablePolicy({
  name: 'envoy.load_balancing_policies.ring_hash',
  configType: 'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash',
  configSchema: ringHashSchema,
  isLocalityWeighted: (config) => config.localityWeightedLbConfig,
  hashPolicies: (config) => config.hashPolicy ?? [],
  createTableBuilder: (config, context) => new RingBuilder(config, context),
  createLoadBalancer: ({ hashBalanceFactor }, context) =>
    new HashLoadBalancer({ hashBalanceFactor, open: (buffer) => new Ring(buffer) }, context),
})
