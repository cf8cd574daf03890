import type { Address } from '../network/address.ts'
import type { ConnectionStats } from '../network/filter.ts'
import type { Metadata } from '../network/stream-info.ts'
import type { TransportSocketFactory } from '../network/transport-socket.ts'
import type { Histogram, StatsBlock } from '../stats/store.ts'
import { CircuitBreakers, ResourcePriority } from './circuit-breakers.ts'
import type { ClusterData } from './cluster-data.ts'
import {
  type HostCallbacks,
  PoolFailureReason,
  type TcpPoolCallbacks,
  type TcpPoolHandle,
  type ThreadLocalCluster,
} from './cluster-manager.ts'
import { CLUSTER_HISTOGRAMS, CLUSTER_STATS, clusterScope } from './cluster-stats-table.ts'
import { connectionOptions } from './connection-options.ts'
import type { Host, HostsDelta, TableData } from './host.ts'
import type { LoadBalancerContext } from './load-balancer.ts'
import type { LoadBalancingPolicyFactory } from './load-balancing-policy.ts'
import { OutlierMonitor } from './outlier-monitor.ts'
import { PolicyHash } from './policy-hash.ts'
import type { PoolCluster } from './pool-cluster.ts'
import { ListPriority, type Priority, TablePriority } from './priority.ts'
import { PrioritySet } from './priority-set.ts'
import { ShardedBalancer } from './sharded-balancer.ts'
import { HASH_SLOTS } from './slot-table.ts'
import { TcpPool } from './tcp-pool.ts'
import type {
  DialledUpstream,
  TransportSocketScope,
  UpstreamContext,
  UpstreamTransportSocketConfigFactory,
} from './upstream-context.ts'
import { UpstreamHost } from './upstream-host.ts'
import { WeightedLocalities } from './weighted-localities.ts'

const {
  upstream_cx_none_healthy: CX_NONE_HEALTHY,
  upstream_cx_overflow: CX_OVERFLOW,
  upstream_cx_rx_bytes_total: RX_TOTAL,
  upstream_cx_rx_bytes_buffered: RX_BUFFERED,
  upstream_cx_tx_bytes_total: TX_TOTAL,
  upstream_cx_tx_bytes_buffered: TX_BUFFERED,
} = CLUSTER_STATS.index

/** One version of one cluster on this thread: its hosts, their pools, its stats. */
export class ThreadCluster implements ThreadLocalCluster, PoolCluster {
  readonly data: ClusterData
  readonly context: UpstreamContext
  readonly name: string
  readonly observabilityName: string
  readonly metadata: Metadata | null
  readonly stats: StatsBlock
  readonly connectionStats: ConnectionStats
  readonly connectMs: Histogram
  readonly lengthMs: Histogram
  readonly transportSocketFactory: TransportSocketFactory | null
  readonly slots: ShardedBalancer | null
  readonly #scope: string
  readonly #breakers: readonly [CircuitBreakers, CircuitBreakers]
  readonly #priorities: PrioritySet
  /** Null: requests are hashed as their filter says. */
  readonly #policyHash: PolicyHash | null
  readonly #monitor: OutlierMonitor | null
  /** By slot, in the order in which they came. */
  readonly #hosts = new Map<number, UpstreamHost>()
  readonly #hostCallbacks = new Set<HostCallbacks>()
  readonly #tcpPools = new Map<number, TcpPool>()
  #epoch: number
  /** Pools that are in use, and the cluster manager. */
  #users = 1

