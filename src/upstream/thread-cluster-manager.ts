import type { Resource } from '../messages.ts'
import { defineStats } from '../stats/group.ts'
import type { StatsBlock } from '../stats/store.ts'
import type { ClusterData } from './cluster-data.ts'
import type {
  ClusterManager,
  ClusterUpdateCallbacks,
  ThreadLocalCluster,
} from './cluster-manager.ts'
import type { HostsDelta } from './host.ts'
import { ThreadCluster } from './thread-cluster.ts'
import type { UpstreamContext } from './upstream-context.ts'

const MANAGER_STATS = defineStats({ clusters_inflated: 'gauge' })

/** Holds this thread's clusters and applies what main says of them. Every thread has one, main too. */
export class ThreadClusterManager implements ClusterManager {
  readonly #context: UpstreamContext
  readonly #clusters = new Map<string, ThreadCluster>()
  readonly #callbacks = new Set<ClusterUpdateCallbacks>()

  readonly #stats: StatsBlock

  constructor(context: UpstreamContext) {
    this.#context = context
    const { stats } = context
    this.#stats = stats.block(`thread_local_cluster_manager.${stats.thread}.`, MANAGER_STATS)
    this.#stats[MANAGER_STATS.index.clusters_inflated] = 0
  }

  getThreadLocalCluster(name: string): ThreadLocalCluster | null {
    return this.#clusters.get(name) ?? null
  }

  addClusterUpdateCallbacks(callbacks: ClusterUpdateCallbacks): void {
    this.#callbacks.add(callbacks)
  }

  removeClusterUpdateCallbacks(callbacks: ClusterUpdateCallbacks): void {
    this.#callbacks.delete(callbacks)
  }

  /** What main says: resources of the kinds `cluster` and `hosts`. */
  apply(resource: Resource): void {
    const { kind, name, value, buffers } = resource
    if (kind === 'cluster') this.applyCluster(name, (value as ClusterData | undefined) ?? null)
    else if (value !== undefined) this.applyHosts(value as HostsDelta, buffers)
  }

  /** A `cluster` resource: new or changed, or (null) removed. A changed cluster starts without hosts. */
  applyCluster(name: string, data: ClusterData | null): void {
    const old = this.#clusters.get(name)
    if (data === null) {
      this.#clusters.delete(name)
      if (old !== undefined) for (const user of this.#callbacks) user.onClusterRemoval(name)
    } else {
      const cluster = new ThreadCluster(data, this.#context)
      this.#clusters.set(name, cluster)
      for (const user of this.#callbacks) user.onClusterAddOrUpdate(cluster)
    }
    this.#stats[MANAGER_STATS.index.clusters_inflated] = this.#clusters.size
    old?.release()
  }

  /** A `hosts` resource and its buffers. Hosts of a cluster that is gone are nobody's. */
  applyHosts(delta: HostsDelta, buffers: readonly SharedArrayBuffer[] = []): void {
    this.#clusters.get(delta.cluster)?.updateHosts(delta, buffers)
  }
}
