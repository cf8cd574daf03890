import type { ClusterConfig } from '../../config/schema/cluster.ts'
import type { StatsBlock } from '../../stats/store.ts'
import type { ClusterData } from '../../upstream/cluster-data.ts'
import { type DesiredHost, desiredHost, placedEndpoints } from '../../upstream/desired-host.ts'
import type { ServerCluster } from './cluster.ts'
import type { ClusterHosts } from './cluster-hosts.ts'

/** Hosts as the config lists them. One address twice is two hosts. */
export class StaticCluster implements ServerCluster {
  readonly config: ClusterConfig
  readonly data: ClusterData
  readonly hosts: ClusterHosts
  readonly stats: StatsBlock

  constructor(config: ClusterConfig, data: ClusterData, hosts: ClusterHosts, stats: StatsBlock) {
    this.config = config
    this.data = data
    this.hosts = hosts
    this.stats = stats
  }

  initialize(onReady: () => void): void {
    const byPriority = new Map<number, DesiredHost[]>()
    for (const placed of placedEndpoints(this.config)) {
      const { address, hostname } = placed.endpoint
      // A name is refused where the config is checked: only DNS clusters resolve.
      if (address.kind === 'hostname') continue
      const { priority } = placed.group
      const hosts = byPriority.get(priority)
      const host = desiredHost(placed, address, hostname)
      if (hosts === undefined) byPriority.set(priority, [host])
      else hosts.push(host)
    }
    for (const [priority, hosts] of [...byPriority].sort(([a], [b]) => a - b)) {
      this.hosts.addAll(priority, hosts)
    }
    onReady()
  }

  stop(): void {}
}
