import { defineNetworkFilter } from '../../../../extension/define.ts'
import { tcpProxySchema } from './schema.ts'
import { createTcpProxyContext } from './tcp-proxy-context.ts'
import { TcpProxyFilter } from './tcp-proxy-filter.ts'

/** Forwards a connection's bytes to a host of a cluster, and back. */
export const tcpProxy = defineNetworkFilter({
  name: 'envoy.filters.network.tcp_proxy',
  configType: 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  configSchema: tcpProxySchema,
  isTerminalFilter: true,
  clusters: (config) => config.clusters.map((cluster) => cluster.name),
  createFilterFactory: (config, context) => {
    const shared = createTcpProxyContext(config, context)
    return (filterManager) => filterManager.addReadFilter(new TcpProxyFilter(shared))
  },
})
