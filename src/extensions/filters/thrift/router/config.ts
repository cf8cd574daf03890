import { defineThriftFilter } from '../../../../extension/define.ts'
import { Router } from './router.ts'
import { thriftRouterSchema } from './schema.ts'

/** Ends the chain: sends each call to the cluster of its route, and brings back the answer. */
export const thriftRouter = defineThriftFilter({
  name: 'envoy.filters.thrift.router',
  configType: 'envoy.extensions.filters.network.thrift_proxy.router.v3.Router',
  configSchema: thriftRouterSchema,
  isTerminalFilter: true,
  createThriftFilter: (config, context) => new Router(config, context),
})
