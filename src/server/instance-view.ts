import { BUILD_VERSION, HOT_RESTART_VERSION } from '../build-info.ts'
import type { ExplainedProtocol } from '../extension/explanation.ts'
import type { LogLevel, LogLevelName } from '../logging/log-level.ts'
import { addressText } from '../network/address.ts'
import type { TapFilter } from '../redis/tap-filter.ts'
import type { Factory } from '../registry.ts'
import type { ThriftTapFilter } from '../thrift/tap-filter.ts'
import { systemTime } from '../time-source.ts'
import { certificateDetails } from './admin/certificate-details.ts'
import type { ClustersView } from './admin/clusters.ts'
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
} from './admin/server-view.ts'
import { explain, explainContext } from './explain.ts'
import type { MainThread } from './main-thread.ts'
import type { TapHub } from './tap-hub.ts'

/** The server, as the admin endpoints see it. */
export class InstanceView implements ServerView {
  readonly #main: MainThread
  readonly timeSource = systemTime
  readonly version = BUILD_VERSION
  readonly hotRestartVersion = HOT_RESTART_VERSION
  readonly modifyRuntime: ServerView['modifyRuntime']

  constructor(main: MainThread) {
    this.#main = main
    this.modifyRuntime = main.runtime.hasAdminLayer ? (values) => main.modifyRuntime(values) : null
  }

  get options() {
    return this.#main.options
  }

  get network() {
    return this.#main.thread.network
  }

  get statsStore() {
    return this.#main.statsStore
  }

  get stats() {
    return this.#main.stats
  }

  get startTimeMs(): number {
    return this.#main.startTimeMs
  }

  get firstEpochStartTimeMs(): number {
    return this.#main.startTimeMs
  }

  get log() {
    return this.#main.logs.logger('admin')
  }

  onStatsRead(): void {
    if (this.#main.bootstrap.statsFlushOnAdmin) this.#main.flusher.flush()
  }

  extensions(): readonly ExtensionStatus[] {
    const { registry } = this.#main
    return [
      ...registry.all().map((factory) => extensionStatus(factory, false)),
      ...registry.disabled().map((factory) => extensionStatus(factory, true)),
    ]
  }

  state(): ServerState {
    return this.#main.state()
  }

  /** Flags win over the bootstrap here, but not in `/config_dump`: as Envoy does. */
  node(): JsonObject {
    const { options } = this
    const given = (this.#loaded['node'] ?? {}) as JsonObject
    const locality = (given['locality'] ?? {}) as JsonObject
    const zone = options.serviceZone === '' ? {} : { zone: options.serviceZone }
    return {
      ...given,
      ...(options.serviceNode === '' ? {} : { id: options.serviceNode }),
      ...(options.serviceCluster === '' ? {} : { cluster: options.serviceCluster }),
      ...(options.serviceZone === '' && given['locality'] === undefined
        ? {}
        : { locality: { ...locality, ...zone } }),
      user_agent_name: given['user_agent_name'] ?? 'envoy',
    }
  }

  bootstrap(): DumpedResource {
    return { value: this.#loaded, lastUpdatedMs: this.startTimeMs }
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
    return { static: [] }
  }

  listeners(): readonly ListenerStatus[] {
    return this.#main.listeners.all.map(({ config, addresses, leadsTo }) => ({
      name: config.name,
      addresses,
      leadsTo,
    }))
  }

  clusters(): ClustersView {
    return this.#main.clustersView()
  }

  certificates(): readonly CertificateStatus[] {
    const nowMs = this.timeSource.now()
    return this.#main.certificates.all.map(({ trusted, shown }) => ({
      caCert: trusted.map((file) => certificateDetails(file, nowMs)),
      certChain: shown.map((file) => certificateDetails(file, nowMs)),
    }))
  }

  unreadyTargets(): readonly UnreadyTargets[] {
    return []
  }

  logLevels(): readonly { readonly name: string; readonly level: LogLevelName }[] {
    return this.#main.logs.levels()
  }

  setLogLevel(logger: string | null, level: LogLevel): void {
    this.#main.setLogLevel(logger, level)
  }

  runtimeLayers(): readonly RuntimeLayer[] {
    return this.#main.runtime.layers
  }

  setHealthCheckFailed(failed: boolean): void {
    this.#main.setHealthCheckFailed(failed)
  }

  drainListeners(request: DrainRequest): void {
    this.#main.drainListeners(request)
  }

  reopenLogs(): void {
    this.#main.reopenLogs()
  }

  resetCounters(): void {
    // All counters are the aggregator's.
  }

  quit(): void {
    this.#main.quit()
  }

  get redisTaps(): TapHub<TapFilter> {
    return this.#main.redisTaps
  }

  get thriftTaps(): TapHub<ThriftTapFilter> {
    return this.#main.thriftTaps
  }

  explain(
    protocol: ExplainedProtocol,
    words: readonly Uint8Array[],
    listener: string | null,
  ): readonly JsonObject[] {
    const { registry, clusters, thread, listeners } = this.#main
    const sources = {
      registry,
      listeners: listeners.all.map(({ config, addresses }) => ({
        config,
        address: addressText(addresses[0]!),
      })),
      context: explainContext(clusters, thread.clusterManager, systemTime),
    }
    return explain(sources, protocol, words, listener).map((one) => ({ ...one }))
  }

  silentThreads(): readonly string[] {
    return this.#main.silentWorkers()
  }

  get #loaded(): JsonObject {
    return this.#main.config.loaded.value
  }

  #static(field: 'clusters' | 'listeners'): DumpedResources {
    const resources = (this.#loaded['static_resources'] ?? {}) as JsonObject
    const values = (resources[field] ?? []) as readonly JsonObject[]
    return { static: values.map((value) => ({ value, lastUpdatedMs: this.startTimeMs })) }
  }
}

function extensionStatus(factory: Factory, disabled: boolean): ExtensionStatus {
  const { category, name, configType } = factory
  return { category, name, configTypes: configType === null ? [] : [configType], disabled }
}
