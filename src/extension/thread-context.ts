import { AccessLogFiles } from '../access-log/access-log-files.ts'
import type { TapLines, TappedProtocol } from '../access-log/tap-feed.ts'
import type { ExtensionConfig } from '../config/schema/extension.ts'
import type { LogRegistry } from '../logging/log-registry.ts'
import { createClientConnection } from '../network/client-connection.ts'
import type { NetworkContext } from '../network/network-context.ts'
import { TimerWheel } from '../network/timers.ts'
import { systemRandom } from '../random.ts'
import { RedisTap } from '../redis/tap.ts'
import type { Registry } from '../registry.ts'
import { defineStats } from '../stats/group.ts'
import type { SharedNumbers } from '../stats/shared-numbers.ts'
import type { StatsStore } from '../stats/store.ts'
import { ThriftTap } from '../thrift/tap.ts'
import { systemTime } from '../time-source.ts'
import type { HostTable } from '../upstream/host-table.ts'
import { ThreadClusterManager } from '../upstream/thread-cluster-manager.ts'
import { createAccessLogs } from './access-logs.ts'
import { DnsResolvers } from './dns-resolvers.ts'
import type { ServerContext } from './factory-context.ts'
import { RuntimeSnapshot } from './runtime.ts'

/** Ours: exceptions that ended a connection, or a timer's work, and nothing else. */
const FAULT_STATS = defineStats({ connection_faults: 'counter' })

export interface ThreadOptions {
  readonly registry: Registry
  readonly stats: StatsStore
  readonly sharedNumbers: SharedNumbers
  readonly hostTable: HostTable
  readonly logs: LogRegistry
  /** `--file-flush-interval-msec` and `--file-flush-min-size-kb`, in bytes. */
  readonly fileFlushIntervalMs: number
  readonly fileFlushMinBytes: number
  /** The bootstrap's `typed_dns_resolver_config`. */
  readonly dnsResolver: ExtensionConfig | null
  /** What the tap of a protocol has to show, on its way to main: see `TapFeed`. */
  onTapped(protocol: TappedProtocol, batches: readonly TapLines[], missed: number): void
}

/** One thread's half of everything, the same on main and on workers: to the upstream stack, main is a worker without listeners. */
export interface ThreadContext {
  readonly server: ServerContext
  readonly network: NetworkContext
  readonly clusterManager: ThreadClusterManager
  readonly runtime: RuntimeSnapshot
  readonly timers: TimerWheel
  readonly accessLogFiles: AccessLogFiles
}

export function createThreadContext(options: ThreadOptions): ThreadContext {
  const { registry, stats, sharedNumbers, hostTable, logs } = options
  const faultLog = logs.logger('main')
  const faults = stats.block('server.', FAULT_STATS)
  const onFault = (error: unknown, owner: string) => {
    faults[FAULT_STATS.index.connection_faults]!++
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    faultLog.error(`fault in ${owner}: ${text}`)
  }
  const timers = new TimerWheel(systemTime, (error) => onFault(error, 'a timer'))
  const network: NetworkContext = { timers, timeSource: systemTime, onFault }
  const runtime = new RuntimeSnapshot(systemRandom)
  const clusterManager = new ThreadClusterManager({
    registry,
    stats,
    hostTable,
    timers,
    random: systemRandom,
    runtime,
    dial: (target) => createClientConnection(network, target),
  })
  const accessLogFiles = new AccessLogFiles({
    timers,
    stats,
    flushIntervalMs: options.fileFlushIntervalMs,
    flushMinBytes: options.fileFlushMinBytes,
  })
  const resolvers = new DnsResolvers(
    registry,
    { network, stats, random: systemRandom },
    options.dnsResolver,
  )
  const server: ServerContext = {
    registry,
    clusterManager,
    accessLogFiles,
    redisTap: new RedisTap({
      timers,
      timeSource: systemTime,
      post: (batches, missed) => options.onTapped('redis', batches, missed),
    }),
    thriftTap: new ThriftTap({
      timers,
      timeSource: systemTime,
      post: (batches, missed) => options.onTapped('thrift', batches, missed),
    }),
    stats,
    sharedNumbers,
    timers,
    timeSource: systemTime,
    random: systemRandom,
    runtime,
    logs,
    dnsResolver: (config) => resolvers.of(config),
    createAccessLogs: (configs) => createAccessLogs(configs, registry, server),
  }
  return { server, network, clusterManager, runtime, timers, accessLogFiles }
}
