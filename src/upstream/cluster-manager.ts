import type { ClientConnection } from '../network/filter.ts'
import type { ClusterDescription } from '../network/stream-info.ts'
import type { StatsBlock } from '../stats/store.ts'
import type { CircuitBreakers, ResourcePriority } from './circuit-breakers.ts'
import type { Host } from './host.ts'
import type { LoadBalancerContext, SlotBalancer } from './load-balancer.ts'
import type { PoolCluster } from './pool-cluster.ts'
import type { UpstreamDialler } from './upstream-dialler.ts'

/** The clusters, as a thread sees them now. */
export interface ClusterManager {
  /** Null: nobody defined it, or it is gone. Ask again for each connection; hold the answer no longer. */
  getThreadLocalCluster(name: string): ThreadLocalCluster | null
  /** Told when clusters come, change and go. For those who keep something per cluster, such as pools. */
  addClusterUpdateCallbacks(callbacks: ClusterUpdateCallbacks): void
  removeClusterUpdateCallbacks(callbacks: ClusterUpdateCallbacks): void
}

export interface ClusterUpdateCallbacks {
  /** New, or put in the place of one of the same name. Its hosts come after that. */
  onClusterAddOrUpdate(cluster: ThreadLocalCluster): void
  onClusterRemoval(name: string): void
}

export interface HostCallbacks {
  /** Nobody is sent to these slots any more; their connections are for those who opened them to close. */
  onHostsRemoved(slots: readonly number[]): void
  /** Found unhealthy, where the cluster wants connections to such hosts closed. */
  onHostFailed(slot: number): void
}

/** One cluster on one thread. */
export interface ThreadLocalCluster extends ClusterDescription, UpstreamDialler {
  /** Slots of `CLUSTER_STATS`, all below `cluster.<name>.`. */
  readonly stats: StatsBlock
  /** Null but for clusters of the type `envoy.clusters.redis`. */
  readonly slots: SlotBalancer | null
  circuitBreakers(priority: ResourcePriority): CircuitBreakers
  /** A host for one request or connection, or null. Does not count that there was none. */
  chooseHost(context: LoadBalancerContext | null): Host | null
  /** The host that every pick gives now; null when there is more than one, or none. */
  soleHost(): Host | null
  /** Those that picks can give now, in the order of the config: the healthy ones, or all in panic. */
  pickedHosts(): Host[]
  /** All hosts of all priorities, in the order of the config. */
  hosts(): Iterable<Host>
  /** Told of hosts that are not to be used any more. For those who keep something per host, such as pools. */
  addHostCallbacks(callbacks: HostCallbacks): void
  removeHostCallbacks(callbacks: HostCallbacks): void
  /** For pools outside of `upstream/`, which count their connections themselves. */
  readonly poolCluster: PoolCluster
  /**
   * A new connection to a host that the balancer chooses, for this caller alone. Null: it failed at once and
   * `callbacks.onPoolFailure` has been called. Else exactly one of the callbacks comes later, never within this call, unless the
   * handle is cancelled.
   */
  newTcpConnection(
    context: LoadBalancerContext | null,
    callbacks: TcpPoolCallbacks,
  ): TcpPoolHandle | null
}

export const PoolFailureReason = {
  /** The pool's queue is full: `max_pending_requests` (counted in `upstream_rq_pending_overflow`). */
  Overflow: 0,
  /** We could not even try: no socket, or the source address cannot be bound. */
  LocalConnectionFailure: 1,
  /** Refused, reset, unreachable, or the handshake failed. */
  RemoteConnectionFailure: 2,
  /** Not usable within `connect_timeout`. */
  Timeout: 3,
  /** The balancer had no host (counted in `upstream_cx_none_healthy`). */
  NoHealthyUpstream: 4,
  /** The cluster's `max_connections` are reached (counted in `upstream_cx_overflow`). */
  ConnectionLimit: 5,
} as const
export type PoolFailureReason = (typeof PoolFailureReason)[keyof typeof PoolFailureReason]

export interface TcpPoolCallbacks {
  /** `connection` is open and the caller's, who closes it. Its close has been counted before the caller hears of it. */
  onPoolReady(connection: ClientConnection, host: Host): void
  /** `host` is null when none was chosen. `transportFailureReason` is '' when the transport did not fail. */
  onPoolFailure(reason: PoolFailureReason, transportFailureReason: string, host: Host | null): void
}

export interface TcpPoolHandle {
  /** Nobody waits any more: no callback comes, and a connect that only this caller needs is given up. */
  cancel(): void
}
