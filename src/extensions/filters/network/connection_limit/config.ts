import { defineNetworkFilter } from '../../../../extension/define.ts'
import { ConnectionLimitFilter, createConnectionLimit } from './connection-limit-filter.ts'
import { connectionLimitSchema } from './schema.ts'

/** Closes connections above a number that all workers share. */
export const connectionLimit = defineNetworkFilter({
  name: 'envoy.filters.network.connection_limit',
  configType: 'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit',
  configSchema: connectionLimitSchema,
  isTerminalFilter: false,
  createFilterFactory: (config, context) => {
    const limit = createConnectionLimit(config, context)
    return (filterManager) => filterManager.addReadFilter(new ConnectionLimitFilter(limit))
  },
})
