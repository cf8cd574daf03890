import { message } from '../../../config/schema/message.ts'

export function clusterProvidedSchema() {
  return message('envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided', {})
}
