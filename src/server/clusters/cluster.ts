import type { ClusterConfig } from '../../config/schema/cluster.ts'
import type { StatsBlock } from '../../stats/store.ts'
import type { ClusterData } from '../../upstream/cluster-data.ts'
import type { ClusterHosts } from './cluster-hosts.ts'
import type { OutlierDetector } from './outlier-detector.ts'

/** A cluster on main, of whatever discovery type: where its hosts come from. */
export interface ServerCluster {
  readonly config: ClusterConfig
  readonly data: ClusterData
  readonly hosts: ClusterHosts
  readonly stats: StatsBlock
  /** Starts looking for hosts. `onReady` is called once: traffic can be sent, or there is nobody to be found. */
  initialize(onReady: () => void): void
  /** Looks no more. */
  stop(): void
  /** Some thread asks some cluster to look again. */
  takeVotes?(): void
}

/** What `/clusters` and others see of one cluster. */
export interface ClusterEntry {
  readonly cluster: ServerCluster
  /** Null when outlier detection is off. */
  readonly outliers: OutlierDetector | null
  /** False for what the bootstrap defines. */
  readonly addedViaApi: boolean
}
