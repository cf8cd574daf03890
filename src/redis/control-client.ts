import { decodeValue, RespError } from '../codec/resp/decode-value.ts'
import type { RespValue } from '../codec/resp/value.ts'
import type { Address } from '../network/address.ts'
import { CloseType, type ConnectionCallbacks, ConnectionEvent } from '../network/connection.ts'
import { FilterStatus, type ReadFilter } from '../network/filter.ts'
import type { ReadBuffer } from '../network/read-buffer.ts'
import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'
import { CLUSTER_STATS } from '../upstream/cluster-stats-table.ts'
import type { Host } from '../upstream/host.ts'
import { HostStat } from '../upstream/host-table.ts'
import type { DialledUpstream } from '../upstream/upstream-context.ts'
import type { UpstreamDialler } from '../upstream/upstream-dialler.ts'
import { encodeCommand } from './encode-command.ts'
import type { RedisCredentials } from './protocol-options.ts'

const STAT = CLUSTER_STATS.index

/** A longer reply ends the connection: nothing that the proxy itself asks for is as long. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024

export interface ControlCallbacks {
  /** The reply, an error too. It holds views of bytes that are kept as long as it is. */
  onReply(reply: RespValue): void
  /** Refused, closed, garbled, or too late: the connection is gone, and the next request makes another. */
  onFailure(): void
}

export interface ControlClientOptions {
  readonly cluster: UpstreamDialler
  /** Where the connection is counted, too; null: a host that nobody knows yet. */
  readonly host: Host | null
  readonly address: Address
  readonly credentials: RedisCredentials
  readonly timers: TimerWheel
  /** From a request on a connection to its reply. */
  readonly requestTimeoutMs: number
}

/**
 * Main's own connection to a redis host: one request at a time, made at the first, kept until it closes. As Envoy does, it counts as
 * the cluster's traffic, and `auth` goes ahead without being waited for.
 */
export class RedisControlClient implements ConnectionCallbacks, ReadFilter, TimerOwner {
  readonly #options: ControlClientOptions
  readonly #timer: Timer
  #connection: DialledUpstream | null = null
  #isConnected = false
  /** Null: nobody waits, or who did has given up. */
  #callbacks: ControlCallbacks | null = null
  #isActive = false
  /** Replies that nobody waits for. */
  #ignored = 0

  constructor(options: ControlClientOptions) {
    this.#options = options
    this.#timer = options.timers.createTimer(this)
  }

  /** One of the callbacks follows, never within this call, unless close() comes first. */
  request(words: readonly string[], callbacks: ControlCallbacks): void {
    if (this.#isActive) throw new Error('a request is under way already')
    const connection = this.#connection ?? this.#connect()
    this.#callbacks = callbacks
    this.#countRequest(1)
    connection.write(encodeCommand(words), false)
    const { cluster, requestTimeoutMs } = this.#options
    this.#timer.enable(this.#isConnected ? requestTimeoutMs : cluster.data.connectTimeoutMs)
  }

  /** Also gives up the request under way. */
  close(): void {
    const { cluster } = this.#options
    if (this.#callbacks !== null) cluster.stats[STAT.upstream_rq_cancelled]!++
    this.#callbacks = null
    this.#connection?.close(CloseType.NoFlush, '')
  }

  onTimer(): void {
    const { cluster, host } = this.#options
    if (this.#isConnected) {
      cluster.stats[STAT.upstream_rq_timeout]!++
      if (host !== null) host.stats[HostStat.RqTimeout]!++
    } else {
      cluster.stats[STAT.upstream_cx_connect_timeout]!++
    }
    this.#connection?.close(CloseType.NoFlush, '')
  }

  // ---- the connection

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) {
      this.#isConnected = true
      if (this.#isActive) this.#timer.enable(this.#options.requestTimeoutMs)
      return
    }
    this.#countClose(event === ConnectionEvent.LocalClose)
    this.#connection = null
    this.#timer.disable()
    this.#endRequest()?.onFailure()
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  initializeReadFilterCallbacks(): void {}

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer): FilterStatus {
    try {
      while (buffer.length > 0 && this.#connection !== null) {
        const decoded = decodeValue(buffer.joined(), 0)
        if (decoded === null && buffer.length > MAX_REPLY_BYTES) throw new RespError('too long')
        if (decoded === null) break
        buffer.drain(decoded.end)
        this.#onReply(decoded.value)
      }
    } catch (error) {
      if (!(error instanceof RespError)) throw error
      this.#onProtocolError()
    }
    return FilterStatus.StopIteration
  }

  /** A reply that nobody asked for is dropped, as in Envoy. */
  #onReply(reply: RespValue): void {
    if (this.#ignored > 0) {
      this.#ignored--
      return
    }
    this.#timer.disable()
    this.#endRequest()?.onReply(reply)
  }

  #onProtocolError(): void {
    const { cluster, host } = this.#options
    cluster.stats[STAT.upstream_cx_protocol_error]!++
    if (host !== null) host.stats[HostStat.RqError]!++
    this.#connection?.close(CloseType.NoFlush, '')
  }

  #connect(): DialledUpstream {
    const { cluster, host, address, credentials } = this.#options
    const connection = cluster.dial(address)
    this.#connection = connection
    this.#isConnected = false
    this.#ignored = 0
    cluster.stats[STAT.upstream_cx_total]!++
    cluster.stats[STAT.upstream_cx_active]!++
    if (host !== null) host.stats[HostStat.CxTotal]!++
    host?.addActiveConnections(1)
    // A reply may be longer than what a pool lets wait.
    connection.setBufferLimit(0)
    connection.addConnectionCallbacks(this)
    connection.addReadFilter(this)
    connection.connect()
    const { username, password } = credentials
    if (password !== '') {
      const words = username === '' ? ['auth', password] : ['auth', username, password]
      connection.write(encodeCommand(words), false)
      this.#ignored = 1
    }
    return connection
  }

  #endRequest(): ControlCallbacks | null {
    if (!this.#isActive) return null
    const callbacks = this.#callbacks
    this.#callbacks = null
    this.#timer.disable()
    this.#countRequest(-1)
    return callbacks
  }

  #countRequest(n: 1 | -1): void {
    const { cluster, host } = this.#options
    this.#isActive = n > 0
    cluster.stats[STAT.upstream_rq_active]! += n
    host?.addActiveRequests(n)
    if (n < 0) return
    cluster.stats[STAT.upstream_rq_total]!++
    if (host !== null) host.stats[HostStat.RqTotal]!++
  }

  #countClose(isLocal: boolean): void {
    const { cluster, host } = this.#options
    const { stats } = cluster
    stats[STAT.upstream_cx_active]!--
    host?.addActiveConnections(-1)
    stats[STAT.upstream_cx_destroy]!++
    stats[isLocal ? STAT.upstream_cx_destroy_local : STAT.upstream_cx_destroy_remote]!++
    if (!this.#isConnected) {
      stats[STAT.upstream_cx_connect_fail]!++
      if (host !== null) host.stats[HostStat.CxConnectFail]!++
    }
    if (!this.#isActive) return
    stats[STAT.upstream_cx_destroy_with_active_rq]!++
    stats[
      isLocal
        ? STAT.upstream_cx_destroy_local_with_active_rq
        : STAT.upstream_cx_destroy_remote_with_active_rq
    ]!++
  }
}
