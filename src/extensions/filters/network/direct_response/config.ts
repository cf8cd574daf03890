import { defineNetworkFilter } from '../../../../extension/define.ts'
import { DirectResponseFilter } from './direct-response-filter.ts'
import { directResponseSchema } from './schema.ts'

/** Writes a fixed text to each new connection and closes it. */
export const directResponse = defineNetworkFilter({
  name: 'envoy.filters.network.direct_response',
  configType: 'envoy.extensions.filters.network.direct_response.v3.Config',
  configSchema: directResponseSchema,
  isTerminalFilter: true,
  createFilterFactory: (config) => {
    const response = config.response === null ? null : Buffer.from(config.response, 'base64')
    return (filterManager) => filterManager.addReadFilter(new DirectResponseFilter(response))
  },
})
