import { defineStats } from '../../../../stats/group.ts'

/** `connection_limit.<stat_prefix>.` */
export const CONNECTION_LIMIT_STATS = defineStats({
  limited_connections: 'counter',
  active_connections: 'gauge',
})
