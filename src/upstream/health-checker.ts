import type { Address } from '../network/address.ts'
import type { TimerWheel } from '../network/timers.ts'
import type { Factory } from '../registry.ts'
import type { StatsStore } from '../stats/store.ts'
import type { ClusterScope } from './cluster-stats-table.ts'
import type { Host } from './host.ts'
import type { UpstreamDialler } from './upstream-dialler.ts'

/** Why a check failed. Names as in `envoy.data.core.v3.HealthCheckFailureType`. */
export type HealthCheckFailure =
  /** An answer that says no: it counts at once. */
  | 'ACTIVE'
  /** Traffic said so. */
  | 'PASSIVE'
  /** Refused, reset, closed or garbled: it counts towards the threshold, as the next does. */
  | 'NETWORK'
  | 'NETWORK_TIMEOUT'

/** Who is checked, and where. */
export interface ProbeTarget {
  readonly host: Host
  /** The host's own, or what its `health_check_config` says. */
  readonly address: Address
  /** Of `health_check_config`; empty: none. */
  readonly hostname: string
}

/** Told how a check went: once for each, and at any time that the host itself gives up on us. */
export interface ProbeCallbacks {
  onProbeSuccess(): void
  onProbeFailure(failure: HealthCheckFailure): void
}

/** What checks one host, again and again. */
export interface HealthProbe {
  /** Sends a check. Its callback never comes within this call; `onTimeout` may come first. */
  start(): void
  /** Time is up for the check under way: its callback must not come any more. */
  onTimeout(): void
  /** The host is no longer checked: nothing is called any more. */
  close(): void
}

/** One health check of a cluster, of some protocol. Main only. */
export interface HealthChecker {
  createProbe(target: ProbeTarget, callbacks: ProbeCallbacks): HealthProbe
  /** The cluster is gone, and so are the probes. */
  close(): void
}

/** What a checker may use. */
export interface HealthCheckerContext {
  readonly cluster: UpstreamDialler
  readonly stats: StatsStore
  readonly timers: TimerWheel
  /** `cluster.<name>.health_check.` */
  readonly scope: ClusterScope
  readonly timeoutMs: number
  /** False: each check has a connection of its own. */
  readonly reuseConnection: boolean
}

/** A kind of health check; `define…` checked the type of `config`. */
export interface HealthCheckerFactory extends Factory {
  readonly category: 'envoy.health_checkers'
  /** As `envoy.data.core.v3.HealthCheckerType`: what events call it. */
  readonly checkerType: string
  /** Runs once per health check of a cluster, on checked config. */
  createHealthChecker(config: unknown, context: HealthCheckerContext): HealthChecker
}

/** Takes the events of health checks. */
export interface HealthCheckEventSink {
  /** `envoy.data.core.v3.HealthCheckEvent` as a line of JSON, without the line's end. */
  log(event: string): void
}
