import { defineStats } from '../stats/group.ts'

/** `cluster.<name>.redis_cluster.`: what Envoy has of each redis pool; the last three are ours. */
export const REDIS_CLUSTER_STATS = defineStats({
  upstream_cx_drained: 'counter',
  max_upstream_unknown_connections_reached: 'counter',
  connection_rate_limited: 'counter',
  upstream_resp3_hello_failure: 'counter',
})
