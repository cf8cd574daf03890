import { SERVER_FLAGS } from '../../src/cli/flag-table.ts'
import { toServerOptions } from '../../src/cli/options.ts'
import { parseArgs } from '../../src/cli/parse-args.ts'
import type { LogLevel } from '../../src/logging/log-level.ts'
import { LogRegistry } from '../../src/logging/log-registry.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import type { TapFilter } from '../../src/redis/tap-filter.ts'
import type { ClustersView } from '../../src/server/admin/clusters.ts'
import type {
  CertificateStatus,
  DrainRequest,
  DumpedResource,
  DumpedResources,
  ExtensionStatus,
  JsonObject,
  ListenerStatus,
  RuntimeLayer,
  ServerState,
  ServerView,
  UnreadyTargets,
} from '../../src/server/admin/server-view.ts'
import type { ClusterEntry } from '../../src/server/clusters/cluster.ts'
import type { Tapper, Taps } from '../../src/server/tap-hub.ts'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import type { ThriftTapFilter } from '../../src/thrift/tap-filter.ts'
import { systemTime } from '../../src/time-source.ts'
import type { HostData } from '../../src/upstream/host.ts'
import { HostTable } from '../../src/upstream/host-table.ts'
import { connectStore } from './stats.ts'

const STATIC_AT = Date.UTC(2026, 10, 21, 1, 2, 3, 456)

/** A server that is nothing but its answers: set the fields, then look at `done`. */
export class FakeServerView implements ServerView {
  readonly options
  readonly timeSource = systemTime
  readonly network
  readonly stats = new StatsAggregator()
  readonly statsStore = connectStore(this.stats, 'main_thread')
  readonly version = '0123456789abcdef/1.2.3/Clean/RELEASE/BoringSSL'
  readonly hotRestartVersion = 'disabled'
  startTimeMs = systemTime.now() - 12_100
  firstEpochStartTimeMs = systemTime.now() - 99_100
  readonly logLines: string[] = []
  readonly logs = new LogRegistry({
    sink: (lines) => this.logLines.push(lines),
    pattern: '%n %l %v',
    thread: 0,
  })
  readonly log = this.logs.logger('admin')
  /** What was asked for, in order. */
  readonly done: string[] = []
  readonly faults: unknown[] = []

  currentState: ServerState = 'LIVE'
  currentNode: JsonObject = { id: 'n' }
  currentBootstrap: JsonObject = {}
  currentListeners: ListenerStatus[] = []
  currentCertificates: CertificateStatus[] = []
  currentUnready: UnreadyTargets[] = []
  currentLayers: RuntimeLayer[] = []
  currentExtensions: ExtensionStatus[] = []
  silent: string[] = []
  currentExplanations: JsonObject[] = []
  modifyRuntime: ServerView['modifyRuntime'] = null
  readonly #table = new HostTable(
    HostTable.createBuffer({ threads: 1, maxHosts: 16, maxClusters: 4 }),
    0,
  )
  readonly #entries: ClusterEntry[] = []

  constructor(...args: string[]) {
    this.options = toServerOptions(parseArgs(['--concurrency', '2', ...args], SERVER_FLAGS), {})
    const onFault = (error: unknown): void => {
      this.faults.push(error)
    }
    const timers = new TimerWheel(systemTime, onFault)
    this.network = { timers, timeSource: systemTime, onFault }
  }

  addCluster(name: string, hosts: readonly HostData[]): HostTable {
    const limits = { maxConnections: 7, maxPendingRequests: 8, maxRequests: 9, maxRetries: 3 }
    const data = {
      name,
      observabilityName: name,
      overprovisioningFactor: 140,
      circuitBreakers: [limits, limits],
    }
    const cluster = { data, hosts: { all: () => hosts } }
    const entry = { cluster, addedViaApi: false, outliers: null }
    this.#entries.push(entry as unknown as ClusterEntry)
    return this.#table
  }

  onStatsRead(): void {
    this.done.push('stats read')
  }

  state(): ServerState {
    return this.currentState
  }

  extensions(): readonly ExtensionStatus[] {
    return this.currentExtensions
  }

  node(): JsonObject {
    return this.currentNode
  }

  bootstrap(): DumpedResource {
    return { value: this.currentBootstrap, lastUpdatedMs: STATIC_AT }
  }

  clusterResources(): DumpedResources {
    return this.#static('clusters')
  }

  listenerResources(): DumpedResources {
    return this.#static('listeners')
  }

  routeResources(): DumpedResources {
    return { static: [] }
  }

  secretResources(): DumpedResources {
    return this.#static('secrets')
  }

  clusters(): ClustersView {
    return { entries: this.#entries, table: this.#table }
  }

  listeners(): readonly ListenerStatus[] {
    return this.currentListeners
  }

  certificates(): readonly CertificateStatus[] {
    return this.currentCertificates
  }

  unreadyTargets(): readonly UnreadyTargets[] {
    return this.currentUnready
  }

  logLevels() {
    return this.logs.levels()
  }

  setLogLevel(logger: string | null, level: LogLevel): void {
    if (logger === null) this.logs.setAllLevels(level)
    else this.logs.setLevel(logger, level)
  }

  runtimeLayers(): readonly RuntimeLayer[] {
    return this.currentLayers
  }

  setHealthCheckFailed(failed: boolean): void {
    this.currentState = failed ? 'DRAINING' : 'LIVE'
  }

  drainListeners(request: DrainRequest): void {
    this.done.push(`drain ${JSON.stringify(request)}`)
  }

  reopenLogs(): void {
    this.done.push('reopen logs')
  }

  resetCounters(): void {
    this.done.push('reset counters')
  }

  quit(): void {
    this.done.push('quit')
  }

  /** Those that look on, with their filters. */
  readonly tappers: { filter: object; tapper: Tapper }[] = []
  readonly redisTaps: Taps<TapFilter> = new FakeTaps(this.tappers)
  readonly thriftTaps: Taps<ThriftTapFilter> = new FakeTaps(this.tappers)

  explain(
    _protocol: string,
    words: readonly Uint8Array[],
    listener: string | null,
  ): readonly JsonObject[] {
    this.done.push(`explain ${words.map((word) => Buffer.from(word)).join(' ')} at ${listener}`)
    return this.currentExplanations
  }

  silentThreads(): readonly string[] {
    return this.silent
  }

  #static(field: string): DumpedResources {
    const resources = (this.currentBootstrap['static_resources'] ?? {}) as JsonObject
    const values = (resources[field] ?? []) as readonly JsonObject[]
    return { static: values.map((value) => ({ value, lastUpdatedMs: STATIC_AT })) }
  }
}

export function fakeHost(slot: number, port: number, rest: Partial<HostData> = {}): HostData {
  return {
    slot,
    address: { kind: 'ip', ip: '127.0.0.1', port, family: 4 },
    additionalAddresses: [],
    hostname: '',
    priority: 0,
    weight: 1,
    locality: { region: '', zone: '', subZone: '' },
    localityWeight: 0,
    metadata: null,
    edsHealth: 'UNKNOWN',
    ...rest,
  }
}

class FakeTaps<F extends { readonly id: number }> implements Taps<F> {
  readonly #tappers: { filter: object; tapper: Tapper }[]

  constructor(tappers: { filter: object; tapper: Tapper }[]) {
    this.#tappers = tappers
  }

  get free(): number {
    return 2 - this.#tappers.length
  }

  add(filter: Omit<F, 'id'>, tapper: Tapper): () => void {
    const one = { filter, tapper }
    this.#tappers.push(one)
    return () => this.#tappers.splice(this.#tappers.indexOf(one), 1)
  }
}