  constructor(data: ClusterData, context: UpstreamContext) {
    this.data = data
    this.context = context
    this.name = data.name
    this.observabilityName = data.observabilityName
    this.metadata = data.metadata
    const { prefix, tags } = clusterScope(data.observabilityName)
    this.#scope = prefix
    const { stats, hostTable, random } = context
    this.stats = stats.block(prefix, CLUSTER_STATS, tags)
    this.connectMs = stats.histogram(prefix + CLUSTER_HISTOGRAMS.connectMs, 'milliseconds', tags)
    this.lengthMs = stats.histogram(prefix + CLUSTER_HISTOGRAMS.lengthMs, 'milliseconds', tags)
    // Known from the start, so that it is listed, though TCP records nothing in it.
    stats.histogram(prefix + CLUSTER_HISTOGRAMS.requestsPerConnection, 'unspecified', tags)
    this.connectionStats = {
      block: this.stats,
      rxTotal: RX_TOTAL,
      rxBuffered: RX_BUFFERED,
      txTotal: TX_TOTAL,
      txBuffered: TX_BUFFERED,
    }
    const [normal, high] = data.circuitBreakers
    this.#breakers = [
      new CircuitBreakers(hostTable, data.slot, ResourcePriority.Default, normal),
      new CircuitBreakers(hostTable, data.slot, ResourcePriority.High, high),
    ]
    this.transportSocketFactory = createTransportSocketFactory(data, context, {
      stats,
      scope: prefix,
      tags,
    })
    const { factory, config } = data.loadBalancingPolicy
    const policy = findFactory<LoadBalancingPolicyFactory>(
      context,
      'envoy.load_balancing_policies',
      factory,
    )
    this.#policyHash = createPolicyHash(policy, config)
    this.#priorities = new PrioritySet(
      this.#priorityMaker(policy),
      {
        overprovisioningFactor: data.overprovisioningFactor,
        panicThreshold: data.healthyPanicThreshold,
      },
      random,
      this.stats,
    )
    this.slots = data.isSharded ? new ShardedBalancer(data.slot, context) : null
    this.#epoch = hostTable.healthEpoch(data.slot)
    const { outlierDetection } = data
    this.#monitor =
      outlierDetection && new OutlierMonitor(outlierDetection, hostTable, context.runtime)
  }

  circuitBreakers(priority: ResourcePriority): CircuitBreakers {
    return this.#breakers[priority]
  }

  soleHost(): Host | null {
    if (this.context.hostTable.healthEpoch(this.data.slot) !== this.#epoch) this.#sortHosts()
    return this.#priorities.soleHost()
  }

  pickedHosts(): Host[] {
    if (this.context.hostTable.healthEpoch(this.data.slot) !== this.#epoch) this.#sortHosts()
    return [...this.#hosts.values()].filter((host) => this.#priorities.picks(host))
  }

  get poolCluster(): PoolCluster {
    return this
  }

  addHostCallbacks(callbacks: HostCallbacks): void {
    this.#hostCallbacks.add(callbacks)
  }

  removeHostCallbacks(callbacks: HostCallbacks): void {
    this.#hostCallbacks.delete(callbacks)
  }

  hosts(): Iterable<Host> {
    return this.#hosts.values()
  }

  updateHosts(delta: HostsDelta, buffers: readonly SharedArrayBuffer[]): void {
    const { hostTable } = this.context
    for (const slot of delta.removed) this.#removeHost(slot)
    for (const data of delta.added) {
      if (this.#hosts.has(data.slot)) this.#removeHost(data.slot)
      this.#hosts.set(data.slot, new UpstreamHost(data, this, hostTable, this.#monitor))
    }
    for (const data of delta.changed) {
      const host = this.#hosts.get(data.slot)
      if (host !== undefined) host.data = data
    }
    if (delta.tables !== undefined) this.#updateTables(delta.tables, buffers)
    if (delta.slotTable !== undefined) {
      this.slots?.update(delta.slotTable, (slot) => this.#hosts.get(slot) ?? null)
    }
    this.#sortHosts()
    const { failed = [], removed } = delta
    for (const slot of failed) this.#tcpPools.get(slot)?.closeConnections()
    for (const user of this.#hostCallbacks) {
      if (removed.length > 0) user.onHostsRemoved(removed)
      for (const slot of failed) user.onHostFailed(slot)
    }
  }

  chooseHost(context: LoadBalancerContext | null): Host | null {
    if (this.slots !== null) return this.#chooseByHash(this.slots, context)
    // A plain read: somebody's health changed, so this thread looks again at all of them.
    if (this.context.hostTable.healthEpoch(this.data.slot) !== this.#epoch) this.#sortHosts()
    const asked = this.#policyHash === null ? context : this.#policyHash.around(context)
    const host = this.#priorities.chooseHost(asked, 0)
    if (asked === null || host === null || asked.hostSelectionRetries === 0) return host
    return this.#chooseAgain(host, asked)
  }

  newTcpConnection(
    context: LoadBalancerContext | null,
    callbacks: TcpPoolCallbacks,
  ): TcpPoolHandle | null {
    if (!this.#breakers[ResourcePriority.Default].connections.canCreate()) {
      this.stats[CX_OVERFLOW]!++
      callbacks.onPoolFailure(PoolFailureReason.ConnectionLimit, '', null)
      return null
    }
    const host = this.chooseHost(context)
    if (host === null) {
      this.stats[CX_NONE_HEALTHY]!++
      callbacks.onPoolFailure(PoolFailureReason.NoHealthyUpstream, '', null)
      return null
    }
    let pool = this.#tcpPools.get(host.slot)
    if (pool === undefined) {
      pool = new TcpPool(this, host)
      this.#tcpPools.set(host.slot, pool)
    }
    return pool.newConnection(callbacks)
  }

  dial(address: Address, hostname = ''): DialledUpstream {
    return this.context.dial(connectionOptions(this, address, hostname))
  }

  retain(): void {
    this.#users++
  }

  /** Also called by the manager, once the cluster is gone or replaced. */
  release(): void {
    if (--this.#users > 0) return
    this.slots?.close()
    const { stats } = this.context
    this.transportSocketFactory?.release?.()
    stats.release(this.#scope, CLUSTER_STATS)
    for (const name of Object.values(CLUSTER_HISTOGRAMS)) stats.releaseHistogram(this.#scope + name)
  }

  /** How the hosts of a priority are kept, which the policy decides. */
  #priorityMaker(policy: LoadBalancingPolicyFactory): () => Priority {
    const { config } = this.data.loadBalancingPolicy
    const { random } = this.context
    const context = { random, activeRequests: () => this.#activeRequests() }
    if (policy.choosesFrom === 'tables') {
      return () => new TablePriority(policy.createLoadBalancer(config, context))
    }
    const createBalancer = () => policy.createLoadBalancer(config, context)
    const isWeighted = policy.isLocalityWeighted(config)
    const { overprovisioningFactor } = this.data
    const localities = () => new WeightedLocalities(createBalancer, overprovisioningFactor, random)
    return () => new ListPriority(createBalancer, isWeighted ? [localities(), localities()] : null)
  }

  #activeRequests(): number {
    let sum = 0
    for (const host of this.#hosts.values()) sum += host.activeRequests()
    return sum
  }

  #updateTables(tables: readonly TableData[], buffers: readonly SharedArrayBuffer[]): void {
    this.#priorities.onTablesUpdated(
      tables.map(({ hosts, weights }, index) => ({
        buffer: buffers[index]!,
        hosts: hosts.map((slot) => this.#hostAt(slot)),
        weights,
      })),
    )
  }

  #hostAt(slot: number): UpstreamHost {
    const host = this.#hosts.get(slot)
    if (host === undefined) {
      throw new Error(`a table of cluster "${this.name}" names slot ${slot}, where it has no host`)
    }
    return host
  }

  /** Who knows nothing of hash slots gets the primary that its hash falls to; without a hash nobody, as in Envoy. */
  #chooseByHash(slots: ShardedBalancer, context: LoadBalancerContext | null): Host | null {
    const hash = context === null ? null : context.hashKey()
    return hash === null ? null : slots.chooseSlotHost(hash.low % HASH_SLOTS, false, 'MASTER')
  }

  #chooseAgain(first: Host, context: LoadBalancerContext): Host | null {
    let host: Host | null = first
    for (let attempt = 1; attempt <= context.hostSelectionRetries; attempt++) {
      if (host === null || !context.shouldSelectAnotherHost(host)) break
      host = this.#priorities.chooseHost(context, attempt)
    }
    return host
  }

  /** Connections to it live on; nobody is sent there any more. */
  #removeHost(slot: number): void {
    this.#hosts.delete(slot)
    this.#tcpPools.delete(slot)
  }

  #sortHosts(): void {
    this.#epoch = this.context.hostTable.healthEpoch(this.data.slot)
    this.#priorities.update(this.#hosts.values())
  }
}

function createPolicyHash(policy: LoadBalancingPolicyFactory, config: unknown): PolicyHash | null {
  const policies = policy.choosesFrom === 'tables' ? policy.hashPolicies(config) : []
  return policies.length === 0 ? null : new PolicyHash(policies)
}

function createTransportSocketFactory(
  { transportSocket }: ClusterData,
  context: UpstreamContext,
  scope: TransportSocketScope,
): TransportSocketFactory | null {
  if (transportSocket === null) return null
  const category = 'envoy.transport_sockets.upstream'
  return findFactory<UpstreamTransportSocketConfigFactory>(
    context,
    category,
    transportSocket.factory,
  ).createUpstreamTransportSocketFactory(transportSocket.config, scope)
}

function findFactory<F>(context: UpstreamContext, category: string, name: string): F {
  const factory = context.registry.byName(category, name)
  if (factory === null) throw new Error(`no extension "${name}" of category "${category}"`)
  return factory as F
}
