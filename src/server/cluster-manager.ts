import type { Bootstrap } from '../config/schema/bootstrap.ts'
import type { ClusterConfig } from '../config/schema/cluster.ts'
import { DnsResolvers } from '../extension/dns-resolvers.ts'
import type { ThreadContext } from '../extension/thread-context.ts'
import type { Resource } from '../messages.ts'
import type { Registry } from '../registry.ts'
import type { StatsAggregator } from '../stats/aggregate.ts'
import { defineStats } from '../stats/group.ts'
import type { StatsBlock } from '../stats/store.ts'
import type { ClusterData } from '../upstream/cluster-data.ts'
import type { ThreadLocalCluster } from '../upstream/cluster-manager.ts'
import { CLUSTER_STATS, clusterScope } from '../upstream/cluster-stats-table.ts'
import type { ClusterTypeFactory } from '../upstream/cluster-type.ts'
import type { HostsDelta } from '../upstream/host.ts'
import type { HostTable } from '../upstream/host-table.ts'
import type { LoadBalancingPolicyFactory } from '../upstream/load-balancing-policy.ts'
import { UpstreamHost } from '../upstream/upstream-host.ts'
import { BreakerGauges } from './clusters/breaker-gauges.ts'
import type { ClusterEntry, ServerCluster } from './clusters/cluster.ts'
import { createClusterData } from './clusters/cluster-data.ts'
import { ClusterHosts } from './clusters/cluster-hosts.ts'
import { ClusterTables, type PublishedTables } from './clusters/cluster-tables.ts'
import { DiscoveredCluster } from './clusters/discovered-cluster.ts'
import { endpointMetrics } from './clusters/endpoint-metrics.ts'
import { createHealthChecks, endHealthChecks } from './clusters/health/create-health-checks.ts'
import type { HealthChecks } from './clusters/health/health-checks.ts'
import { OutlierDetector } from './clusters/outlier-detector.ts'
import { OutlierEventLog } from './clusters/outlier-event-log.ts'
import { OutlierSettings } from './clusters/outlier-settings.ts'
import { OUTLIER_STATS } from './clusters/outlier-stats.ts'
import { Slots } from './clusters/slots.ts'
import { StaticCluster } from './clusters/static-cluster.ts'
import { StrictDnsCluster } from './clusters/strict-dns-cluster.ts'

const CLUSTER_MANAGER_STATS = defineStats({
  active_clusters: 'gauge',
  cluster_added: 'counter',
  cluster_modified: 'counter',
  cluster_removed: 'counter',
  cluster_updated: 'counter',
  cluster_updated_via_merge: 'counter',
  update_merge_cancelled: 'counter',
  update_out_of_merge_window: 'counter',
  warming_clusters: 'gauge',
})

/** The one transport socket match that there is: every host meets it as it is made. */
const MATCH_STATS = defineStats({ total_match_count: 'counter' })

export interface MainClusterManagerOptions {
  readonly registry: Registry
  /** Main's own: it has every cluster too. */
  readonly thread: Pick<ThreadContext, 'accessLogFiles' | 'clusterManager' | 'network'> & {
    readonly server: Pick<
      ThreadContext['server'],
      'logs' | 'stats' | 'timers' | 'random' | 'runtime'
    >
  }
  readonly hostTable: HostTable
  readonly aggregator: StatsAggregator
  readonly bootstrap: Pick<Bootstrap, 'clusterManager' | 'node' | 'typedDnsResolverConfig'>
  /** To every worker. */
  publish(resource: Resource): void
  /** Resolves once every live worker has applied what was published so far. */
  settled(): Promise<void>
}

interface KnownCluster extends ClusterEntry {
  /** Null when the policy needs none. */
  readonly tables: ClusterTables | null
  readonly version: number
  readonly gauges: BreakerGauges
  readonly initialized: Promise<void>
  onInitialized(): void
  /** Null before the threads know the cluster, and where there are none. */
  health: HealthChecks | null
}

/** Main's half of the clusters: where their hosts come from, and what every thread must know of them. */
export class MainClusterManager {
  readonly #options: MainClusterManagerOptions
  readonly #clusters = new Map<string, KnownCluster>()
  readonly #clusterSlots: Slots
  readonly #hostSlots: Slots
  readonly #stats: StatsBlock
  #outlierLog: OutlierEventLog | null = null
  readonly #resolvers: DnsResolvers
  #version = 0
  #isFollowing = false

