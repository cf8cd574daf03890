import type { ClusterConfig } from '../config/schema/cluster.ts'
import type { Logger } from '../logging/log-registry.ts'
import type { DnsResolver } from '../network/dns-resolver.ts'
import type { TimerWheel } from '../network/timers.ts'
import type { Random } from '../random.ts'
import type { Factory } from '../registry.ts'
import type { StatsBlock } from '../stats/store.ts'
import type { DesiredHost, MainHost } from './desired-host.ts'
import type { Host } from './host.ts'
import type { RefreshVotes } from './host-table.ts'
import type { SlotTable } from './slot-table.ts'
import type { UpstreamDialler } from './upstream-dialler.ts'

/** Where the hosts of a cluster come from. Main only. */
export interface ClusterDiscovery {
  /** Starts looking for hosts. `onReady` is called once: traffic can be sent, or there is nobody to be found. */
  initialize(onReady: () => void): void
  /** Looks no more. */
  stop(): void
  /** Threads have met hosts that are not where they were thought to be. */
  onVotes?(votes: RefreshVotes): void
  /** A check or outlier detection found a host unfit. */
  onHostFailed?(): void
}

/** The list that a discovery fills. */
export interface DiscoveredHosts {
  all(): readonly MainHost[]
  /**
   * What there should be of a source from now on; a host of the same address stays what it is. `shard` makes a table of hash slots
   * from the hosts that there are now, in the order of `desired`. False when nothing changed.
   */
  update(
    source: number,
    desired: readonly DesiredHost[],
    shard?: (hosts: readonly MainHost[]) => SlotTable,
  ): boolean
}

/** What a discovery may use. */
export interface ClusterDiscoveryContext {
  readonly config: ClusterConfig
  readonly hosts: DiscoveredHosts
  /** Slots of `CLUSTER_STATS`. */
  readonly stats: StatsBlock
  readonly resolver: DnsResolver
  readonly timers: TimerWheel
  readonly random: Random
  readonly log: Logger
  /** The zone that the proxy itself runs in; empty: not known. */
  readonly localZone: string
  /** The cluster on main's own thread; not before `initialize`. */
  upstream(): UpstreamDialler
  /** A host of `hosts` on main's own thread, for what is counted of it. */
  host(of: MainHost): Host
}

/** A kind of cluster under `cluster_type`; `define…` checked the type of `config`. */
export interface ClusterTypeFactory extends Factory {
  readonly category: 'envoy.clusters'
  /** With the policy CLUSTER_PROVIDED its hosts are chosen by hash slot. */
  readonly isSharded: boolean
  createDiscovery(config: unknown, context: ClusterDiscoveryContext): ClusterDiscovery
}
