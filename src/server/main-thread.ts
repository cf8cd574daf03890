import type { Bootstrap } from '../config/schema/bootstrap.ts'
import type { StatsSinkFactory } from '../extension/define.ts'
import { createThreadContext, type ThreadContext } from '../extension/thread-context.ts'
import type { FilterModule } from '../extension/user-module.ts'
import { CONNECTIONS_KEY } from '../listener/shared-keys.ts'
import type { LogFile } from '../logging/log-file.ts'
import type { LogLevel } from '../logging/log-level.ts'
import { DEFAULT_LOG_PATTERN } from '../logging/log-pattern.ts'
import type { Logger, LogRegistry } from '../logging/log-registry.ts'
import type { Boot, Resource, ToMain, WorkerCommand } from '../messages.ts'
import { addressText } from '../network/address.ts'
import { descriptorLimit } from '../network/platform.ts'
import type { TapFilter } from '../redis/tap-filter.ts'
import type { Registry } from '../registry.ts'
import { StatsAggregator } from '../stats/aggregate.ts'
import type { StatsAnnouncement } from '../stats/announcement.ts'
import { SharedNumbers } from '../stats/shared-numbers.ts'
import type { StatsSink } from '../stats/sink.ts'
import { aggregatorOptions } from '../stats/stats-config.ts'
import { StatsStore } from '../stats/store.ts'
import type { ThriftTapFilter } from '../thrift/tap-filter.ts'
import { systemTime } from '../time-source.ts'
import { HostTable } from '../upstream/host-table.ts'
import { WORKER_URL } from '../worker-url.ts'
import type { RunningAdmin } from './admin/admin-server.ts'
import type { ClustersView } from './admin/clusters.ts'
import type { ServerState } from './admin/server-view.ts'
import type { ApplicationLog } from './application-log.ts'
import { Certificates } from './certificates.ts'
import { MainClusterManager } from './cluster-manager.ts'
import { HandOvers } from './hand-overs.ts'
import { ListenerManager } from './listener-manager.ts'
import type { LoadedConfig } from './load-config.ts'
import { RuntimeLayers } from './runtime-layers.ts'
import type { ReadyInfo, ServerOptions } from './server-options.ts'
import { addServerStats, SERVER_STATS } from './server-stats.ts'
import { handleSignals } from './signals.ts'
import { StatsFlusher } from './stats-flusher.ts'
import { TapHub } from './tap-hub.ts'
import { WorkerPool } from './worker-pool.ts'

/** How long workers may take to cut their connections and write their logs. */
const STOP_WITHIN_MS = 2000
/** A worker that has owed an answer for so long is shown as missing. */
const SILENT_AFTER_MS = 1000
/** Descriptors that are not for connections: logs, listeners, the runtime's own. */
const RESERVED_DESCRIPTORS = 256

/** The main thread: control. It holds what the workers are given, and folds what they tell. */
export class MainThread {
  readonly options: ServerOptions
  readonly config: LoadedConfig
  readonly bootstrap: Bootstrap
  readonly logs: LogRegistry
  readonly log: Logger
  readonly stats: StatsAggregator
  readonly statsStore: StatsStore
  readonly startTimeMs = systemTime.now()
  readonly runtime: RuntimeLayers
  readonly thread: ThreadContext
  readonly clusters: MainClusterManager
  readonly certificates: Certificates
  readonly listeners: ListenerManager
  readonly flusher: StatsFlusher
  readonly stopped: Promise<void>
  readonly workers: WorkerPool
  readonly redisTaps: TapHub<TapFilter>
  readonly thriftTaps: TapHub<ThriftTapFilter>
  readonly #registry: Registry
  readonly #filterModules: readonly FilterModule[]
  readonly #handOvers: HandOvers
  readonly #logFile: LogFile
  readonly #sharedNumbers: SharedNumbers
  readonly #hostTable: HostTable
  readonly #serverStats: Float64Array
  readonly #sinks: readonly StatsSink[]
  readonly #stop: () => void
  #admin: RunningAdmin | null = null
  #state: ServerState = 'PRE_INITIALIZING'
  #healthFailed = false
  #listening = false
  #drainStartMs = -1
  /** Listeners that were told to drain. */
  readonly #draining = new Set<string>()
  /** What was asked for since the start, by logger; null: all. */
  readonly #logLevels = new Map<string | null, LogLevel>()
  #undoSignals: () => void = () => {}

