import { defineStats } from '../../../../stats/group.ts'

/** `thrift.<stat_prefix>.` */
export const THRIFT_ROUTER_STATS = defineStats({
  no_healthy_upstream: 'counter',
  route_missing: 'counter',
  shadow_request_submit_failure: 'counter',
  unknown_cluster: 'counter',
  upstream_rq_maintenance_mode: 'counter',
})

/** Ours, below the same prefix; there from their first use on. */
export const THRIFT_ROUTER_OWN_STATS = defineStats({
  rate_limited: 'counter',
  request_too_large: 'counter',
  upstream_rq_timeout: 'counter',
})
