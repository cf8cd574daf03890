import type {
  ClusterManager,
  ClusterUpdateCallbacks,
  HostCallbacks,
  ThreadLocalCluster,
} from '../upstream/cluster-manager.ts'
import type { Host } from '../upstream/host.ts'
import { ThriftClusterStats } from './cluster-stats.ts'
import { HostPool } from './host-pool.ts'
import type { Wire } from './message-output.ts'
import { clusterWire } from './protocol-options.ts'

/** One thread's connections to the hosts of one version of a cluster. */
export class ClusterPool implements HostCallbacks {
  readonly cluster: ThreadLocalCluster
  /** How its hosts want to be spoken to; Auto: as the client speaks. */
  readonly wire: Wire
  readonly stats: ThriftClusterStats
  /** Its hosts see the clients' sequence ids, not counted ones. */
  readonly keepsSequenceIds: boolean
  /** By slot. */
  readonly #hosts = new Map<number, HostPool>()

  constructor(cluster: ThreadLocalCluster) {
    this.cluster = cluster
    this.wire = clusterWire(cluster.poolCluster.data.protocolOptions, cluster.metadata)
    this.stats = new ThriftClusterStats(
      cluster.poolCluster.context.stats,
      cluster.observabilityName,
      cluster.poolCluster.data.localZone,
    )
    const { sequence_ids } = cluster.metadata?.['tsproxy.thrift'] ?? {}
    this.keepsSequenceIds = sequence_ids === 'kept'
    cluster.addHostCallbacks(this)
  }

  of(host: Host): HostPool {
    let pool = this.#hosts.get(host.slot)
    if (pool === undefined || pool.host !== host) {
      pool?.leave()
      pool = new HostPool(this.cluster.poolCluster, host)
      this.#hosts.set(host.slot, pool)
    }
    return pool
  }

  /** The cluster is gone or replaced: calls that are under way are finished. */
  leave(): void {
    this.cluster.removeHostCallbacks(this)
    for (const pool of this.#hosts.values()) pool.leave()
    this.#hosts.clear()
    this.stats.release()
  }

  onHostsRemoved(slots: readonly number[]): void {
    for (const slot of slots) {
      this.#hosts.get(slot)?.leave()
      this.#hosts.delete(slot)
    }
  }

  onHostFailed(slot: number): void {
    if (!this.cluster.poolCluster.data.closeConnectionsOnHostHealthFailure) return
    this.#hosts.get(slot)?.closeAll()
    this.#hosts.delete(slot)
  }
}

/** The pools of one thread, which all listeners share, as in Envoy. */
export class ThriftPools implements ClusterUpdateCallbacks {
  readonly #clusterManager: ClusterManager
  readonly #pools = new Map<string, ClusterPool>()

  constructor(clusterManager: ClusterManager) {
    this.#clusterManager = clusterManager
    clusterManager.addClusterUpdateCallbacks(this)
  }

  /** Null: nobody defined the cluster, or it is gone. */
  of(clusterName: string): ClusterPool | null {
    const known = this.#pools.get(clusterName)
    if (known !== undefined) return known
    const cluster = this.#clusterManager.getThreadLocalCluster(clusterName)
    if (cluster === null) return null
    const pool = new ClusterPool(cluster)
    this.#pools.set(clusterName, pool)
    return pool
  }

  onClusterAddOrUpdate(cluster: ThreadLocalCluster): void {
    this.onClusterRemoval(cluster.name)
  }

  onClusterRemoval(name: string): void {
    this.#pools.get(name)?.leave()
    this.#pools.delete(name)
  }
}

const ofThreads = new WeakMap<ClusterManager, ThriftPools>()

/** Those of the thread that the cluster manager is of. */
export function thriftPools(clusterManager: ClusterManager): ThriftPools {
  let pools = ofThreads.get(clusterManager)
  if (pools === undefined) {
    pools = new ThriftPools(clusterManager)
    ofThreads.set(clusterManager, pools)
  }
  return pools
}
