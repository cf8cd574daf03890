import { defineStats } from '../../../../stats/group.ts'

/** `local_rate_limit.<stat_prefix>.` */
export const LOCAL_RATE_LIMIT_STATS = defineStats({ rate_limited: 'counter' })
