import type { OutlierDetection } from '../../config/schema/outlier-detection.ts'
import type { Runtime } from '../../extension/runtime.ts'
import type { EjectionType } from './outlier-stats.ts'

const NUMBER_KEYS = {
  intervalMs: 'outlier_detection.interval_ms',
  baseEjectionTimeMs: 'outlier_detection.base_ejection_time_ms',
  maxEjectionTimeMs: 'outlier_detection.max_ejection_time_ms',
  maxEjectionTimeJitterMs: 'outlier_detection.max_ejection_time_jitter_ms',
  maxEjectionPercent: 'outlier_detection.max_ejection_percent',
  successRateMinimumHosts: 'outlier_detection.success_rate_minimum_hosts',
  successRateRequestVolume: 'outlier_detection.success_rate_request_volume',
  successRateStdevFactor: 'outlier_detection.success_rate_stdev_factor',
  failurePercentageMinimumHosts: 'outlier_detection.failure_percentage_minimum_hosts',
  failurePercentageRequestVolume: 'outlier_detection.failure_percentage_request_volume',
  failurePercentageThreshold: 'outlier_detection.failure_percentage_threshold',
} as const satisfies Partial<Record<keyof OutlierDetection, string>>

export type OutlierNumber = keyof typeof NUMBER_KEYS

/** The field and the runtime key that say how many percent of ejections are carried out. */
const ENFORCING = {
  consecutive_5xx: ['enforcingConsecutive5xx', 'enforcing_consecutive_5xx'],
  consecutive_gateway_failure: [
    'enforcingConsecutiveGatewayFailure',
    'enforcing_consecutive_gateway_failure',
  ],
  consecutive_local_origin_failure: [
    'enforcingConsecutiveLocalOriginFailure',
    'enforcing_consecutive_local_origin_failure',
  ],
  success_rate: ['enforcingSuccessRate', 'enforcing_success_rate'],
  local_origin_success_rate: [
    'enforcingLocalOriginSuccessRate',
    'enforcing_local_origin_success_rate',
  ],
  failure_percentage: ['enforcingFailurePercentage', 'enforcing_failure_percentage'],
  local_origin_failure_percentage: [
    'enforcingFailurePercentageLocalOrigin',
    'enforcing_failure_percentage_local_origin',
  ],
} as const satisfies Record<EjectionType, readonly [keyof OutlierDetection, string]>

/** What `outlier_detection` says, unless the runtime says otherwise at the moment. */
export class OutlierSettings {
  readonly config: OutlierDetection
  readonly #runtime: Runtime

  constructor(config: OutlierDetection, runtime: Runtime) {
    this.config = config
    this.#runtime = runtime
  }

  number(name: OutlierNumber): number {
    return this.#runtime.integer(NUMBER_KEYS[name], this.config[name])
  }

  /** Draws lots: is this ejection carried out? */
  isEnforced(type: EjectionType): boolean {
    const [field, key] = ENFORCING[type]
    return this.#runtime.featureEnabled(`outlier_detection.${key}`, this.config[field])
  }
}
