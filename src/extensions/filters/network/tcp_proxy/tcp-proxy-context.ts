import type { AccessLog } from '../../../../access-log/access-log.ts'
import type { DrainDecision } from '../../../../extension/drain-decision.ts'
import type { FactoryContext } from '../../../../extension/factory-context.ts'
import type { ConnectionStats } from '../../../../network/filter.ts'
import { IdleGroup } from '../../../../network/idle-group.ts'
import type { TimerWheel } from '../../../../network/timers.ts'
import type { Random } from '../../../../random.ts'
import type { StatsBlock } from '../../../../stats/store.ts'
import type { ClusterManager } from '../../../../upstream/cluster-manager.ts'
import type { TcpProxy } from './schema.ts'
import { TCP_PROXY_STATS } from './stats.ts'

/** What the connections of one tcp_proxy config share on a thread. */
export interface TcpProxyContext {
  readonly config: TcpProxy
  readonly routes: readonly TcpRoute[]
  readonly totalWeight: number
  readonly stats: StatsBlock
  readonly connectionStats: ConnectionStats
  readonly accessLogs: readonly AccessLog[]
  readonly clusterManager: ClusterManager
  readonly timers: TimerWheel
  /** Null: no idle timeout. */
  readonly idleGroup: IdleGroup | null
  readonly random: Random
  /** Null unless `check_drain_close`. */
  readonly drainDecision: DrainDecision | null
}

/** One choice of cluster. */
export interface TcpRoute {
  readonly cluster: string
  readonly weight: number
  /** What a host must have, in the form that balancers ask for. */
  readonly metadataMatch: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null
}

export function createTcpProxyContext(config: TcpProxy, context: FactoryContext): TcpProxyContext {
  const stats = context.stats.block(`tcp.${config.statPrefix}.`, TCP_PROXY_STATS)
  const { index } = TCP_PROXY_STATS
  const routes = config.clusters.map(({ name, weight, metadataMatch }) => ({
    cluster: name,
    weight,
    metadataMatch: metadataMatch === null ? null : { 'envoy.lb': metadataMatch },
  }))
  return {
    config,
    routes,
    totalWeight: routes.reduce((sum, route) => sum + route.weight, 0),
    stats,
    connectionStats: {
      block: stats,
      rxTotal: index.downstream_cx_rx_bytes_total,
      rxBuffered: index.downstream_cx_rx_bytes_buffered,
      txTotal: index.downstream_cx_tx_bytes_total,
      txBuffered: index.downstream_cx_tx_bytes_buffered,
    },
    accessLogs: context.createAccessLogs(config.accessLog),
    clusterManager: context.clusterManager,
    timers: context.timers,
    idleGroup: createIdleGroup(context.timers, config.idleTimeoutMs),
    random: context.random,
    drainDecision: config.checkDrainClose ? context.drainDecision : null,
  }
}

/** For 0, which is no timeout, null. */
export function createIdleGroup(timers: TimerWheel, timeoutMs: number): IdleGroup | null {
  return timeoutMs === 0 ? null : new IdleGroup(timers, timeoutMs)
}

/** A route by weight. */
export function pickRoute(context: TcpProxyContext): TcpRoute {
  const { routes } = context
  if (routes.length === 1) return routes[0]!
  let left = context.random.below(context.totalWeight)
  for (const route of routes) {
    if (left < route.weight) return route
    left -= route.weight
  }
  return routes[0]!
}