  constructor(options: MainClusterManagerOptions) {
    this.#options = options
    const { hostTable: table, thread, aggregator } = options
    this.#clusterSlots = new Slots({
      what: 'cluster slots are in use',
      limit: table.maxClusters,
      isBusy: (slot) => table.isClusterBusy(slot),
      clear: (slot) => table.clearCluster(slot),
    })
    this.#hostSlots = new Slots({
      what: 'host slots are in use',
      limit: table.maxHosts,
      isBusy: (slot) => table.isBusy(slot),
      clear: (slot) => table.clearHost(slot),
    })
    const { stats, random } = thread.server
    this.#stats = stats.block('cluster_manager.', CLUSTER_MANAGER_STATS)
    this.#resolvers = new DnsResolvers(
      options.registry,
      { network: thread.network, stats, random },
      options.bootstrap.typedDnsResolverConfig,
    )
    this.#countClusters()
    aggregator.setHostMetrics(() => endpointMetrics(this.entries(), table))
  }

  /** In the order in which they were added. */
  entries(): ClusterEntry[] {
    return [...this.#clusters.values()]
  }

  entry(name: string): ClusterEntry | null {
    return this.#clusters.get(name) ?? null
  }

  /** Resolves when each cluster there is now can serve, or is known to have nobody who could. */
  get initialized(): Promise<void> {
    const all = [...this.#clusters.values()].map((known) => known.initialized)
    return Promise.all(all).then(() => {})
  }

  /** Everything that a thread which knows nothing must be told. */
  snapshot(): Resource[] {
    return [...this.#clusters.values()].flatMap(({ cluster, tables, version }) => [
      clusterResource(cluster.data.name, version, cluster.data),
      this.#hostsResource(cluster.hosts.snapshot(), tables?.current),
    ])
  }

  /** Makes a cluster known everywhere, in place of one of its name, and starts looking for its hosts. */
  add(config: ClusterConfig, addedViaApi = false): ClusterEntry {
    const { name } = config
    const old = this.#clusters.get(name)
    if (old !== undefined) this.#end(old)
    const known = this.#create(config, addedViaApi)
    this.#clusters.set(name, known)
    const { cluster_added, cluster_modified } = CLUSTER_MANAGER_STATS.index
    this.#stats[old === undefined ? cluster_added : cluster_modified]!++
    this.#countClusters()
    this.#publish(clusterResource(name, known.version, known.cluster.data))
    const health = createHealthChecks(known.cluster, known.outliers, this.#options)
    known.health = health
    known.cluster.initialize(() => {
      if (health === null) known.onInitialized()
      else health.awaitFirstRound(known.onInitialized)
    })
    return known
  }

  /** False if there is none of that name. */
  remove(name: string): boolean {
    const known = this.#clusters.get(name)
    if (known === undefined) return false
    this.#clusters.delete(name)
    this.#stats[CLUSTER_MANAGER_STATS.index.cluster_removed]!++
    this.#countClusters()
    this.#publish({ kind: 'cluster', name, version: ++this.#version })
    this.#end(known)
    return true
  }

  /** A thread died (worker i is thread i + 1): what it held of hosts and breakers is free again. */
  onThreadGone(thread: number): void {
    const hosts = this.#hostSlots.bound
    this.#options.hostTable.subtractThread(thread, hosts, this.#clusterSlots.bound)
  }

  close(): void {
    for (const { cluster, outliers, health } of this.#clusters.values()) {
      cluster.stop()
      outliers?.stop()
      health?.stop()
    }
    this.#isFollowing = false
    this.#options.hostTable.stopWaiting()
  }

  #create(config: ClusterConfig, addedViaApi: boolean): KnownCluster {
    const { hostTable: table, thread, aggregator, bootstrap } = this.#options
    const { stats } = thread.server
    const { upstreamBindConfig } = bootstrap.clusterManager
    const type = this.#typeOf(config)
    const slot = this.#clusterSlots.take()
    const data = {
      ...createClusterData(config, slot, upstreamBindConfig, type?.isSharded === true),
      localZone: this.#options.bootstrap.node.locality.zone,
    }
    const { prefix, tags } = clusterScope(data.observabilityName)
    const block = stats.block(prefix, CLUSTER_STATS, tags)
    block[CLUSTER_STATS.index.warming_state] = 0
    const matchStats = stats.block(`${prefix}default.`, MATCH_STATS, tags)
    const hosts = new ClusterHosts({
      cluster: data.name,
      clusterSlot: data.slot,
      table,
      stats: block,
      takeSlot: () => {
        matchStats[MATCH_STATS.index.total_match_count]!++
        return this.#hostSlots.take()
      },
      retireSlot: (slot) => this.#retire(this.#hostSlots, slot),
      publish: (delta) => {
        const isRebuilt = changesHosts(delta) && tables?.rebuild() === true
        this.#publish(this.#hostsResource(delta, isRebuilt ? tables.current : undefined))
      },
      onHealthChanged: () => tables?.onHealthChanged(),
      activeChecks:
        config.healthChecks.length === 0
          ? null
          : {
              ignoresNewHosts: config.commonLbConfig.ignoreNewHostsUntilFirstHc,
              keepsHealthyHosts: !config.ignoreHealthOnHostRemoval,
            },
      closesOnFailure: config.closeConnectionsOnHostHealthFailure,
    })
    const tables = this.#createTables(data, hosts)
    const cluster = this.#createCluster(config, data, hosts, block)
    const gauges = new BreakerGauges(data, table, aggregator, { prefix, tags })
    const { promise: initialized, resolve: onInitialized } = Promise.withResolvers<void>()
    const outliers = this.#createDetector(data, hosts)
    const version = ++this.#version
    return {
      ...{ cluster, addedViaApi, outliers, tables, version, gauges, initialized, onInitialized },
      health: null,
    }
  }

  /** Null for the types that are built in. */
  #typeOf({ clusterType }: ClusterConfig): ClusterTypeFactory | null {
    if (clusterType === null) return null
    const factory = this.#options.registry.byName('envoy.clusters', clusterType.factory)
    if (factory === null) throw new Error(`no cluster type "${clusterType.factory}"`)
    return factory as ClusterTypeFactory
  }

  #createCluster(
    config: ClusterConfig,
    data: ClusterData,
    hosts: ClusterHosts,
    block: StatsBlock,
  ): ServerCluster {
    const { timers, random, logs } = this.#options.thread.server
    const type = this.#typeOf(config)
    if (type === null && config.type === 'STATIC') {
      return new StaticCluster(config, data, hosts, block)
    }
    const resolver = this.#resolvers.of(config.typedDnsResolverConfig)
    const context = { resolver, timers, random }
    if (type === null) return new StrictDnsCluster(config, data, hosts, block, context)
    // Main has every cluster too, and this one by the time that it is initialized.
    const upstream = () =>
      this.#options.thread.clusterManager.getThreadLocalCluster(data.name) as ThreadLocalCluster
    const discovery = type.createDiscovery(config.clusterType?.config, {
      ...{ config, hosts, stats: block, upstream, ...context },
      log: logs.logger('upstream'),
      localZone: this.#options.bootstrap.node.locality.zone,
      host: (of) => new UpstreamHost(of, upstream(), this.#options.hostTable, null),
    })
    if (type.isSharded) void this.#followReports()
    const base = { config, data, hosts, stats: block }
    return new DiscoveredCluster(base, discovery, this.#options.hostTable)
  }

  #createTables(data: ClusterData, hosts: ClusterHosts): ClusterTables | null {
    const { registry, thread, hostTable, bootstrap } = this.#options
    const { factory, config } = data.loadBalancingPolicy
    const known = registry.byName('envoy.load_balancing_policies', factory)
    if (known === null) throw new Error(`no load balancing policy "${factory}"`)
    const policy = known as LoadBalancingPolicyFactory
    if (policy.choosesFrom !== 'tables') return null
    const { stats, timers } = thread.server
    const scope = clusterScope(data.observabilityName)
    const delta = { cluster: data.name, added: [], changed: [], removed: [] }
    return new ClusterTables({
      builder: policy.createTableBuilder(config, { stats, scope }),
      isLocalityWeighted: policy.isLocalityWeighted(config),
      settings: {
        overprovisioningFactor: data.overprovisioningFactor,
        panicThreshold: data.healthyPanicThreshold,
      },
      locality: bootstrap.node.locality,
      timers,
      hosts: () => hosts.all(),
      healthFlags: (slot) => hostTable.healthFlags(slot),
      publish: (tables) => this.#publish(this.#hostsResource(delta, tables)),
      onFault: (error) => thread.network.onFault(error, 'building tables'),
    })
  }

  #createDetector(data: ClusterData, hosts: ClusterHosts): OutlierDetector | null {
    const { name: cluster, outlierDetection, slot: clusterSlot, observabilityName } = data
    if (outlierDetection === null) return null
    const { hostTable: table, thread } = this.#options
    const { timers, random, runtime } = thread.server
    const { prefix, tags } = clusterScope(observabilityName)
    const stats = thread.server.stats.block(`${prefix}outlier_detection.`, OUTLIER_STATS, tags)
    void this.#followReports()
    const settings = new OutlierSettings(outlierDetection, runtime)
    const eventLog = this.#openOutlierLog()
    const places = { cluster, clusterSlot, hosts, table, stats }
    return new OutlierDetector({ ...places, settings, timers, random, eventLog })
  }

  /** All clusters share it. Null: ejections are not logged. */
  #openOutlierLog(): OutlierEventLog | null {
    const { bootstrap, thread } = this.#options
    const { eventLogPath } = bootstrap.clusterManager.outlierDetection
    if (eventLogPath === '') return null
    this.#outlierLog ??= new OutlierEventLog(
      thread.accessLogFiles.open(eventLogPath),
      thread.network.timeSource,
    )
    return this.#outlierLog
  }

  /** Sleeps until a thread reports something of its hosts. One such loop serves all clusters, from the first that needs it. */
  async #followReports(): Promise<void> {
    if (this.#isFollowing) return
    this.#isFollowing = true
    const { hostTable, thread } = this.#options
    for (let seen = hostTable.reports(); this.#isFollowing; ) {
      seen = await hostTable.nextReport(seen)
      try {
        for (const { cluster, outliers } of this.#clusters.values()) {
          outliers?.takeReports()
          cluster.takeVotes?.()
        }
      } catch (error) {
        thread.network.onFault(error, 'what threads report of hosts')
      }
    }
  }

  #end({ cluster, gauges, outliers, health, tables }: KnownCluster): void {
    const { data, hosts } = cluster
    const { stats } = this.#options.thread.server
    cluster.stop()
    tables?.close()
    outliers?.stop()
    if (health !== null) endHealthChecks(health, data.observabilityName, stats)
    gauges.remove()
    hosts.removeAll()
    this.#retire(this.#clusterSlots, data.slot)
    const { prefix } = clusterScope(data.observabilityName)
    if (outliers !== null) stats.release(`${prefix}outlier_detection.`, OUTLIER_STATS)
    stats.release(`${prefix}default.`, MATCH_STATS)
    stats.release(prefix, CLUSTER_STATS)
  }

  /** A thread that still knows the slot's holder may count in it. */
  #retire(slots: Slots, slot: number): void {
    void this.#options.settled().then(() => slots.giveBack(slot))
  }

  #hostsResource(delta: HostsDelta, published?: PublishedTables): Resource {
    const resource = { kind: 'hosts', name: delta.cluster, version: ++this.#version } as const
    if (published === undefined) return { ...resource, value: delta }
    const { tables, buffers } = published
    return { ...resource, value: { ...delta, tables }, buffers }
  }

  #publish(resource: Resource): void {
    this.#options.thread.clusterManager.apply(resource)
    this.#options.publish(resource)
  }

  #countClusters(): void {
    const { index } = CLUSTER_MANAGER_STATS
    this.#stats[index.active_clusters] = this.#clusters.size
    this.#stats[index.warming_clusters] = 0
  }
}

function clusterResource(name: string, version: number, value: ClusterData): Resource {
  return { kind: 'cluster', name, version, value }
}

function changesHosts({ added, changed, removed }: HostsDelta): boolean {
  return added.length + changed.length + removed.length > 0
}
