import type { InferOutput } from 'valibot'
import { message } from './message.ts'
import { convert } from './schema.ts'
import { bool, durationMs, number, orNull } from './values.ts'

/** `cluster.v3.OutlierDetection`. Percents are whole numbers from 0 to 100. */
export type OutlierDetection = InferOutput<ReturnType<typeof outlierDetection>>

/** Envoy's default for the longest ejection, which is never below the base. */
const MAX_EJECTION_TIME_MS = 300_000

export function outlierDetection() {
  const inner = message('envoy.config.cluster.v3.OutlierDetection', {
    consecutive_5xx: number(5),
    intervalMs: durationMs(10_000),
    baseEjectionTimeMs: durationMs(30_000),
    maxEjectionPercent: number(10),
    enforcingConsecutive_5xx: number(100),
    enforcingSuccessRate: number(100),
    successRateMinimumHosts: number(5),
    successRateRequestVolume: number(100),
    /** Thousandths of a standard deviation. */
    successRateStdevFactor: number(1900),
    consecutiveGatewayFailure: number(5),
    enforcingConsecutiveGatewayFailure: number(0),
    splitExternalLocalOriginErrors: bool(),
    consecutiveLocalOriginFailure: number(5),
    enforcingConsecutiveLocalOriginFailure: number(100),
    enforcingLocalOriginSuccessRate: number(100),
    failurePercentageThreshold: number(85),
    enforcingFailurePercentage: number(0),
    enforcingFailurePercentageLocalOrigin: number(0),
    failurePercentageMinimumHosts: number(5),
    failurePercentageRequestVolume: number(50),
    maxEjectionTimeMs: orNull(durationMs()),
    maxEjectionTimeJitterMs: durationMs(0),
    /** Has a meaning only with active health checks. */
    successfulActiveHealthCheckUnejectHost: bool(true),
    alwaysEjectOneHost: bool(),
  })
  return convert(inner, ({ consecutive_5xx, enforcingConsecutive_5xx, ...value }) => ({
    ...value,
    consecutive5xx: consecutive_5xx,
    enforcingConsecutive5xx: enforcingConsecutive_5xx,
    maxEjectionTimeMs:
      value.maxEjectionTimeMs ?? Math.max(MAX_EJECTION_TIME_MS, value.baseEjectionTimeMs),
  }))
}
