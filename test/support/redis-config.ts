/** Pieces of Envoy configs for tests of the redis data path. */
import { cluster, listener, socketAddress } from './tcp-config.ts'

const REDIS_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy'
const REDIS_CLUSTER = 'type.googleapis.com/envoy.extensions.clusters.redis.v3.RedisClusterConfig'

/** All keys go to one cluster, unless `fields` say otherwise. */
export function redisProxyFilter(name: string, fields: object = {}, settings: object = {}) {
  return {
    name: 'envoy.filters.network.redis_proxy',
    typed_config: {
      '@type': REDIS_PROXY,
      stat_prefix: 'redis',
      settings: { op_timeout: '5s', enable_hashtagging: true, ...settings },
      prefix_routes: { catch_all_route: { cluster: name } },
      ...fields,
    },
  }
}

/** One listener `in` in front of one cluster `up` whose hosts share the keys by hash. */
export function redisConfig(
  ports: readonly number[],
  fields: {
    readonly filter?: object
    readonly settings?: object
    readonly cluster?: object
    readonly listener?: object
  } = {},
) {
  const filter = redisProxyFilter('up', fields.filter, fields.settings)
  const hosts = ports.map((port) => socketAddress(port))
  return {
    static_resources: {
      listeners: [listener('in', [filter], fields.listener)],
      clusters: [cluster('up', hosts, { lb_policy: 'RING_HASH', ...fields.cluster })],
    },
  }
}

/** The same before a redis cluster, found from any of its nodes. */
export function redisClusterConfig(seeds: readonly number[], refresh: object = {}) {
  const type = {
    name: 'envoy.clusters.redis',
    typed_config: { '@type': REDIS_CLUSTER, cluster_refresh_rate: '1s', ...refresh },
  }
  return redisConfig(seeds, {
    settings: { enable_redirection: true },
    cluster: { lb_policy: 'CLUSTER_PROVIDED', cluster_type: type },
  })
}
