import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ListenerConfig } from '../config/schema/listener.ts'
import type { NetworkFilterFactory } from '../extension/define.ts'
import type { FactoryContext, ServerContext } from '../extension/factory-context.ts'
import { FilterChainManager } from '../listener/filter-chain-manager.ts'
import type { Logger } from '../logging/log-registry.ts'
import type { ListenerResource, Resource } from '../messages.ts'
import { type Address, addressText } from '../network/address.ts'
import {
  BindError,
  bindListenSocket,
  type ListenSocket,
  type ListenSocketOptions,
  probeAddress,
} from '../network/listen-socket.ts'
import type { Registry } from '../registry.ts'
import type { StatsBlock } from '../stats/store.ts'
import { LISTENER_MANAGER_STATS } from './listener-stats.ts'
import { findPortHolder } from './port-holder.ts'

const STAT = LISTENER_MANAGER_STATS.index

export interface ListenerManagerOptions {
  readonly registry: Registry
  readonly server: ServerContext
  readonly concurrency: number
  readonly log: Logger
}

/** A listener on main: its config, and the sockets that workers accept on. */
export interface ManagedListener {
  readonly config: ListenerConfig
  /** As bound. */
  readonly addresses: readonly Address[]
  /** Clusters, or what the listener does itself. */
  readonly leadsTo: readonly string[]
  /** Per address: one socket per worker with reuse_port, else one. */
  readonly sockets: readonly (readonly ListenSocket[])[]
  readonly addedMs: number
  stopped: boolean
}

/** Accepts listener configs, holds their sockets, and says what each worker gets. */
export class ListenerManager {
  readonly #options: ListenerManagerOptions
  readonly #listeners = new Map<string, ManagedListener>()
  readonly #stats: StatsBlock

  constructor(options: ListenerManagerOptions) {
    this.#options = options
    this.#stats = options.server.stats.block('listener_manager.', LISTENER_MANAGER_STATS)
  }

  get all(): readonly ManagedListener[] {
    return [...this.#listeners.values()]
  }

  /** Runs every factory, then binds. Throws an Error whose message names the listener. */
  add(given: ListenerConfig): void {
    const { log } = this.#options
    const config = given.name === '' ? { ...given, name: randomUUID() } : given
    if (this.#listeners.has(config.name)) {
      log.warn(`listener "${config.name}" is there already, this one is left out`)
      return
    }
    try {
      this.#accept(config)
      const sockets = this.#bind(config)
      this.#listeners.set(config.name, {
        config,
        addresses: sockets.map((perWorker) => perWorker[0]!.address),
        leadsTo: leadsTo(config, this.#options.registry),
        sockets,
        addedMs: this.#options.server.timeSource.now(),
        stopped: false,
      })
    } catch (error) {
      this.#stats[STAT.listener_create_failure]!++
      throw error
    }
    this.#stats[STAT.listener_added]!++
    this.#stats[STAT.total_listeners_active]!++
    this.#stats[STAT.total_listeners_warming] = 0
  }

  /** What a worker is told of a listener; each call makes new duplicates of the sockets, which are the worker's. */
  resourceFor(listener: ManagedListener, workerIndex: number): Resource {
    const { config } = listener
    const backlog = config.tcpBacklogSize ?? systemBacklog()
    const value: ListenerResource = {
      config,
      sockets: listener.sockets.map((perWorker) => {
        const socket = perWorker[workerIndex % perWorker.length]!
        return { fd: socket.duplicate(), address: socket.address, backlog }
      }),
    }
    return { kind: 'listener', name: config.name, version: 1, value }
  }

  /** Listeners that workers should run, for a worker that starts. */
  resourcesFor(workerIndex: number): readonly Resource[] {
    return this.all
      .filter((listener) => !listener.stopped)
      .map((listener) => this.resourceFor(listener, workerIndex))
  }

  onWorkersStarted(): void {
    const created = this.#listeners.size * this.#options.concurrency
    this.#stats[STAT.listener_create_success]! += created
    this.#stats[STAT.workers_started] = 1
  }

  /** After the workers have stopped accepting: the sockets go, and with them their queues. */
  stop(names: readonly string[]): void {
    for (const name of names) {
      const listener = this.#listeners.get(name)
      if (listener === undefined || listener.stopped) continue
      listener.stopped = true
      closeSockets(listener)
      this.#stats[STAT.listener_stopped]! += this.#options.concurrency
    }
  }

  close(): void {
    for (const listener of this.#listeners.values()) if (!listener.stopped) closeSockets(listener)
    this.#listeners.clear()
  }

  /** The factories run here first: what they refuse never reaches a worker. */
  #accept(config: ListenerConfig): void {
    const { registry, server } = this.#options
    const context: FactoryContext = {
      ...server,
      listenerName: config.name,
      listenerMetadata: config.metadata,
      drainDecision: { drainClose: () => false },
    }
    new FilterChainManager(config, registry, context)
    server.createAccessLogs(config.accessLog)
  }

  #bind(config: ListenerConfig): ListenSocket[][] {
    const bound: ListenSocket[][] = []
    try {
      for (const given of config.addresses) {
        const options = socketOptionsOf(config, given)
        const text = addressText(given.address)
        probeAddress(options, text)
        const first = bindListenSocket(options, text)
        const all = [first]
        bound.push(all)
        const count = options.reusePort ? this.#options.concurrency : 1
        while (all.length < count) {
          all.push(bindListenSocket({ ...options, address: first.address }, text))
        }
      }
      return bound
    } catch (error) {
      for (const socket of bound.flat()) socket.close()
      throw this.#explain(config, error)
    }
  }

  #explain(config: ListenerConfig, error: unknown): unknown {
    if (!(error instanceof BindError)) return error
    const inUse = error.code === 'EADDRINUSE'
    const holder = inUse
      ? config.addresses
          .map(({ address }) => findPortHolder(address))
          .find((found) => found !== null)
      : null
    const by = holder == null ? '' : `, by ${holder}`
    return new Error(`listener '${config.name}': ${error.message}${by}`, { cause: error })
  }
}

function socketOptionsOf(
  config: ListenerConfig,
  given: ListenerConfig['addresses'][number],
): ListenSocketOptions {
  return {
    address: given.address,
    reusePort: config.enableReusePort && given.address.kind === 'ip',
    ipv4Compat: given.ipv4Compat,
    transparent: config.transparent === true,
    freebind: config.freebind === true,
    fastOpenQueueLength: config.tcpFastOpenQueueLength,
    keepalive: given.tcpKeepalive,
    socketOptions: given.socketOptions,
    mode: given.pipeMode,
  }
}

/** In the words of the ready line and the admin page. */
function leadsTo(config: ListenerConfig, registry: Registry): string[] {
  const chains = [...config.filterChains]
  if (config.defaultFilterChain !== null) chains.push(config.defaultFilterChain)
  const found = new Set<string>()
  for (const { filters } of chains) {
    const last = filters.at(-1)
    if (last === undefined) continue
    const factory = registry.byName('envoy.filters.network', last.factory) as NetworkFilterFactory
    const clusters = factory.clusters?.(last.config) ?? [last.factory.replace(/^.*\./, '')]
    for (const cluster of clusters) found.add(cluster)
  }
  return [...found]
}

/** What listen(2) is given when the config says nothing: Envoy takes the system's limit. */
function systemBacklog(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')) || 128
  } catch {
    return 128
  }
}

function closeSockets(listener: ManagedListener): void {
  for (const socket of listener.sockets.flat()) socket.close()
}
