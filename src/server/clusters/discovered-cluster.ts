import type { ClusterConfig } from '../../config/schema/cluster.ts'
import type { StatsBlock } from '../../stats/store.ts'
import type { ClusterData } from '../../upstream/cluster-data.ts'
import type { ClusterDiscovery } from '../../upstream/cluster-type.ts'
import type { HostTable } from '../../upstream/host-table.ts'
import type { ServerCluster } from './cluster.ts'
import type { ClusterHosts } from './cluster-hosts.ts'

/** A cluster whose hosts an extension finds. */
export class DiscoveredCluster implements ServerCluster {
  readonly config: ClusterConfig
  readonly data: ClusterData
  readonly hosts: ClusterHosts
  readonly stats: StatsBlock
  readonly #discovery: ClusterDiscovery
  readonly #table: HostTable

  constructor(
    base: Pick<ServerCluster, 'config' | 'data' | 'hosts' | 'stats'>,
    discovery: ClusterDiscovery,
    table: HostTable,
  ) {
    const { hosts } = base
    this.config = base.config
    this.data = base.data
    this.hosts = hosts
    this.stats = base.stats
    this.#discovery = discovery
    this.#table = table
    hosts.addMemberUpdateCallbacks({
      onMembersChanged() {},
      onHostFailed: () => discovery.onHostFailed?.(),
    })
  }

  initialize(onReady: () => void): void {
    this.#discovery.initialize(onReady)
  }

  stop(): void {
    this.#discovery.stop()
  }

  takeVotes(): void {
    const votes = this.#table.takeVotes(this.data.slot)
    if (votes.redirects > 0 || votes.failures > 0) this.#discovery.onVotes?.(votes)
  }
}
