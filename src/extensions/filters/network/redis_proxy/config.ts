import { defineNetworkFilter } from '../../../../extension/define.ts'
import { explainRedis } from './explain.ts'
import { RedisClient } from './redis-client.ts'
import { createRedisProxyContext } from './redis-proxy-context.ts'
import { type RedisProxy, redisProxyClusters, redisProxySchema } from './schema.ts'

/** Routes redis commands by their keys to the hosts of clusters. */
export const redisProxy = defineNetworkFilter({
  name: 'envoy.filters.network.redis_proxy',
  configType: 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy',
  configSchema: redisProxySchema,
  isTerminalFilter: true,
  clusters: redisProxyClusters,
  explainer: {
    protocol: 'redis',
    explain: (config, words, context) => explainRedis(config as RedisProxy, words, context),
  },
  createFilterFactory: (config, context) => {
    const shared = createRedisProxyContext(config, context)
    return (filterManager) => filterManager.addReadFilter(new RedisClient(shared))
  },
})
