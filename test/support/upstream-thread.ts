import { maglev } from '../../src/extensions/load_balancing_policies/maglev/config.ts'
import { ringHash } from '../../src/extensions/load_balancing_policies/ring_hash/config.ts'
import { roundRobin } from '../../src/extensions/load_balancing_policies/round_robin/config.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import { type Random, seededRandom } from '../../src/random.ts'
import { type Factory, Registry } from '../../src/registry.ts'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import { StatsStore } from '../../src/stats/store.ts'
import { systemTime, type TimeSource } from '../../src/time-source.ts'
import type { ClusterData } from '../../src/upstream/cluster-data.ts'
import type { HostData } from '../../src/upstream/host.ts'
import { HostTable } from '../../src/upstream/host-table.ts'
import { ThreadClusterManager } from '../../src/upstream/thread-cluster-manager.ts'
import type { UpstreamContext } from '../../src/upstream/upstream-context.ts'
import { FakeClientConnection } from './fake-client-connection.ts'

const LIMITS = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
  maxConnectionPools: null,
  trackRemaining: false,
}

export function clusterData(fields: Partial<ClusterData> = {}): ClusterData {
  return {
    name: 'up',
    observabilityName: fields.name ?? 'up',
    slot: 0,
    metadata: null,
    localZone: '',
    connectTimeoutMs: 1000,
    perConnectionBufferLimitBytes: 1024 * 1024,
    loadBalancingPolicy: { name: '', factory: roundRobin.name, config: {} },
    isSharded: false,
    healthyPanicThreshold: 50,
    overprovisioningFactor: 140,
    circuitBreakers: [LIMITS, LIMITS],
    outlierDetection: null,
    closeConnectionsOnHostHealthFailure: false,
    maxConnectionsPerHost: null,
    sources: [],
    keepalive: null,
    transportSocket: null,
    happyEyeballs: { firstFamily: null, firstFamilyCount: 1 },
    protocolOptions: {},
    ...fields,
  }
}

export function breakerLimits(fields: Partial<typeof LIMITS>): ClusterData['circuitBreakers'] {
  return [{ ...LIMITS, ...fields }, LIMITS]
}

export interface UpstreamThreadOptions {
  readonly hostTable?: HostTable
  readonly random?: Random
  readonly time?: TimeSource
  /** Runtime keys and their values. */
  readonly keys?: Readonly<Record<string, number>>
  /** Extensions that the test brings. */
  readonly extensions?: readonly Factory[]
}

/** One thread's upstream half with connections whose fate the test decides. */
export class UpstreamThread {
  readonly aggregator = new StatsAggregator()
  readonly hostTable: HostTable
  readonly dialled: FakeClientConnection[] = []
  readonly manager: ThreadClusterManager
  readonly timers: TimerWheel
  readonly stats: StatsStore
  readonly random: Random

  constructor(options: UpstreamThreadOptions = {}) {
    this.hostTable =
      options.hostTable ??
      new HostTable(HostTable.createBuffer({ threads: 2, maxHosts: 64, maxClusters: 8 }), 1)
    this.timers = new TimerWheel(options.time ?? systemTime, (error) => {
      throw error
    })
    this.stats = new StatsStore({
      thread: 'worker_0',
      announce: (message) => this.aggregator.onAnnouncement('worker_0', message),
    })
    this.random = options.random ?? seededRandom(1)
    const context: UpstreamContext = {
      registry: new Registry().register(
        roundRobin,
        ringHash,
        maglev,
        ...(options.extensions ?? []),
      ),
      stats: this.stats,
      hostTable: this.hostTable,
      timers: this.timers,
      random: this.random,
      runtime: { integer: (key, fallback) => options.keys?.[key] ?? fallback },
      dial: (dialOptions) => {
        const connection = new FakeClientConnection(dialOptions)
        this.dialled.push(connection)
        return connection
      },
    }
    this.manager = new ThreadClusterManager(context)
  }

  addCluster(fields: Partial<ClusterData>, hosts: readonly HostData[]) {
    const data = clusterData(fields)
    this.manager.applyCluster(data.name, data)
    this.manager.applyHosts({ cluster: data.name, added: hosts, changed: [], removed: [] })
    return this.manager.getThreadLocalCluster(data.name)!
  }

  /** Counters and gauges of the cluster `up` that are not 0, without the prefix. */
  counts(name = 'up'): Record<string, number> {
    const prefix = `cluster.${name}.`
    const metrics = [...this.aggregator.counters(), ...this.aggregator.gauges()]
    return Object.fromEntries(
      metrics
        .filter((metric) => metric.name.startsWith(prefix) && metric.value !== 0)
        .map((metric) => [metric.name.slice(prefix.length), metric.value]),
    )
  }
}
