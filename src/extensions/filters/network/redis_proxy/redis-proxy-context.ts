import type { DrainDecision } from '../../../../extension/drain-decision.ts'
import type { FactoryContext } from '../../../../extension/factory-context.ts'
import type { Runtime } from '../../../../extension/runtime.ts'
import type { ConnectionStats } from '../../../../network/filter.ts'
import { FlushQueue } from '../../../../network/flush-queue.ts'
import type { TimerWheel } from '../../../../network/timers.ts'
import type { Random } from '../../../../random.ts'
import {
  allowsReplication,
  initialDatabase,
  type RedisLimits,
  redisLimits,
} from '../../../../redis/limits.ts'
import type { PoolSettings } from '../../../../redis/pool-settings.ts'
import { SessionTable } from '../../../../redis/session.ts'
import type { RedisTap } from '../../../../redis/tap.ts'
import type { StatsBlock } from '../../../../stats/store.ts'
import type { TimeSource } from '../../../../time-source.ts'
import { DnsCache } from '../../../../upstream/dns-cache.ts'
import { Authenticator } from './authenticator.ts'
import { ClusterPools } from './cluster-pools.ts'
import { CommandStatsTable } from './command-stats.ts'
import { CustomCommands } from './custom-commands.ts'
import { FaultInjector } from './fault-injector.ts'
import { hostSetups } from './host-setups.ts'
import type { ListedClient } from './listed-client.ts'
import { ClientFlusher } from './reply-line.ts'
import { RouteTarget } from './route-target.ts'
import { Router } from './router.ts'
import type { RedisProxy } from './schema.ts'
import { REDIS_PROXY_OWN_STATS, REDIS_PROXY_STATS } from './stats.ts'

/** What the clients of one redis_proxy config share on a thread. */
export interface RedisProxyContext {
  readonly config: RedisProxy
  readonly limits: RedisLimits
  readonly settings: PoolSettings
  readonly router: Router<RouteTarget>
  /** The only route, when every key takes it as it is; null otherwise. */
  readonly onlyRoute: RouteTarget | null
  /** Keys may be made of what is known of the client's connection. */
  readonly formatsKeys: boolean
  readonly pools: ClusterPools
  readonly sessions: SessionTable
  readonly clients: ClientFlusher
  readonly stats: StatsBlock
  /** Ours beside Envoy's: made at the first use, so that they are not listed before. */
  ownStats(): StatsBlock
  readonly connectionStats: ConnectionStats
  readonly commandStats: CommandStatsTable
  readonly customCommands: CustomCommands
  readonly authenticator: Authenticator
  readonly faults: FaultInjector | null
  readonly drainDecision: DrainDecision
  /** This worker's clients, by the id that CLIENT ID tells them. */
  readonly clientsById: Map<number, ListedClient>
  readonly listenerName: string
  /** SYNC and its like pass. */
  readonly allowsReplication: boolean
  readonly tap: RedisTap
  readonly timers: TimerWheel
  readonly timeSource: TimeSource
  readonly random: Random
  readonly runtime: Runtime
}

export function createRedisProxyContext(
  config: RedisProxy,
  context: FactoryContext,
): RedisProxyContext {
  const { stats: store, timers, timeSource, random, runtime } = context
  const stats = store.block(`redis.${config.statPrefix}.`, REDIS_PROXY_STATS)
  const { index } = REDIS_PROXY_STATS
  const settings = poolSettings(config)
  let ownStats: StatsBlock | null = null
  const flushQueue = new FlushQueue()
  const clients = new ClientFlusher(flushQueue)
  const pools = new ClusterPools(
    context.clusterManager,
    store,
    {
      settings,
      flushQueue,
      names: createNames(config, context),
      flushClients: () => clients.flushAll(),
    },
    (cluster) => hostSetups(cluster, settings),
  )
  const createRoute = (route: RedisProxy['prefixRoutes']['routes'][number]) =>
    new RouteTarget(route, pools, context)
  const router = new Router(config.prefixRoutes, createRoute)
  const { catchAll } = router
  const isOnly = config.prefixRoutes.routes.length === 0 && catchAll !== null && catchAll.isPlain
  return {
    config,
    limits: redisLimits(context.listenerMetadata),
    settings,
    router,
    onlyRoute: isOnly ? catchAll : null,
    formatsKeys: [...config.prefixRoutes.routes, config.prefixRoutes.catchAllRoute].some(
      (route) => (route?.keyFormatter ?? '') !== '',
    ),
    pools,
    sessions: new SessionTable(initialDatabase(context.listenerMetadata)),
    clients,
    stats,
    ownStats: () => {
      ownStats ??= store.block(`redis.${config.statPrefix}.`, REDIS_PROXY_OWN_STATS)
      return ownStats
    },
    connectionStats: {
      block: stats,
      rxTotal: index.downstream_cx_rx_bytes_total,
      rxBuffered: index.downstream_cx_rx_bytes_buffered,
      txTotal: index.downstream_cx_tx_bytes_total,
      txBuffered: index.downstream_cx_tx_bytes_buffered,
    },
    commandStats: new CommandStatsTable(store, config.statPrefix, config.latencyInMicros),
    customCommands: new CustomCommands(config.customCommands),
    authenticator: new Authenticator(config),
    faults: FaultInjector.of(config.faults, random, runtime),
    drainDecision: context.drainDecision,
    clientsById: new Map(),
    listenerName: context.listenerName,
    allowsReplication: allowsReplication(context.listenerMetadata),
    tap: context.redisTap,
    timers,
    timeSource,
    random,
    runtime,
  }
}

/** Null: redirects to names are not followed. */
function createNames({ settings }: RedisProxy, context: FactoryContext): DnsCache | null {
  const { dnsCacheConfig, enableRedirection } = settings
  if (dnsCacheConfig === null || !enableRedirection) return null
  const resolver = context.dnsResolver(dnsCacheConfig.typedDnsResolverConfig)
  return new DnsCache(dnsCacheConfig, resolver, context)
}

function poolSettings({ settings }: RedisProxy): PoolSettings {
  return {
    opTimeoutMs: settings.opTimeoutMs,
    maxBufferSizeBeforeFlush: settings.maxBufferSizeBeforeFlush,
    bufferFlushTimeoutMs: settings.bufferFlushTimeoutMs,
    enableRedirection: settings.enableRedirection,
    enableCommandStats: settings.enableCommandStats,
    enableHashtagging: settings.enableHashtagging,
    readPolicy: settings.readPolicy,
    maxUpstreamUnknownConnections: settings.maxUpstreamUnknownConnections,
    connectionRateLimitPerSec: settings.connectionRateLimit?.connectionRateLimitPerSec ?? null,
  }
}
