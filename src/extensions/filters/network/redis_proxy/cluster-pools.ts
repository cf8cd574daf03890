import type { HostSetup } from '../../../../redis/connection-setup.ts'
import { PoolStats } from '../../../../redis/pool-stats.ts'
import { REDIS_CLUSTER_STATS } from '../../../../redis/redis-stats-table.ts'
import { UpstreamCommandStatsTable } from '../../../../redis/upstream-command-stats.ts'
import { type PoolContext, UpstreamPool } from '../../../../redis/upstream-pool.ts'
import type { StatsStore } from '../../../../stats/store.ts'
import type {
  ClusterManager,
  ClusterUpdateCallbacks,
  ThreadLocalCluster,
} from '../../../../upstream/cluster-manager.ts'
import { clusterScope } from '../../../../upstream/cluster-stats-table.ts'
import type { Host } from '../../../../upstream/host.ts'

/** A cluster that routes name, and the pool of its present version. */
export class PoolSlot {
  readonly clusterName: string
  /** Null: nobody defined the cluster, or it is gone. */
  pool: UpstreamPool | null = null

  constructor(clusterName: string) {
    this.clusterName = clusterName
  }
}

/** The pools of one filter config on one thread, which live and die with their clusters. */
export class ClusterPools implements ClusterUpdateCallbacks {
  readonly #clusterManager: ClusterManager
  readonly #stats: StatsStore
  readonly #context: PoolContext
  readonly #setup: (cluster: ThreadLocalCluster) => (host: Host) => HostSetup
  readonly #slots = new Map<string, PoolSlot>()

  constructor(
    clusterManager: ClusterManager,
    stats: StatsStore,
    context: PoolContext,
    setup: (cluster: ThreadLocalCluster) => (host: Host) => HostSetup,
  ) {
    this.#clusterManager = clusterManager
    this.#stats = stats
    this.#context = context
    this.#setup = setup
    clusterManager.addClusterUpdateCallbacks(this)
  }

  slot(clusterName: string): PoolSlot {
    let slot = this.#slots.get(clusterName)
    if (slot === undefined) {
      slot = new PoolSlot(clusterName)
      this.#slots.set(clusterName, slot)
      const cluster = this.#clusterManager.getThreadLocalCluster(clusterName)
      if (cluster !== null) slot.pool = this.#createPool(cluster)
    }
    return slot
  }

  onClusterAddOrUpdate(cluster: ThreadLocalCluster): void {
    const slot = this.#slots.get(cluster.name)
    if (slot === undefined) return
    // The old pool's clients go on at once with what they wanted to send next: to the new one.
    const old = slot.pool
    slot.pool = this.#createPool(cluster)
    old?.close()
  }

  onClusterRemoval(name: string): void {
    const slot = this.#slots.get(name)
    if (slot === undefined) return
    const old = slot.pool
    slot.pool = null
    old?.close()
  }

  /** The config is gone: its connections close. */
  close(): void {
    this.#clusterManager.removeClusterUpdateCallbacks(this)
    for (const slot of this.#slots.values()) slot.pool?.close()
    this.#slots.clear()
  }

  #createPool(cluster: ThreadLocalCluster): UpstreamPool {
    const { prefix, tags } = clusterScope(cluster.observabilityName)
    const scope = `${prefix}redis_cluster.`
    const stats = new PoolStats(
      this.#stats.block(scope, REDIS_CLUSTER_STATS, tags),
      this.#stats.histogram(`${scope}upstream_commands.upstream_rq_time`, 'microseconds', tags),
      this.#context.settings.enableCommandStats
        ? new UpstreamCommandStatsTable(this.#stats, prefix, tags)
        : null,
    )
    return new UpstreamPool(cluster, this.#context, stats, this.#setup(cluster))
  }
}
