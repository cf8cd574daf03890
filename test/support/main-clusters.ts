import { AccessLogFiles } from '../../src/access-log/access-log-files.ts'
import { RuntimeSnapshot } from '../../src/extension/runtime.ts'
import { maglev } from '../../src/extensions/load_balancing_policies/maglev/config.ts'
import { ringHash } from '../../src/extensions/load_balancing_policies/ring_hash/config.ts'
import { roundRobin } from '../../src/extensions/load_balancing_policies/round_robin/config.ts'
import { cares } from '../../src/extensions/network/dns_resolver/cares/config.ts'
import { LogRegistry } from '../../src/logging/log-registry.ts'
import type { Resource } from '../../src/messages.ts'
import { ipAddress } from '../../src/network/address.ts'
import { type Factory, Registry } from '../../src/registry.ts'
import { MainClusterManager } from '../../src/server/cluster-manager.ts'
import { systemTime, type TimeSource } from '../../src/time-source.ts'
import { HostTable } from '../../src/upstream/host-table.ts'
import type { DnsServer } from './dns-server.ts'
import { UpstreamThread } from './upstream-thread.ts'

export interface MainClustersOptions {
  readonly time?: TimeSource
  /** Runtime keys and their values. */
  readonly keys?: Readonly<Record<string, number>>
  /** Where outlier detection logs; '' = nowhere. */
  readonly eventLogPath?: string
  /** Extensions that the test brings. */
  readonly extensions?: readonly Factory[]
}

const NODE = {
  id: '',
  cluster: '',
  metadata: null,
  locality: { region: '', zone: '', subZone: '' },
  userAgentName: 'envoy',
  userAgentVersion: '',
  clientFeatures: [],
}

/** Main's clusters over main's own thread; what workers would be told is kept in `published`. */
export class MainClusters {
  readonly manager: MainClusterManager
  readonly thread: UpstreamThread
  readonly logs: AccessLogFiles
  readonly published: Resource[] = []
  /** What it wrote to the application log. */
  readonly logged: string[] = []
  readonly #settled: (() => void)[] = []

  constructor(dns: DnsServer | null = null, options: MainClustersOptions = {}) {
    const { time = systemTime, keys = {}, eventLogPath = '', extensions = [] } = options
    const buffer = HostTable.createBuffer({ threads: 2, maxHosts: 8, maxClusters: 4 })
    const hostTable = new HostTable(buffer, 0)
    this.thread = new UpstreamThread({ hostTable, time, extensions })
    const { stats, timers, aggregator, random } = this.thread
    const runtime = new RuntimeSnapshot(random)
    runtime.update(keys)
    this.logs = new AccessLogFiles({ timers, stats, flushIntervalMs: 0, flushMinBytes: 1 })
    const logs = new LogRegistry({ sink: (lines) => this.logged.push(lines), pattern: '%v' })
    this.manager = new MainClusterManager({
      registry: new Registry().register(roundRobin, ringHash, maglev, cares, ...extensions),
      thread: {
        clusterManager: this.thread.manager,
        network: {
          timers,
          timeSource: time,
          onFault(error) {
            throw error
          },
        },
        server: { stats, timers, random, runtime, logs },
        accessLogFiles: this.logs,
      },
      hostTable,
      aggregator,
      bootstrap: {
        node: NODE,
        clusterManager: { upstreamBindConfig: null, outlierDetection: { eventLogPath } },
        typedDnsResolverConfig: dns && {
          name: '',
          factory: cares.name,
          config: {
            resolvers: [ipAddress('127.0.0.1', dns.port)],
            useResolversAsFallback: false,
            filterUnroutableFamilies: false,
            dnsResolverOptions: { useTcpForDnsLookups: false, noDefaultSearchDomain: true },
            udpMaxQueries: 0,
            queryTimeoutSeconds: 1,
            queryTries: 1,
            rotateNameservers: false,
            maxUdpChannelDurationMs: 0,
          },
        },
      },
      publish: ({ buffers, ...resource }) =>
        this.published.push({ ...JSON.parse(JSON.stringify(resource)), buffers }),
      settled: () => new Promise((resolve) => this.#settled.push(resolve)),
    })
  }

  /** All workers have applied what was published. */
  async settle(): Promise<void> {
    for (const resolve of this.#settled.splice(0)) resolve()
    await Promise.resolve()
    await Promise.resolve()
  }

  /** Addresses that a cluster's hosts have, on main's thread. */
  addresses(cluster = 'up'): string[] {
    const known = this.thread.manager.getThreadLocalCluster(cluster)
    return [...(known?.hosts() ?? [])].map((host) => host.addressText)
  }
}
