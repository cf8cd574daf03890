import type { AccessLog } from '../access-log/access-log.ts'
import type { ListenerConfig } from '../config/schema/listener.ts'
import type { FactoryContext } from '../extension/factory-context.ts'
import type { Address } from '../network/address.ts'
import { CloseType } from '../network/connection.ts'
import { NOBODY, type RawSocket, type RawSocketOwner } from '../network/raw-socket.ts'
import type { ServerConnection } from '../network/server-connection.ts'
import { ResponseFlag, StreamInfo } from '../network/stream-info.ts'
import {
  acceptedAddresses,
  adoptAccepted,
  discardAccepted,
  giveAway,
  TcpListener,
} from '../network/tcp-listener.ts'
import type { Registry } from '../registry.ts'
import type { SharedCounter } from '../stats/shared-numbers.ts'
import type { Histogram, StatsBlock } from '../stats/store.ts'
import { ActiveTcpConnection, type ConnectionOwner } from './active-tcp-connection.ts'
import type { ListenerDrain } from './drain-state.ts'
import { type FilterChain, FilterChainManager } from './filter-chain-manager.ts'
import { HandshakeTimeout, type HandshakeTimeoutOwner } from './handshake-timeout.ts'
import { LISTENER_STATS, LISTENER_WORKER_STATS, listenerStatName } from './listener-stats.ts'
import { listenerConnectionsKey, listeningKey } from './shared-keys.ts'
import type { WorkerContext } from './worker-context.ts'

/** Below this many connections per worker, accepts are evened out between workers. */
const BALANCE_BELOW = 32
/** Envoy's older way of saying the limit; without it the descriptors decide. */
const GLOBAL_LIMIT_KEY = 'overload.global_downstream_max_connections'

const LISTENER = LISTENER_STATS.index
const WORKER = LISTENER_WORKER_STATS.index

/** A listening socket of main, as this worker got it. */
export interface WorkerSocket {
  readonly fd: number
  readonly address: Address
  readonly backlog: number
}

/** A listener on one worker: accepts, chooses the chain, builds the connection. */
export class ActiveTcpListener implements ConnectionOwner, HandshakeTimeoutOwner {
  readonly name: string
  readonly config: ListenerConfig
  readonly drain: ListenerDrain
  readonly #worker: WorkerContext
  readonly #chains: FilterChainManager
  readonly #accessLogs: readonly AccessLog[]
  readonly #connections = new Set<ActiveTcpConnection>()
  readonly #listeners: TcpListener[] = []
  readonly #addresses: Address[] = []
  readonly #scope: string
  readonly #stats: StatsBlock
  readonly #workerStats: StatsBlock
  readonly #lengthMs: Histogram
  readonly #acceptedPerEvent: Histogram
  /** All workers' connections of this listener. */
  readonly #shared: SharedCounter
  /** The workers that accept. Whoever does not yet, or not any more, is given nothing. */
  readonly #listening: SharedCounter
  readonly #limitKey: string
  #accepting = false

