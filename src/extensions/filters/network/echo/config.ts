import { defineNetworkFilter } from '../../../../extension/define.ts'
import { EchoFilter } from './echo-filter.ts'
import { echoSchema } from './schema.ts'

/** Writes back what it reads. The smallest filter there is: copy this folder to start one. */
export const echo = defineNetworkFilter({
  name: 'envoy.filters.network.echo',
  configType: 'envoy.extensions.filters.network.echo.v3.Echo',
  configSchema: echoSchema,
  isTerminalFilter: true,
  createFilterFactory: () => (filterManager) => filterManager.addReadFilter(new EchoFilter()),
})
