import type { Address } from '../network/address.ts'
import type { ClientConnectionOptions } from '../network/client-connection.ts'
import { CloseType, type ConnectionCallbacks, ConnectionEvent } from '../network/connection.ts'
import type { Timer, TimerOwner } from '../network/timers.ts'
import type { CircuitBreakers } from './circuit-breakers.ts'
import { PoolFailureReason } from './cluster-manager.ts'
import { CLUSTER_STATS } from './cluster-stats-table.ts'
import { ConnectionRace, type ConnectionRaceOwner } from './connection-race.ts'
import type { Host } from './host.ts'
import { HostStat } from './host-table.ts'
import type { PoolCluster } from './pool-cluster.ts'
import type { DialledUpstream } from './upstream-context.ts'

const {
  bind_errors: BIND_ERRORS,
  upstream_cx_active: CX_ACTIVE,
  upstream_cx_connect_fail: CX_CONNECT_FAIL,
  upstream_cx_connect_timeout: CX_CONNECT_TIMEOUT,
  upstream_cx_destroy: CX_DESTROY,
  upstream_cx_destroy_local: CX_DESTROY_LOCAL,
  upstream_cx_destroy_local_with_active_rq: CX_DESTROY_LOCAL_WITH_ACTIVE_RQ,
  upstream_cx_destroy_remote: CX_DESTROY_REMOTE,
  upstream_cx_destroy_remote_with_active_rq: CX_DESTROY_REMOTE_WITH_ACTIVE_RQ,
  upstream_cx_destroy_with_active_rq: CX_DESTROY_WITH_ACTIVE_RQ,
  upstream_cx_total: CX_TOTAL,
  upstream_rq_active: RQ_ACTIVE,
  upstream_rq_total: RQ_TOTAL,
} = CLUSTER_STATS.index

/** The pool, as its connections see it. */
export interface TcpClientPool {
  readonly cluster: PoolCluster
  readonly host: Host
  readonly breakers: CircuitBreakers
  connectionOptions(address: Address): ClientConnectionOptions
  /** It is open: true if somebody took it. */
  onClientConnected(client: ActiveTcpClient): boolean
  /** Its connect failed, and nobody had given it up. Its close comes next. */
  onClientFailed(reason: PoolFailureReason, transportFailureReason: string): void
  onClientClosed(client: ActiveTcpClient): void
}

/** One connection of a pool, from the dial to the close, and everything that is counted on the way. */
export class ActiveTcpClient implements ConnectionCallbacks, TimerOwner, ConnectionRaceOwner {
  readonly #pool: TcpClientPool
  readonly #startMs: number
  /** Runs from the dial until the transport is ready; null after that, since the connection may stay for long. */
  #connectTimer: Timer | null
  /** Null before connect(), and while several addresses race. */
  connection: DialledUpstream | null = null
  #race: ConnectionRace | null = null
  #connected = false
  #assigned = false
  #timedOut = false
  #givenUp = false

  constructor(pool: TcpClientPool) {
    this.#pool = pool
    const { timers } = pool.cluster.context
    this.#startMs = timers.now()
    this.#connectTimer = timers.createTimer(this)
  }

