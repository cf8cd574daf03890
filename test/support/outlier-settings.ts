import type { OutlierDetection } from '../../src/config/schema/outlier-detection.ts'

/** The defaults of `outlier_detection: {}`, with the fields that a test sets. */
export function outlierSettings(fields: Partial<OutlierDetection> = {}): OutlierDetection {
  return {
    consecutive5xx: 5,
    intervalMs: 10_000,
    baseEjectionTimeMs: 30_000,
    maxEjectionPercent: 10,
    enforcingConsecutive5xx: 100,
    enforcingSuccessRate: 100,
    successRateMinimumHosts: 5,
    successRateRequestVolume: 100,
    successRateStdevFactor: 1900,
    consecutiveGatewayFailure: 5,
    enforcingConsecutiveGatewayFailure: 0,
    splitExternalLocalOriginErrors: false,
    consecutiveLocalOriginFailure: 5,
    enforcingConsecutiveLocalOriginFailure: 100,
    enforcingLocalOriginSuccessRate: 100,
    failurePercentageThreshold: 85,
    enforcingFailurePercentage: 0,
    enforcingFailurePercentageLocalOrigin: 0,
    failurePercentageMinimumHosts: 5,
    failurePercentageRequestVolume: 50,
    maxEjectionTimeMs: 300_000,
    maxEjectionTimeJitterMs: 0,
    successfulActiveHealthCheckUnejectHost: true,
    alwaysEjectOneHost: false,
    ...fields,
  }
}
