import { defineClusterType } from '../../../extension/define.ts'
import { RedisCluster } from './redis-cluster.ts'
import { redisClusterSchema } from './schema.ts'

/** A cluster of redis servers that tell by CLUSTER SLOTS which of them owns what. */
export const redisCluster = defineClusterType({
  name: 'envoy.clusters.redis',
  configType: 'envoy.extensions.clusters.redis.v3.RedisClusterConfig',
  configSchema: redisClusterSchema,
  isSharded: true,
  createDiscovery: (config, context) => new RedisCluster(config, context),
})
