import type { ConnectionStats } from '../network/filter.ts'
import type { TransportSocketFactory } from '../network/transport-socket.ts'
import type { Histogram, StatsBlock } from '../stats/store.ts'
import type { CircuitBreakers, ResourcePriority } from './circuit-breakers.ts'
import type { ClusterData } from './cluster-data.ts'
import type { UpstreamContext } from './upstream-context.ts'

/** What a connection pool needs of its cluster. */
export interface PoolCluster {
  readonly data: ClusterData
  readonly context: UpstreamContext
  readonly stats: StatsBlock
  readonly connectionStats: ConnectionStats
  readonly connectMs: Histogram
  readonly lengthMs: Histogram
  /** Null: raw bytes. */
  readonly transportSocketFactory: TransportSocketFactory | null
  circuitBreakers(priority: ResourcePriority): CircuitBreakers
  /** A pool got its first connection; the cluster's stats live as long as it has any. */
  retain(): void
  /** A pool lost its last connection. */
  release(): void
}
