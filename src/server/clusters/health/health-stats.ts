import { defineStats } from '../../../stats/group.ts'

/** Below `cluster.<name>.health_check.`, and `name.<check>.` for a check with a name. */
export const HEALTH_CHECK_STATS = defineStats({
  attempt: 'counter',
  degraded: 'gauge',
  failure: 'counter',
  healthy: 'gauge',
  network_failure: 'counter',
  passive_failure: 'counter',
  success: 'counter',
  verify_cluster: 'counter',
})

/** Below `cluster.<name>.health_check.`, where there are several checks: what all of them say together. */
export const HEALTH_CHECK_GROUP_STATS = defineStats({ degraded: 'gauge', healthy: 'gauge' })
