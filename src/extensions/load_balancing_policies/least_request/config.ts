import { defineListPolicy } from '../../../extension/define.ts'
import { LeastRequestLoadBalancer } from './least-request-load-balancer.ts'
import { leastRequestSchema } from './schema.ts'

export const leastRequest = defineListPolicy({
  name: 'envoy.load_balancing_policies.least_request',
  configType: 'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest',
  configSchema: leastRequestSchema,
  isLocalityWeighted: (config) => config.localityLbConfig,
  createLoadBalancer: (config, { random }) =>
    new LeastRequestLoadBalancer(
      {
        choiceCount: config.choiceCount,
        fullScan: config.enableFullScan || config.selectionMethod === 'FULL_SCAN',
        activeRequestBias: config.activeRequestBias.defaultValue,
      },
      random,
    ),
})
