import type { FractionalPercent, RuntimeValue } from '../config/schema/percent.ts'
import type { RouteRateLimit } from '../config/schema/route-rate-limit.ts'
import type { CallPolicy } from './call-policy.ts'

/** Where a call goes: what a route says once its cluster is chosen. */
export interface ThriftRoute {
  readonly clusterName: string
  /** What the host must have in its `envoy.lb` metadata; null: nothing. */
  readonly metadataMatch: Readonly<Record<string, unknown>> | null
  /** The method goes upstream without its service. */
  readonly stripServiceName: boolean
  readonly mirrors: readonly MirrorPolicy[]
  readonly rateLimits: readonly RouteRateLimit[]
  /** Timeout and retries; null: as in Envoy, there are none. */
  readonly policy: CallPolicy | null
}

export interface MirrorPolicy {
  readonly cluster: string
  readonly runtimeFraction: RuntimeValue<FractionalPercent> | null
}