  connect(): void {
    const { cluster, host, breakers } = this.#pool
    const { stats, context, data } = cluster
    stats[CX_TOTAL]!++
    stats[CX_ACTIVE]!++
    host.stats[HostStat.CxTotal]!++
    host.addActiveConnections(1)
    breakers.connections.add(1)
    this.#connectTimer?.enable(data.connectTimeoutMs)
    const { additionalAddresses } = host.data
    if (additionalAddresses.length > 0) {
      this.#race = new ConnectionRace([host.address, ...additionalAddresses], this, {
        settings: data.happyEyeballs,
        timers: context.timers,
      })
      this.#race.start()
      return
    }
    const connection = context.dial(this.#pool.connectionOptions(host.address))
    this.connection = connection
    connection.addConnectionCallbacks(this)
    connection.connect()
  }

  /** Somebody has it now. */
  assign(): void {
    const { cluster, host, breakers } = this.#pool
    this.#assigned = true
    cluster.stats[RQ_TOTAL]!++
    cluster.stats[RQ_ACTIVE]!++
    host.stats[HostStat.RqTotal]!++
    host.addActiveRequests(1)
    breakers.requests.add(1)
  }

  /** Who had it is done with it: somebody else may get it. */
  release(): void {
    if (!this.#assigned) return
    this.#assigned = false
    this.#countEndOfUse()
  }

  /** Nobody waits for it. */
  giveUp(): void {
    this.#givenUp = true
    this.close('')
  }

  onTimer(): void {
    this.#timedOut = true
    this.close('transport_socket_timeout')
  }

  // ---- the connection

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) this.#onConnected(this.connection!)
    else this.#onClosed(event, this.connection!)
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  // ---- the race of connections, when the host has several addresses

  dialRacer(address: Address, isFirst: boolean): DialledUpstream {
    const { cluster, host } = this.#pool
    if (!isFirst) {
      cluster.stats[CX_TOTAL]!++
      host.stats[HostStat.CxTotal]!++
    }
    return cluster.context.dial(this.#pool.connectionOptions(address))
  }

  onRaceWon(connection: DialledUpstream): void {
    this.#race = null
    this.connection = connection
    connection.addConnectionCallbacks(this)
    this.#onConnected(connection)
  }

  onRaceLost(event: ConnectionEvent, last: DialledUpstream): void {
    this.#race = null
    this.#onClosed(event, last)
  }

  #onConnected(connection: DialledUpstream): void {
    const { cluster } = this.#pool
    this.#connectTimer?.disable()
    this.#connectTimer = null
    this.#connected = true
    cluster.connectMs.record(cluster.context.timers.now() - this.#startMs)
    connection.setConnectionStats(cluster.connectionStats)
    if (!this.#pool.onClientConnected(this)) connection.close(CloseType.NoFlush, '')
  }

  #onClosed(event: ConnectionEvent, connection: DialledUpstream): void {
    const { cluster, host, breakers } = this.#pool
    this.#connectTimer?.disable()
    this.#connectTimer = null
    cluster.lengthMs.record(cluster.context.timers.now() - this.#startMs)
    const isLocal = event === ConnectionEvent.LocalClose || connection.bindFailed
    this.#countClose(isLocal)
    cluster.stats[CX_ACTIVE]!--
    host.addActiveConnections(-1)
    breakers.connections.add(-1)
    if (!this.#connected) this.#onConnectFailed(isLocal, connection)
    this.#pool.onClientClosed(this)
  }

  #countClose(isLocal: boolean): void {
    const { stats } = this.#pool.cluster
    stats[CX_DESTROY]!++
    stats[isLocal ? CX_DESTROY_LOCAL : CX_DESTROY_REMOTE]!++
    if (!this.#assigned) return
    stats[CX_DESTROY_WITH_ACTIVE_RQ]!++
    stats[isLocal ? CX_DESTROY_LOCAL_WITH_ACTIVE_RQ : CX_DESTROY_REMOTE_WITH_ACTIVE_RQ]!++
    this.#countEndOfUse()
  }

  #countEndOfUse(): void {
    const { cluster, host, breakers } = this.#pool
    cluster.stats[RQ_ACTIVE]!--
    host.addActiveRequests(-1)
    breakers.requests.add(-1)
  }

  #onConnectFailed(isLocal: boolean, connection: DialledUpstream): void {
    const { cluster, host } = this.#pool
    cluster.stats[CX_CONNECT_FAIL]!++
    host.stats[HostStat.CxConnectFail]!++
    if (this.#timedOut) cluster.stats[CX_CONNECT_TIMEOUT]!++
    if (connection.bindFailed) cluster.stats[BIND_ERRORS]!++
    const reason = this.#timedOut
      ? PoolFailureReason.Timeout
      : isLocal
        ? PoolFailureReason.LocalConnectionFailure
        : PoolFailureReason.RemoteConnectionFailure
    if (!this.#givenUp) this.#pool.onClientFailed(reason, connection.transportFailureReason)
  }

  close(reason: string): void {
    if (this.#race !== null) this.#race.close(reason)
    else this.connection?.close(CloseType.NoFlush, reason)
  }
}
