import type { Address } from '../network/address.ts'
import type { StatsBlock } from '../stats/store.ts'
import type { ClusterData } from './cluster-data.ts'
import type { DialledUpstream } from './upstream-context.ts'

/** A cluster, to those who open connections of their own to its hosts: health checks, discovery. */
export interface UpstreamDialler {
  readonly data: ClusterData
  /** Slots of `CLUSTER_STATS`. A connection that is dialled here is counted by who dials. */
  readonly stats: StatsBlock
  /** A connection as the cluster's pools make them, through its transport socket; not started, in no pool. `hostname`: the endpoint's. */
  dial(address: Address, hostname?: string): DialledUpstream
}
