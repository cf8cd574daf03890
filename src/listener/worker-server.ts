import type { ExtensionConfig } from '../config/schema/extension.ts'
import type { ListenerConfig } from '../config/schema/listener.ts'
import type { RuntimeValue } from '../extension/runtime.ts'
import { createThreadContext, type ThreadContext } from '../extension/thread-context.ts'
import { type FilterModule, loadFilterModule } from '../extension/user-module.ts'
import type { LogLevel } from '../logging/log-level.ts'
import { LogRegistry } from '../logging/log-registry.ts'
import type {
  Boot,
  BufferedBatch,
  ListenerResource,
  Resource,
  ToMain,
  ToWorker,
  WorkerCommand,
  WorkerEvent,
} from '../messages.ts'
import { setConnectionIds } from '../network/connection-ids.ts'
import { systemRandom } from '../random.ts'
import type { TapFilter } from '../redis/tap-filter.ts'
import type { Registry } from '../registry.ts'
import type { StatsAnnouncement } from '../stats/announcement.ts'
import { type SharedCounter, SharedNumbers } from '../stats/shared-numbers.ts'
import { StatsStore } from '../stats/store.ts'
import type { ThriftTapFilter } from '../thrift/tap-filter.ts'
import { systemTime } from '../time-source.ts'
import { HostTable } from '../upstream/host-table.ts'
import type { WorkerSocket } from './active-tcp-listener.ts'
import { ConnectionHandler } from './connection-handler.ts'
import { ADOPTED_KEY, CONNECTIONS_KEY } from './shared-keys.ts'

/** The way to main. Strings are cheap, objects are for what carries shared memory. */
export interface MainPort {
  post(message: string | ToMain): void
}

/** A worker: what main says becomes clusters, hosts and listeners here. */
export class WorkerServer {
  readonly #port: MainPort
  readonly #logs: LogRegistry
  readonly #thread: ThreadContext
  readonly #handler: ConnectionHandler
  readonly #registry: Registry
  readonly #adopted: SharedCounter
  #announcements: StatsAnnouncement[] = []
  #announcing = false

