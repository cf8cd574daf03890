import type { ClusterConfig } from '../../config/schema/cluster.ts'
import type { IpAddress } from '../../network/address.ts'
import type { DnsResolver } from '../../network/dns-resolver.ts'
import type { TimerWheel } from '../../network/timers.ts'
import type { Random } from '../../random.ts'
import type { StatsBlock } from '../../stats/store.ts'
import type { ClusterData } from '../../upstream/cluster-data.ts'
import { CLUSTER_STATS } from '../../upstream/cluster-stats-table.ts'
import { desiredHost, type PlacedEndpoint, placedEndpoints } from '../../upstream/desired-host.ts'
import type { ServerCluster } from './cluster.ts'
import type { ClusterHosts } from './cluster-hosts.ts'
import { ResolveTarget, type ResolveTargetOwner } from './resolve-target.ts'

const { max_host_weight: MAX_HOST_WEIGHT } = CLUSTER_STATS.index

export interface StrictDnsContext {
  readonly resolver: DnsResolver
  readonly timers: TimerWheel
  readonly random: Random
}

/** Every address that the endpoints' names have is a host; each name is asked for on its own. */
export class StrictDnsCluster implements ServerCluster, ResolveTargetOwner {
  readonly config: ClusterConfig
  readonly data: ClusterData
  readonly hosts: ClusterHosts
  readonly stats: StatsBlock
  readonly #targets: readonly ResolveTarget[]
  readonly #endpoints: readonly PlacedEndpoint[]
  #onReady: (() => void) | null = null

  constructor(
    config: ClusterConfig,
    data: ClusterData,
    hosts: ClusterHosts,
    stats: StatsBlock,
    context: StrictDnsContext,
  ) {
    this.config = config
    this.data = data
    this.hosts = hosts
    this.stats = stats
    this.#endpoints = placedEndpoints(config)
    this.#targets = this.#endpoints.flatMap(({ endpoint }, index) => {
      const { address } = endpoint
      if (address.kind === 'pipe') return []
      // An address in place of a name goes the same way: the resolver gives it back.
      const hostname = address.kind === 'ip' ? address.ip : address.hostname
      const target = { index, hostname, port: address.port, config, stats, ...context }
      return [new ResolveTarget(target, this)]
    })
  }

  initialize(onReady: () => void): void {
    this.#onReady = onReady
    const { waitForWarmOnInit } = this.config
    if (!waitForWarmOnInit || this.#targets.length === 0) this.onTargetTried()
    for (const target of this.#targets) target.resolve()
  }

  stop(): void {
    for (const target of this.#targets) target.stop()
  }

  onTargetResolved(target: ResolveTarget, addresses: readonly IpAddress[]): boolean {
    const placed = this.#endpoints[target.index]!
    const hostname = placed.endpoint.hostname || target.hostname
    const desired = addresses.map((address) => desiredHost(placed, address, hostname))
    this.stats[MAX_HOST_WEIGHT] = Math.max(1, ...desired.map(({ weight }) => weight))
    return this.hosts.update(target.index, desired)
  }

  /** As in Envoy, the first name that was tried makes the cluster ready, whatever became of the others. */
  onTargetTried(): void {
    const onReady = this.#onReady
    this.#onReady = null
    onReady?.()
  }
}