  constructor(
    options: ServerOptions,
    registry: Registry,
    config: LoadedConfig,
    bootstrap: Bootstrap,
    applicationLog: ApplicationLog,
    filterModules: readonly FilterModule[] = [],
  ) {
    this.#filterModules = filterModules
    this.options = options
    this.config = config
    this.bootstrap = bootstrap
    this.#registry = registry
    this.#logFile = applicationLog.file
    const stopped = Promise.withResolvers<void>()
    this.stopped = stopped.promise
    this.#stop = stopped.resolve
    this.logs = applicationLog.registry
    this.log = this.logs.logger('main')
    const threads = options.concurrency + 1
    this.#sharedNumbers = new SharedNumbers(SharedNumbers.createBuffer({ threads }), 0)
    this.#hostTable = new HostTable(HostTable.createBuffer({ threads }), 0)
    this.stats = new StatsAggregator(aggregatorOptions(bootstrap.statsConfig, options.statsTags))
    this.statsStore = new StatsStore({
      thread: 'main_thread',
      announce: (announcement) => this.stats.onAnnouncement('main_thread', announcement),
    })
    this.#serverStats = this.statsStore.block('server.', SERVER_STATS)
    this.thread = createThreadContext({
      registry: registry,
      stats: this.statsStore,
      sharedNumbers: this.#sharedNumbers,
      hostTable: this.#hostTable,
      logs: this.logs,
      fileFlushIntervalMs: options.fileFlushIntervalMsec,
      fileFlushMinBytes: options.fileFlushMinSizeKb * 1024,
      dnsResolver: bootstrap.typedDnsResolverConfig,
      // Main serves no listeners.
      onTapped: () => {},
    })
    this.runtime = new RuntimeLayers(bootstrap.layeredRuntime, this.statsStore)
    this.thread.runtime.update(this.runtime.folded())
    this.#sinks = this.#createSinks()
    if (this.#sinks.some(({ wantsSamples }) => wantsSamples)) this.statsStore.keepSamples()
    this.flusher = new StatsFlusher(
      this.stats,
      this.#sinks,
      bootstrap.statsFlushOnAdmin ? 0 : bootstrap.statsFlushIntervalMs,
      this.thread.timers,
    )
    this.certificates = new Certificates(registry, this.stats)
    this.clusters = new MainClusterManager({
      registry,
      thread: this.thread,
      hostTable: this.#hostTable,
      aggregator: this.stats,
      bootstrap,
      publish: (resource) => this.workers.publish(resource),
      settled: () => this.workers.settled(),
    })
    this.listeners = new ListenerManager({
      registry: registry,
      server: this.thread.server,
      concurrency: options.concurrency,
      log: this.log,
    })
    this.workers = new WorkerPool({
      concurrency: options.concurrency,
      url: WORKER_URL,
      now: () => systemTime.monotonic(),
      boot: (index) => this.#boot(index),
      snapshot: (index) => this.#snapshot(index),
      onMessage: (index, message) => this.#onMessage(index, message),
      onDeath: (index, reason, respawns) => this.#onDeath(index, reason, respawns),
      onReplaced: () => {
        this.stats.dropUnheld()
        this.#repeatCommands()
      },
    })
    const taps = {
      timers: this.thread.timers,
      command: (command: WorkerCommand) => this.workers.command(command),
    }
    this.redisTaps = new TapHub({ ...taps, protocol: 'redis' })
    this.thriftTaps = new TapHub({ ...taps, protocol: 'thrift' })
    this.#handOvers = new HandOvers({
      concurrency: options.concurrency,
      sharedNumbers: this.#sharedNumbers,
      adopt: (index, handOver) => this.workers.commandTo(index, { name: 'adopt', ...handOver }),
    })
  }

  // ---- start

  /** Everything up to the first connection. Throws what stands in the way. */
  async start(startAdmin: () => Promise<RunningAdmin | null>): Promise<void> {
    addServerStats(this.stats, this.statsStore, {
      concurrency: this.options.concurrency,
      startTimeMs: this.startTimeMs,
      version: this.bootstrap.statsServerVersionOverride ?? 0,
      now: () => systemTime.now(),
      state: () => this.state(),
      isHealthy: () => !this.#healthFailed,
      totalConnections: () => this.#sharedNumbers.counter(CONNECTIONS_KEY).value(),
      daysUntilFirstExpiring: () => this.certificates.daysUntilFirstExpiring(systemTime.now()),
    })
    const initializationMs = this.statsStore.histogram(
      'server.initialization_time_ms',
      'milliseconds',
    )
    this.log.info(
      `initializing epoch 0 (base id=${this.options.baseId}, hot restart version=disabled)`,
    )
    this.#undoSignals = handleSignals(this.log, {
      stop: () => this.#stop(),
      reopenLogs: () => this.reopenLogs(),
    })
    this.workers.start()
    this.#admin = await startAdmin()
    const { clusters, listeners } = this.bootstrap.staticResources
    this.log.info(`loading ${clusters.length} cluster(s)`)
    for (const cluster of clusters) this.clusters.add(cluster)
    this.certificates.watchAll(this.bootstrap.staticResources)
    this.log.info(`loading ${listeners.length} listener(s)`)
    for (const listener of listeners) this.listeners.add(listener)
    await Promise.race([this.clusters.initialized, this.stopped])
    this.#state = 'INITIALIZING'
    this.log.info('all clusters initialized. initializing init manager')
    this.log.info('all dependencies initialized. starting workers')
    this.#listening = true
    for (const listener of this.listeners.all) {
      for (let index = 0; index < this.options.concurrency; index++) {
        this.workers.publishTo(index, this.listeners.resourceFor(listener, index))
      }
    }
    await Promise.race([this.workers.settled(), this.stopped])
    this.listeners.onWorkersStarted()
    this.#state = 'LIVE'
    this.flusher.start()
    initializationMs.record(performance.now())
    this.log.info('starting main dispatch loop')
  }

  readyInfo(): ReadyInfo {
    return {
      ms: performance.now(),
      listeners: this.listeners.all.flatMap((listener) =>
        listener.addresses.map((address) => ({
          name: listener.config.name,
          address: addressText(address),
          leadsTo: listener.leadsTo.join(', '),
        })),
      ),
      adminAddress: this.#admin === null ? null : addressText(this.#admin.address),
    }
  }

  #createSinks(): StatsSink[] {
    return this.bootstrap.statsSinks.map(({ factory, config }) => {
      const made = this.#registry.byName('envoy.stats_sinks', factory)
      if (made === null) throw new Error(`no stats sink "${factory}"`)
      return (made as StatsSinkFactory).createStatsSink(config, this.thread.server)
    })
  }

  // ---- workers

  #boot(workerIndex: number): Boot {
    const { options } = this
    return {
      workerIndex,
      concurrency: options.concurrency,
      sharedNumbers: this.#sharedNumbers.buffer,
      hostTable: this.#hostTable.buffer,
      logPattern: options.logFormat ?? DEFAULT_LOG_PATTERN,
      logEscaped: options.logFormatEscaped,
      logLevel: options.logLevel,
      logLevels: options.componentLogLevels as Readonly<Record<string, number>>,
      options: {
        drainTimeSeconds: options.drainTimeS,
        drainStrategy: options.drainStrategy,
        fileFlushIntervalMs: options.fileFlushIntervalMsec,
        fileFlushMinBytes: options.fileFlushMinSizeKb * 1024,
        disabledExtensions: options.disableExtensions,
        connectionLimit: connectionLimit(),
        keepSamples: this.#sinks.some(({ wantsSamples }) => wantsSamples),
        dnsResolver: this.bootstrap.typedDnsResolverConfig,
      },
    }
  }

  /** What a worker that starts from nothing must know. */
  #snapshot(workerIndex: number): readonly Resource[] {
    return [
      ...this.#filterModules.map(
        (value) => ({ kind: 'filter-module', name: value.file, version: 1, value }) as const,
      ),
      { kind: 'runtime', name: 'runtime', version: 1, value: this.runtime.folded() },
      ...this.clusters.snapshot(),
      ...(this.#listening ? this.listeners.resourcesFor(workerIndex) : []),
    ]
  }

  #onMessage(workerIndex: number, message: ToMain): void {
    switch (message.type) {
      case 'stats':
        for (const announcement of message.announcements) {
          this.stats.onAnnouncement(`worker_${workerIndex}`, announcement as StatsAnnouncement)
        }
        break
      case 'ack':
        for (const error of message.errors) this.log.error(`worker ${workerIndex}: ${error}`)
        this.#handOvers.retryParked()
        break
      case 'log':
        this.#logFile.write(message.text)
        break
      case 'events':
        this.redisTaps.onEvents(message.events)
        this.thriftTaps.onEvents(message.events)
        break
      case 'hand-over': {
        const { listener, addressIndex, fd } = message
        this.#handOvers.send({ listener, addressIndex, fd })
        break
      }
      default:
        break
    }
  }

  #onDeath(workerIndex: number, reason: string, respawns: boolean): void {
    this.#serverStats[SERVER_STATS.index.worker_deaths]!++
    const handOvers = this.#handOvers.onWorkerGone(workerIndex)
    this.#sharedNumbers.subtractThread(workerIndex + 1)
    this.clusters.onThreadGone(workerIndex + 1)
    this.stats.onThreadGone(`worker_${workerIndex}`)
    this.#handOvers.sendAgain(handOvers)
    this.log.critical(
      `worker ${workerIndex} died, its connections are lost: ${reason === '' ? 'no reason given' : reason}`,
    )
    if (respawns) this.log.warn(`starting worker ${workerIndex} again`)
    else
      this.log.critical('5 workers died within 10 s: no more are started, /ready fails from now on')
  }

  /** A worker that took the place of a dead one knows the config, but not what was commanded; the others hear nothing new. */
  #repeatCommands(): void {
    for (const [logger, level] of this.#logLevels) {
      this.workers.command({ name: 'set-log-level', logger, level })
    }
    this.redisTaps.repeat()
    this.thriftTaps.repeat()
    if (this.#healthFailed) this.workers.command({ name: 'health-check-fail', failed: true })
    if (this.#draining.size === 0) return
    const listeners = [...this.#draining]
    this.workers.command({ name: 'drain', listeners, startMs: this.#drainStartMs })
  }

  // ---- what admin and signals ask for

  state(): ServerState {
    if (this.#state !== 'LIVE') return this.#state
    return this.#healthFailed || this.workers.gaveUp ? 'DRAINING' : 'LIVE'
  }

  quit(): void {
    this.#stop()
  }

  reopenLogs(): void {
    this.thread.accessLogFiles.reopenAll()
    this.workers.command({ name: 'reopen-logs' })
    try {
      this.#logFile.reopen()
    } catch (error) {
      this.log.error(`reopening the log: ${String(error)}`)
    }
  }

  clustersView(): ClustersView {
    return { entries: this.clusters.entries(), table: this.#hostTable }
  }

  get registry(): Registry {
    return this.#registry
  }

  setHealthCheckFailed(failed: boolean): void {
    this.#healthFailed = failed
    this.workers.command({ name: 'health-check-fail', failed })
  }

  /** Null, or why a value was refused. */
  modifyRuntime(values: ReadonlyMap<string, string>): string | null {
    const refusal = this.runtime.modify(values)
    if (refusal !== null) return refusal
    const folded = this.runtime.folded()
    this.thread.runtime.update(folded)
    this.workers.publish({ kind: 'runtime', name: 'runtime', version: 1, value: folded })
    return null
  }

  setLogLevel(logger: string | null, level: LogLevel): void {
    if (logger === null) this.logs.setAllLevels(level)
    else this.logs.setLevel(logger, level)
    if (logger === null) this.#logLevels.clear()
    this.#logLevels.delete(logger)
    this.#logLevels.set(logger, level)
    this.workers.command({ name: 'set-log-level', logger, level })
  }

  /** Workers that have not confirmed what they were told. */
  silentWorkers(): readonly string[] {
    return this.workers.silent(systemTime.monotonic() - SILENT_AFTER_MS)
  }

  /** Connections are told to go; unless `skipExit`, accepting ends at once, or with `graceful` after the drain time. */
  drainListeners(request: {
    readonly graceful: boolean
    readonly skipExit: boolean
    readonly inboundOnly: boolean
  }): void {
    const names = this.listeners.all
      .filter(({ config }) => !request.inboundOnly || config.trafficDirection === 'INBOUND')
      .map(({ config }) => config.name)
    if (this.#drainStartMs < 0) this.#drainStartMs = systemTime.now()
    for (const name of names) this.#draining.add(name)
    this.workers.command({ name: 'drain', listeners: names, startMs: this.#drainStartMs })
    if (request.skipExit) return
    if (!request.graceful) {
      void this.#stopListeners(names)
      return
    }
    const timer = this.thread.timers.createTimer({ onTimer: () => void this.#stopListeners(names) })
    timer.enable(this.options.drainTimeS * 1000)
  }

  /** Workers stop first and main closes last, so that nobody who was queued is reset while somebody could still take them. */
  async #stopListeners(names: readonly string[]): Promise<void> {
    this.workers.command({ name: 'stop-listeners', listeners: names })
    await this.workers.settled()
    // A worker that was just starting had no listeners yet when it was told.
    this.workers.command({ name: 'stop-listeners', listeners: names })
    this.listeners.stop(names)
    this.#handOvers.discard(names)
  }

  // ---- end

  /** Stops accepting, cuts what is left, writes what is to be written. Safe after a failed start. */
  async shutdown(): Promise<void> {
    this.log.info('shutting down server instance')
    await this.workers.stop(STOP_WITHIN_MS)
    this.#handOvers.close()
    this.listeners.close()
    this.clusters.close()
    this.flusher.stop()
    this.#admin?.stop()
    await this.thread.accessLogFiles.close()
    this.thread.timers.stop()
    this.#undoSignals()
    this.log.info('exiting')
  }
}

/** Each proxied connection takes two descriptors; with none left, accepting would spin. */
function connectionLimit(): number {
  return Math.max(16, Math.floor((descriptorLimit() - RESERVED_DESCRIPTORS) / 2))
}
