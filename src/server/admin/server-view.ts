import type { ExplainedProtocol } from '../../extension/explanation.ts'
import type { LogLevel, LogLevelName } from '../../logging/log-level.ts'
import type { Logger } from '../../logging/log-registry.ts'
import type { Address } from '../../network/address.ts'
import type { NetworkContext } from '../../network/network-context.ts'
import type { TapFilter } from '../../redis/tap-filter.ts'
import type { StatsAggregator } from '../../stats/aggregate.ts'
import type { StatsStore } from '../../stats/store.ts'
import type { ThriftTapFilter } from '../../thrift/tap-filter.ts'
import type { TimeSource } from '../../time-source.ts'
import type { ServerOptions } from '../server-options.ts'
import type { Taps } from '../tap-hub.ts'
import type { ClustersView } from './clusters.ts'

export type ServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING'

/** A message as the loader's canonical tree has it: snake_case fields, proto-JSON values. */
export type JsonObject = { readonly [field: string]: unknown }

/** One resource of the configuration as it was accepted, for `/config_dump`. */
export interface DumpedResource {
  readonly value: JsonObject
  /** Milliseconds since the epoch. */
  readonly lastUpdatedMs: number
  /** Only of what discovery delivered. */
  readonly versionInfo?: string
}

/** What of one kind of resource there is; the bootstrap's are static. */
export interface DumpedResources {
  readonly versionInfo?: string
  readonly static: readonly DumpedResource[]
}

export interface ListenerStatus {
  /** As the config has it, or the one that was made for a listener without a name. */
  readonly name: string
  /** As bound: the main address, then the additional ones. */
  readonly addresses: readonly Address[]
  /** Clusters that it can lead to, or what it does itself ('echo'); for the page at `/`. */
  readonly leadsTo: readonly string[]
}

export interface ExtensionStatus {
  readonly name: string
  readonly category: string
  /** Full names of the messages that configure it. */
  readonly configTypes: readonly string[]
  readonly disabled: boolean
}

export interface DrainRequest {
  /** Tell connections to drain and stop accepting after the drain time, instead of at once. */
  readonly graceful: boolean
  /** Never stop accepting. */
  readonly skipExit: boolean
  /** Only listeners whose traffic_direction is INBOUND. */
  readonly inboundOnly: boolean
}

export interface RuntimeLayer {
  readonly name: string
  /** Key → raw text. */
  readonly values: ReadonlyMap<string, string>
}

/** A certificate as `envoy.admin.v3.CertificateDetails`, snake_case. */
export interface CertificateStatus {
  readonly caCert: readonly JsonObject[]
  readonly certChain: readonly JsonObject[]
}

/** A target that keeps listeners or the server from being ready. */
export interface UnreadyTargets {
  /** Of the init manager. */
  readonly name: string
  readonly targetNames: readonly string[]
}

/**
 * What the admin endpoints see of the server. Every method answers at once, from what main knows; the few that workers must
 * carry out return when they have been told.
 */
export interface ServerView {
  readonly options: ServerOptions
  readonly timeSource: TimeSource
  /** Main's, for the admin's own connections. */
  readonly network: NetworkContext
  /** For the admin's own stats (`http.admin.`, `listener.admin.`). */
  readonly statsStore: StatsStore
  readonly stats: StatsAggregator
  /** Called before the stats are read: with `stats_flush_on_admin` it flushes them. */
  onStatsRead(): void
  /** `<sha>/<version>/<state of the tree>/RELEASE/<TLS library>`. */
  readonly version: string
  /** `disabled`, or the compatibility version. */
  readonly hotRestartVersion: string
  /** When this process started, in milliseconds since the epoch. */
  readonly startTimeMs: number
  /** When the first epoch started; `startTimeMs` without hot restart. */
  readonly firstEpochStartTimeMs: number

  state(): ServerState
  /** What is built in, and what `--disable-extensions` took out. */
  extensions(): readonly ExtensionStatus[]
  /** `core.v3.Node` with what flags and the build add: `/server_info`. */
  node(): JsonObject
  /** The bootstrap as loaded, its node as `/config_dump` shows it. */
  bootstrap(): DumpedResource
  clusterResources(): DumpedResources
  listenerResources(): DumpedResources
  routeResources(): DumpedResources
  secretResources(): DumpedResources

  clusters(): ClustersView
  listeners(): readonly ListenerStatus[]
  certificates(): readonly CertificateStatus[]
  unreadyTargets(): readonly UnreadyTargets[]

  /** Main's loggers with their levels, in Envoy's order. */
  logLevels(): readonly { readonly name: string; readonly level: LogLevelName }[]
  /** On every thread. `logger` is one of `logLevels()`, null means all of them. */
  setLogLevel(logger: string | null, level: LogLevel): void
  /** The logger `admin`. */
  readonly log: Logger

  /** In layer order, the last one wins. */
  runtimeLayers(): readonly RuntimeLayer[]
  /**
   * Null when the bootstrap has no admin layer; else applies all pairs at once, an empty value removes its key. Gives
   * null, or why a value was refused, and then none was applied.
   */
  readonly modifyRuntime: ((values: ReadonlyMap<string, string>) => string | null) | null

  /** Fails (true) or restores the server's own health. */
  setHealthCheckFailed(failed: boolean): void
  drainListeners(request: DrainRequest): void
  reopenLogs(): void
  /** Beside what the aggregator resets itself: recent lookups, and whatever counts outside of it. */
  resetCounters(): void
  /** As SIGTERM does; called after the answer has been written. */
  quit(): void
  readonly redisTaps: Taps<TapFilter>
  readonly thriftTaps: Taps<ThriftTapFilter>
  /** Where a command would go, by each listener that speaks redis. */
  explain(
    protocol: ExplainedProtocol,
    words: readonly Uint8Array[],
    listener: string | null,
  ): readonly JsonObject[]
  /** Names of threads that have not been heard of for a second. */
  silentThreads(): readonly string[]
}
