import type { ListenerConfig } from '../config/schema/listener.ts'
import type { FactoryContext, ServerContext } from '../extension/factory-context.ts'
import { discardAccepted } from '../network/tcp-listener.ts'
import type { Registry } from '../registry.ts'
import { ActiveTcpListener, type WorkerSocket } from './active-tcp-listener.ts'
import { type DrainOptions, ListenerDrain } from './drain-state.ts'
import type { WorkerContext } from './worker-context.ts'

/** All listeners of one worker. */
export class ConnectionHandler {
  readonly #registry: Registry
  readonly #server: ServerContext
  readonly #worker: WorkerContext
  readonly #drainOptions: DrainOptions
  readonly #listeners = new Map<string, ActiveTcpListener>()
  #healthFailed = false

  constructor(
    registry: Registry,
    server: ServerContext,
    worker: WorkerContext,
    drainOptions: DrainOptions,
  ) {
    this.#registry = registry
    this.#server = server
    this.#worker = worker
    this.#drainOptions = drainOptions
  }

  /** Adds a listener and accepts on its sockets. */
  add(config: ListenerConfig, sockets: readonly WorkerSocket[]): void {
    const drain = new ListenerDrain(this.#drainOptions, config.drainType === 'MODIFY_ONLY')
    drain.setHealthCheckFailed(this.#healthFailed)
    const context: FactoryContext = {
      ...this.#server,
      listenerName: config.name,
      listenerMetadata: config.metadata,
      drainDecision: drain,
    }
    const listener = new ActiveTcpListener(config, this.#registry, context, this.#worker, drain)
    this.#listeners.set(config.name, listener)
    listener.listen(sockets)
  }

  /** Its connections end at once. */
  remove(name: string): void {
    this.#listeners.get(name)?.close('listener_removed')
    this.#listeners.delete(name)
  }

  /** `names` null: all. */
  stopListening(names: readonly string[] | null): void {
    for (const listener of this.#chosen(names)) listener.stopListening()
  }

  startDrain(names: readonly string[] | null, startMs: number): void {
    for (const listener of this.#chosen(names)) listener.drain.start(startMs)
  }

  setHealthCheckFailed(failed: boolean): void {
    this.#healthFailed = failed
    for (const listener of this.#listeners.values()) listener.drain.setHealthCheckFailed(failed)
  }

  /** A socket that another worker accepted. The descriptor is closed when its listener is gone meanwhile. */
  adopt(name: string, addressIndex: number, fd: number): void {
    const listener = this.#listeners.get(name)
    if (listener === undefined) discardAccepted(fd)
    else listener.adopt(fd, addressIndex)
  }

  /** Cuts every connection, so that each gets its log entry. */
  closeAll(reason: string): void {
    for (const name of [...this.#listeners.keys()]) {
      this.#listeners.get(name)!.close(reason)
      this.#listeners.delete(name)
    }
  }

  #chosen(names: readonly string[] | null): readonly ActiveTcpListener[] {
    const all = [...this.#listeners.values()]
    return names === null ? all : all.filter((listener) => names.includes(listener.name))
  }
}
