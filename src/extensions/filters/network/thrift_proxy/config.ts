import { defineNetworkFilter } from '../../../../extension/define.ts'
import { explainThrift } from './explain.ts'
import { type ThriftProxy, thriftProxyClusters, thriftProxySchema } from './schema.ts'
import { ThriftClient } from './thrift-client.ts'
import { createThriftProxyContext } from './thrift-proxy-context.ts'

/** Routes thrift calls by method, service and headers to the hosts of clusters, and speaks to each side as it wants. */
export const thriftProxy = defineNetworkFilter({
  name: 'envoy.filters.network.thrift_proxy',
  configType: 'envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy',
  configSchema: thriftProxySchema,
  isTerminalFilter: true,
  clusters: thriftProxyClusters,
  explainer: {
    protocol: 'thrift',
    explain: (config, words, context) => explainThrift(config as ThriftProxy, words, context),
  },
  createFilterFactory: (config, context) => {
    const shared = createThriftProxyContext(config, context)
    return (filterManager) => filterManager.addReadFilter(new ThriftClient(shared))
  },
})
