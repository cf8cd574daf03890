import { defineStats } from '../../stats/group.ts'

/** Below `cluster.<name>.outlier_detection.`. The last three are older than the others and count a part of the same. */
export const OUTLIER_STATS = defineStats({
  ejections_active: 'gauge',
  ejections_overflow: 'counter',
  ejections_enforced_total: 'counter',
  ejections_detected_consecutive_5xx: 'counter',
  ejections_detected_consecutive_gateway_failure: 'counter',
  ejections_detected_consecutive_local_origin_failure: 'counter',
  ejections_detected_degradation: 'counter',
  ejections_detected_failure_percentage: 'counter',
  ejections_detected_local_origin_failure_percentage: 'counter',
  ejections_detected_local_origin_success_rate: 'counter',
  ejections_detected_success_rate: 'counter',
  ejections_enforced_consecutive_5xx: 'counter',
  ejections_enforced_consecutive_gateway_failure: 'counter',
  ejections_enforced_consecutive_local_origin_failure: 'counter',
  ejections_enforced_failure_percentage: 'counter',
  ejections_enforced_local_origin_failure_percentage: 'counter',
  ejections_enforced_local_origin_success_rate: 'counter',
  ejections_enforced_success_rate: 'counter',
  ejections_total: 'counter',
  ejections_consecutive_5xx: 'counter',
  ejections_success_rate: 'counter',
})

/** Why a host is ejected: the last part of its counters' names. */
export type EjectionType =
  | 'consecutive_5xx'
  | 'consecutive_gateway_failure'
  | 'consecutive_local_origin_failure'
  | 'success_rate'
  | 'local_origin_success_rate'
  | 'failure_percentage'
  | 'local_origin_failure_percentage'