  constructor(boot: Boot, registry: Registry, port: MainPort) {
    const { workerIndex, concurrency, options } = boot
    const threadName = `worker_${workerIndex}`
    this.#port = port
    this.#registry = registry
    for (const entry of options.disabledExtensions) {
      const slash = entry.indexOf('/')
      registry.disable(entry.slice(0, slash), entry.slice(slash + 1))
    }
    setConnectionIds(workerIndex + 1, concurrency)
    this.#logs = new LogRegistry({
      thread: threadName,
      pattern: boot.logPattern,
      escaped: boot.logEscaped,
      level: boot.logLevel as LogLevel,
      levels: boot.logLevels as Readonly<Record<string, LogLevel>>,
      sink: (text) => port.post({ type: 'log', text }),
    })
    const stats = new StatsStore({
      thread: threadName,
      announce: (announcement) => this.#announce(announcement),
      keepSamples: options.keepSamples,
    })
    const sharedNumbers = new SharedNumbers(boot.sharedNumbers, workerIndex + 1)
    const hostTable = new HostTable(boot.hostTable, workerIndex + 1)
    this.#thread = createThreadContext({
      registry,
      stats,
      sharedNumbers,
      hostTable,
      logs: this.#logs,
      fileFlushIntervalMs: options.fileFlushIntervalMs,
      fileFlushMinBytes: options.fileFlushMinBytes,
      dnsResolver: options.dnsResolver as ExtensionConfig | null,
      onTapped: (kind, batches, missed) => {
        const events: WorkerEvent[] = batches.map((batch) => ({ kind, ...batch }))
        if (missed > 0) events.push({ kind, to: 0, lines: '', missed })
        this.#send({ type: 'events', events, dropped: 0 })
      },
    })
    this.#adopted = sharedNumbers.counter(ADOPTED_KEY)
    this.#handler = new ConnectionHandler(
      registry,
      this.#thread.server,
      {
        workerIndex,
        workerCount: concurrency,
        threadName,
        network: this.#thread.network,
        stats,
        sharedNumbers,
        runtime: this.#thread.runtime,
        connections: sharedNumbers.counter(CONNECTIONS_KEY),
        connectionLimit: options.connectionLimit,
        handOver: (listener, addressIndex, fd) =>
          this.#send({ type: 'hand-over', listener, addressIndex, fd }),
      },
      {
        strategy: options.drainStrategy,
        drainTimeS: options.drainTimeSeconds,
        timeSource: systemTime,
        random: systemRandom,
      },
    )
  }

  start(): void {
    this.#send({ type: 'ready' })
  }

  onMessage(received: string | BufferedBatch): void {
    const { json, buffers } =
      typeof received === 'string' ? { json: received, buffers: [] } : received
    const message = JSON.parse(json) as ToWorker
    switch (message.type) {
      case 'resources':
        void this.#onResources(message.batch, withBuffers(message.resources, buffers))
        break
      case 'command':
        this.#onCommand(message.command)
        break
      case 'ask':
      case 'answer':
        break
    }
  }

  async #onResources(batch: number, resources: readonly Resource[]): Promise<void> {
    const errors: string[] = []
    for (const resource of resources) {
      try {
        // Main sends the next batch after the ack, so nothing overtakes a module that is being loaded.
        if (resource.kind === 'filter-module') await this.#loadModule(resource)
        else this.#apply(resource)
      } catch (error) {
        errors.push(`applying ${resource.kind} "${resource.name}": ${String(error)}`)
      }
    }
    // What the new listeners announce must be known to main before it says that they are there.
    this.#flushAnnouncements()
    this.#send({ type: 'ack', batch, errors })
  }

  async #loadModule({ value }: Resource): Promise<void> {
    this.#registry.register(await loadFilterModule(value as FilterModule))
  }

  #apply(resource: Resource): void {
    const { kind, name, value } = resource
    switch (kind) {
      case 'cluster':
      case 'hosts':
        this.#thread.clusterManager.apply(resource)
        break
      case 'runtime':
        this.#thread.runtime.update(value as Readonly<Record<string, RuntimeValue>>)
        break
      case 'listener':
        this.#applyListener(name, value as ListenerResource | undefined)
        break
      default:
        throw new Error(`no such kind of resource: ${kind}`)
    }
  }

  #applyListener(name: string, value: ListenerResource | undefined): void {
    if (value === undefined) this.#handler.remove(name)
    else {
      this.#handler.add(value.config as ListenerConfig, value.sockets as readonly WorkerSocket[])
    }
  }

  #onCommand(command: WorkerCommand): void {
    switch (command.name) {
      case 'set-log-level':
        if (command.logger === null) this.#logs.setAllLevels(command.level as LogLevel)
        else this.#logs.setLevel(command.logger, command.level as LogLevel)
        break
      case 'reopen-logs':
        this.#thread.accessLogFiles.reopenAll()
        break
      case 'stop-listeners':
        this.#handler.stopListening(command.listeners)
        break
      case 'drain':
        this.#handler.startDrain(command.listeners, command.startMs)
        break
      case 'health-check-fail':
        this.#handler.setHealthCheckFailed(command.failed)
        break
      case 'adopt':
        // From here on the descriptor is this thread's, whatever becomes of it: main looks at the count when we die.
        this.#adopted.add(1)
        this.#handler.adopt(command.listener, command.addressIndex, command.fd)
        break
      case 'tap-redis':
        this.#thread.server.redisTap.setFilters(command.filters as readonly TapFilter[])
        break
      case 'tap-thrift':
        this.#thread.server.thriftTap.setFilters(command.filters as readonly ThriftTapFilter[])
        break
      case 'shutdown':
        void this.#shutdown()
        break
    }
  }

  /** Every connection is cut and logged, then the logs are written. */
  async #shutdown(): Promise<void> {
    this.#handler.closeAll('')
    await this.#thread.accessLogFiles.close()
    this.#flushAnnouncements()
    this.#send({ type: 'bye' })
  }

  #announce(announcement: StatsAnnouncement): void {
    this.#announcements.push(announcement)
    if (this.#announcing) return
    this.#announcing = true
    queueMicrotask(() => this.#flushAnnouncements())
  }

  #flushAnnouncements(): void {
    this.#announcing = false
    if (this.#announcements.length === 0) return
    const announcements = this.#announcements
    this.#announcements = []
    this.#port.post({ type: 'stats', announcements })
  }

  #send(message: ToMain): void {
    this.#port.post(JSON.stringify(message))
  }
}

/** The resources of a batch with the buffers that crossed beside their JSON. */
function withBuffers(
  resources: readonly Resource[],
  buffers: BufferedBatch['buffers'],
): readonly Resource[] {
  if (buffers.length === 0) return resources
  return resources.map((resource, index) => ({ ...resource, buffers: buffers[index]! }))
}