  constructor(
    config: ListenerConfig,
    registry: Registry,
    context: FactoryContext,
    worker: WorkerContext,
    drain: ListenerDrain,
  ) {
    this.name = config.name
    this.config = config
    this.drain = drain
    this.#worker = worker
    this.#chains = new FilterChainManager(config, registry, context)
    this.#accessLogs = context.createAccessLogs(config.accessLog)
    this.#scope = `listener.${listenerStatName(config)}.`
    const { stats, threadName } = worker
    this.#stats = stats.block(this.#scope, LISTENER_STATS)
    this.#workerStats = stats.block(`${this.#scope}${threadName}.`, LISTENER_WORKER_STATS)
    this.#lengthMs = stats.histogram(`${this.#scope}downstream_cx_length_ms`, 'milliseconds')
    this.#acceptedPerEvent = stats.histogram(
      `${this.#scope}connections_accepted_per_socket_event`,
      'unspecified',
    )
    this.#shared = worker.sharedNumbers.counter(listenerConnectionsKey(config.name))
    this.#listening = worker.sharedNumbers.counter(listeningKey(config.name))
    this.#limitKey = `envoy.resource_limits.listener.${config.name}.connection_limit`
  }

  /** Starts to accept on these sockets. */
  listen(sockets: readonly WorkerSocket[]): void {
    for (const [index, socket] of sockets.entries()) {
      this.#addresses[index] = socket.address
      this.#listeners.push(
        new TcpListener(socket.fd, socket.backlog, this.config.addresses[index]!.socketOptions, {
          onAccept: (accepted) => this.#onAccept(accepted, index),
        }),
      )
    }
    this.#accepting = true
    this.#listening.add(1)
  }

  /** No more accepts; connections live on. */
  stopListening(): void {
    if (!this.#accepting) return
    this.#accepting = false
    this.#listening.sub(1)
    for (const listener of this.#listeners) listener.stop()
    this.#listeners.length = 0
  }

  /** Ends its connections at once and gives its stats back. */
  close(reason: string): void {
    this.stopListening()
    for (const active of [...this.#connections]) active.close(CloseType.NoFlush, reason)
    this.#chains.release()
    this.#worker.stats.release(this.#scope, LISTENER_STATS)
    this.#worker.stats.release(`${this.#scope}${this.#worker.threadName}.`, LISTENER_WORKER_STATS)
    this.#worker.stats.releaseHistogram(`${this.#scope}downstream_cx_length_ms`)
    this.#worker.stats.releaseHistogram(`${this.#scope}connections_accepted_per_socket_event`)
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** A socket that another worker accepted and handed over. */
  adopt(fd: number, addressIndex: number): void {
    if (this.#accepting) adoptAccepted(fd, (socket) => this.#admit(socket, addressIndex))
    else discardAccepted(fd)
  }

  #onAccept(socket: RawSocket, addressIndex: number): RawSocketOwner {
    this.#acceptedPerEvent.record(1)
    if (!this.#hasLessLoadedPeer()) return this.#admit(socket, addressIndex)
    return new HandOver((fd) => this.#worker.handOver(this.name, addressIndex, fd))
  }

  /** Limits, then the connection. */
  #admit(socket: RawSocket, addressIndex: number): RawSocketOwner {
    const worker = this.#worker
    const globalLimit = worker.runtime.integer(GLOBAL_LIMIT_KEY, worker.connectionLimit)
    if (!this.config.ignoreGlobalConnLimit && worker.connections.value() >= globalLimit) {
      this.#stats[LISTENER.downstream_global_cx_overflow]!++
      return REFUSED
    }
    const limit = worker.runtime.integer(this.#limitKey, Number.POSITIVE_INFINITY)
    if (this.#shared.value() >= limit) {
      this.#stats[LISTENER.downstream_cx_overflow]!++
      return REFUSED
    }
    try {
      return this.#createConnection(socket, addressIndex)
    } catch (error) {
      worker.network.onFault(error, `listener ${this.name}`)
      return REFUSED
    }
  }

  #createConnection(socket: RawSocket, addressIndex: number): RawSocketOwner {
    const listening = this.#addresses[addressIndex]!
    const chain = this.#chains.only ?? this.#findFilterChain(socket, listening)
    if (chain === null) return REFUSED
    const connection = new ActiveTcpConnection(
      this.#worker.network,
      chain.transportSocketFactory,
      socket,
      this,
    )
    if (listening.kind === 'pipe') connection.setAddresses(listening, listening)
    connection.origin = chain.origin
    if (this.#accessLogs.length > 0) connection.captureAddresses()
    connection.setBufferLimit(this.config.perConnectionBufferLimitBytes)
    this.#countIn(connection)
    const timeoutMs = chain.config.transportSocketConnectTimeoutMs
    if (timeoutMs > 0 && chain.transportSocketFactory !== null) {
      new HandshakeTimeout(connection, this.#worker.network.timers, timeoutMs, this)
    }
    this.#applyFilters(connection, chain)
    return connection
  }

  /** For HandshakeTimeout. */
  onHandshakeTimeout(): void {
    this.#stats[LISTENER.downstream_cx_transport_socket_connect_timeout]!++
  }

  #findFilterChain(socket: RawSocket, listening: Address): FilterChain | null {
    const { local, remote } = acceptedAddresses(socket, listening)
    const chain = this.#chains.findFilterChain({
      local,
      remote,
      directRemote: remote,
      serverName: '',
      transportProtocol: 'raw_buffer',
      applicationProtocols: [],
    })
    if (chain !== null) return chain
    this.#stats[LISTENER.no_filter_chain_match]!++
    this.#logRefused(local, remote)
    return null
  }

  #applyFilters(connection: ServerConnection, chain: FilterChain): void {
    const factories = chain.filterFactories
    try {
      for (let i = 0; i < factories.length; i++) factories[i]!(connection.filterManager)
    } catch (error) {
      connection.onSocketFault(error)
      return
    }
    if (factories.length === 0) connection.close(CloseType.NoFlush, 'no_filters')
  }

  #countIn(connection: ActiveTcpConnection): void {
    this.#connections.add(connection)
    this.#stats[LISTENER.downstream_cx_total]!++
    // Written, so that sinks report it: without listener filters nobody waits here.
    this.#stats[LISTENER.downstream_pre_cx_active]! += 0
    this.#stats[LISTENER.downstream_cx_active]!++
    this.#workerStats[WORKER.downstream_cx_total]!++
    this.#workerStats[WORKER.downstream_cx_active]!++
    this.#shared.add(1)
    this.#worker.connections.add(1)
  }

  onConnectionClosed(connection: ActiveTcpConnection): void {
    if (!this.#connections.delete(connection)) return
    const endMs = this.#worker.network.timeSource.monotonic()
    this.#stats[LISTENER.downstream_cx_destroy]!++
    this.#stats[LISTENER.downstream_cx_active]!--
    this.#workerStats[WORKER.downstream_cx_active]!--
    this.#lengthMs.record(endMs - connection.startMonotonicMs)
    this.#shared.sub(1)
    this.#worker.connections.sub(1)
    if (this.#accessLogs.length === 0) return
    connection.streamInfo.endMonotonicMs = endMs
    for (const log of this.#accessLogs) log.log(connection.streamInfo, 'NotSet')
  }

  /** A connection that no chain takes is logged too. */
  #logRefused(local: Address, remote: Address): void {
    if (this.#accessLogs.length === 0) return
    const time = this.#worker.network.timeSource
    const info = new StreamInfo(time.now(), time.monotonic(), 0)
    describe(info, local, remote)
    info.listenerName = this.config.name
    info.listenerMetadata = this.config.metadata
    info.setFlag(ResponseFlag.NR)
    info.responseCodeDetails = 'filter_chain_not_found'
    info.endMonotonicMs = info.startMonotonicMs
    for (const log of this.#accessLogs) log.log(info, 'NotSet')
  }

  /**
   * The kernel spreads by hash, which with few connections leaves workers idle (8 on 4 workers: the busiest had 2.5 times the
   * mean at p90). So while there are few, or always where sockets are shared, the least loaded worker gets the connection.
   * Main chooses it, since only main knows what is on its way to whom.
   */
  #hasLessLoadedPeer(): boolean {
    const { workerCount, workerIndex } = this.#worker
    if (workerCount === 1) return false
    const exact = this.config.connectionBalance === 'exact' || !this.config.enableReusePort
    if (!exact && this.#shared.value() >= BALANCE_BELOW * workerCount) return false
    const load = this.#shared.ofThread(workerIndex + 1)
    for (let i = 0; i < workerCount; i++) {
      if (this.#shared.ofThread(i + 1) < load && this.#listening.ofThread(i + 1) > 0) return true
    }
    return false
  }
}

function describe(info: StreamInfo, local: Address, remote: Address): void {
  info.localAddress = local
  info.remoteAddress = remote
  info.directLocalAddress = local
  info.directRemoteAddress = remote
}

/** Owns a socket that nobody wants, until it is closed. */
const REFUSED: RawSocketOwner = {
  ...NOBODY,
  onSocketOpen(socket) {
    socket.end()
  },
}

/** Owns an accepted socket for the moment that it takes to give it to another worker. */
class HandOver implements RawSocketOwner {
  readonly #give: (fd: number) => void

  constructor(give: (fd: number) => void) {
    this.#give = give
  }

  onSocketOpen(socket: RawSocket): void {
    this.#give(giveAway(socket))
  }

  onSocketData(): void {}
  onSocketDrain(): void {}
  onSocketEnd(): void {}
  onSocketClose(): void {}
  onSocketFault(): void {}
}
