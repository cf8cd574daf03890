import { defineNetworkFilter } from '../../../../extension/define.ts'
import { createRateLimit, LocalRateLimitFilter } from './local-rate-limit-filter.ts'
import { localRateLimitSchema } from './schema.ts'

/** Takes one token per new connection from a bucket that all workers share; without one, the connection is closed. */
export const localRateLimit = defineNetworkFilter({
  name: 'envoy.filters.network.local_ratelimit',
  configType: 'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit',
  configSchema: localRateLimitSchema,
  isTerminalFilter: false,
  createFilterFactory: (config, context) => {
    const limit = createRateLimit(config, context)
    return (filterManager) => filterManager.addReadFilter(new LocalRateLimitFilter(limit))
  },
})
