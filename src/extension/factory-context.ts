import type { AccessLog } from '../access-log/access-log.ts'
import type { AccessLogFiles } from '../access-log/access-log-files.ts'
import type { AccessLogConfig, ExtensionConfig } from '../config/schema/extension.ts'
import type { LogRegistry } from '../logging/log-registry.ts'
import type { DnsResolver } from '../network/dns-resolver.ts'
import type { Metadata } from '../network/stream-info.ts'
import type { TimerWheel } from '../network/timers.ts'
import type { Random } from '../random.ts'
import type { RedisTap } from '../redis/tap.ts'
import type { Registry } from '../registry.ts'
import type { SharedNumbers } from '../stats/shared-numbers.ts'
import type { StatsStore } from '../stats/store.ts'
import type { ThriftTap } from '../thrift/tap.ts'
import type { TimeSource } from '../time-source.ts'
import type { ClusterManager } from '../upstream/cluster-manager.ts'
import type { DrainDecision } from './drain-decision.ts'
import type { Runtime } from './runtime.ts'

/** What a thread offers to every factory. */
export interface ServerContext {
  /** For filters that have filters of their own. */
  readonly registry: Registry
  readonly clusterManager: ClusterManager
  readonly stats: StatsStore
  readonly sharedNumbers: SharedNumbers
  readonly timers: TimerWheel
  readonly timeSource: TimeSource
  readonly random: Random
  readonly runtime: Runtime
  readonly logs: LogRegistry
  /** The files of this thread's access logs. */
  readonly accessLogFiles: AccessLogFiles
  /** For those who look at this thread's redis traffic. */
  readonly redisTap: RedisTap
  readonly thriftTap: ThriftTap
  /** What turns names into addresses, by its config; null: the bootstrap's, or else the system's servers. */
  dnsResolver(config: ExtensionConfig | null): DnsResolver
  /** Builds the logs of a config; what they share (files) is shared over all configs of the thread. */
  createAccessLogs(configs: readonly AccessLogConfig[]): readonly AccessLog[]
}

/** What a listener's filter factories see. */
export interface FactoryContext extends ServerContext {
  readonly listenerName: string
  readonly listenerMetadata: Metadata | null
  readonly drainDecision: DrainDecision
}
