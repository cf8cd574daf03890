import { defineTablePolicy } from '../../../extension/define.ts'
import { HashLoadBalancer } from '../../../upstream/hash-load-balancer.ts'
import { MaglevBuilder } from './maglev-builder.ts'
import { MaglevTable } from './maglev-table.ts'
import { maglevSchema } from './schema.ts'

export const maglev = defineTablePolicy({
  name: 'envoy.load_balancing_policies.maglev',
  configType: 'envoy.extensions.load_balancing_policies.maglev.v3.Maglev',
  configSchema: maglevSchema,
  isLocalityWeighted: (config) => config.localityWeightedLbConfig,
  hashPolicies: (config) => config.consistentHashingLbConfig.hashPolicy,
  createTableBuilder: (config, context) => new MaglevBuilder(config, context),
  createLoadBalancer: ({ consistentHashingLbConfig: { hashBalanceFactor } }, context) =>
    new HashLoadBalancer({ hashBalanceFactor, open: (buffer) => new MaglevTable(buffer) }, context),
})
