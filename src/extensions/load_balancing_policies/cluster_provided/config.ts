import { defineListPolicy } from '../../../extension/define.ts'
import { clusterProvidedSchema } from './schema.ts'

/** Says that the cluster itself knows whom to choose, such as a redis cluster by its hash slots. */
export const clusterProvided = defineListPolicy({
  name: 'envoy.load_balancing_policies.cluster_provided',
  configType: 'envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided',
  configSchema: clusterProvidedSchema,
  isLocalityWeighted: () => false,
  createLoadBalancer: () => ({ onHostsUpdated() {}, chooseHost: () => null }),
})
