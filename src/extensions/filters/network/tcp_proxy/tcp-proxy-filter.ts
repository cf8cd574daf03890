import { type Hash64, setHash64 } from '../../../../codec/hash/hash64.ts'
import {
  CloseType,
  type ConnectionCallbacks,
  ConnectionEvent,
  ConnectionState,
} from '../../../../network/connection.ts'
import {
  type ClientConnection,
  type Connection,
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
} from '../../../../network/filter.ts'
import type { IdleGroup, IdleMember } from '../../../../network/idle-group.ts'
import { ReadBuffer } from '../../../../network/read-buffer.ts'
import type { Metadata } from '../../../../network/stream-info.ts'
import {
  type AccessLogType,
  ResponseFlag,
  type StreamInfo,
  type UpstreamInfo,
} from '../../../../network/stream-info.ts'
import type { Timer, TimerOwner } from '../../../../network/timers.ts'
import {
  PoolFailureReason,
  type TcpPoolCallbacks,
  type TcpPoolHandle,
  type ThreadLocalCluster,
} from '../../../../upstream/cluster-manager.ts'
import { CLUSTER_STATS } from '../../../../upstream/cluster-stats-table.ts'
import { type Host, OutlierResult } from '../../../../upstream/host.ts'
import type { DownstreamSide, LoadBalancerContext } from '../../../../upstream/load-balancer.ts'
import { TCP_PROXY_STATS } from './stats.ts'
import {
  createIdleGroup,
  pickRoute,
  type TcpProxyContext,
  type TcpRoute,
} from './tcp-proxy-context.ts'
import { UpstreamSide } from './upstream-side.ts'

const STAT = TCP_PROXY_STATS.index
const CLUSTER = CLUSTER_STATS.index

/** The codes behind `tcp_initializion_failure:` (the spelling is Envoy's). */
const InitFailure = {
  ConnectFailed: 0,
  NoHealthyUpstream: 1,
  ResourceLimit: 2,
  NoRoute: 3,
} as const

const NO_BYTES = new Uint8Array(0)
/**
 * A side is paused from so many unwritten bytes on, whatever its limit allows: what waits long has left the cache when it is
 * written (bulk: a tenth of the CPU, a quarter of p99), and the kernel's buffers hold what a slow link needs.
 */
const PAUSE_ABOVE_BYTES = 64 * 1024

/**
 * One downstream connection and the upstream one that it is given.
 *
 *   accept ─▶ route ─▶ pool ──ready──▶ bytes both ways ──both FINs, close, reset, timeout──▶ logged
 *               ▲        │
 *               └─retry──┘ max_connect_attempts
 *
 * What a client sends before the upstream is there waits here; beyond the first bytes (or the early data that the config
 * allows) the client is not read.
 */
export class TcpProxyFilter
  implements
    ReadFilter,
    ConnectionCallbacks,
    TcpPoolCallbacks,
    LoadBalancerContext,
    TimerOwner,
    IdleMember
{
  readonly #context: TcpProxyContext
  #downstream!: Connection
  /** Null: nobody logs this connection, so nothing is noted. */
  #info: StreamInfo | null = null
  #callbacks!: ReadFilterCallbacks
  #upstream: ClientConnection | null = null
  #cluster: ThreadLocalCluster | null = null
  #route: TcpRoute | null = null
  #pending: TcpPoolHandle | null = null
  #attempts = 0
  #attemptStartMs = 0
  #connectStarted = false
  /** What came before the upstream was there. */
  #early: ReadBuffer | null = null
  #earlyEnd = false
  #earlyPaused = false
  #downstreamClosed = false
  #logged = false
  #flushing = false
  #draining = false
  /** Null: no idle timeout. */
  #idleGroup: IdleGroup | null
  idleActivity = 0
  idleSinceMs = -1
  idlePrev: IdleMember | null = null
  idleNext: IdleMember | null = null
  #duration: Timer | null = null
  #periodicLog: Timer | null = null
  #backoff: Timer | null = null

  constructor(context: TcpProxyContext) {
    this.#context = context
    this.#idleGroup = context.idleGroup
  }

  // Not fields: each is eight bytes of every connection.
  get passThrough(): boolean {
    return true
  }

  /** Nothing once there is an upstream; nobody lends before. */
  get keepsNothing(): boolean {
    return true
  }

  get hostSelectionRetries(): number {
    return 0
  }

  // ---- downstream

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    const { stats, connectionStats } = this.#context
    this.#callbacks = callbacks
    this.#downstream = callbacks.connection
    stats[STAT.downstream_cx_total]!++
    this.#downstream.addConnectionCallbacks(this)
    this.#downstream.enableHalfClose(true)
    this.#downstream.lowerWriteWatermark(PAUSE_ABOVE_BYTES)
    this.#downstream.setConnectionStats(connectionStats)
    if (this.#context.accessLogs.length > 0) this.#downstream.captureAddresses()
    this.#info = this.#downstream.info
    if (this.#info !== null) {
      this.#info.streamId = ''
      this.#info.wireBytesReceived = this.#info.wireBytesSent = -1
    }
  }

  onNewConnection(): FilterStatus {
    const { config, timers, random } = this.#context
    if (config.maxDownstreamConnectionDurationMs !== null) {
      const jitter = config.maxDownstreamConnectionDurationJitterPercentage ?? 0
      this.#duration = timers.createTimer(this, this.#downstream)
      this.#duration.enable(
        config.maxDownstreamConnectionDurationMs * (1 + (random.next() * jitter) / 100),
      )
    }
    if (config.accessLogOptions.flushOnStart) this.#log('TcpConnectionStart')
    if (config.accessLogOptions.flushIntervalMs !== null && this.#context.accessLogs.length > 0) {
      this.#periodicLog = timers.createTimer(this, this.#downstream)
      this.#periodicLog.enable(config.accessLogOptions.flushIntervalMs)
    }
    this.#readFilterState()
    if (config.upstreamConnectMode === 'ON_DOWNSTREAM_DATA') {
      this.#startIdle()
      return FilterStatus.Continue
    }
    // A connection that is up already has no handshake before it.
    const isHandshaking = this.#downstream.state === ConnectionState.Connecting
    if (config.upstreamConnectMode === 'ON_DOWNSTREAM_TLS_HANDSHAKE' && isHandshaking) {
      return FilterStatus.Continue
    }
    this.#start()
    // A near upstream is there before this turn is over; then pausing would only cost system calls.
    if (config.maxEarlyDataBytes === null) queueMicrotask(() => this.#pauseUntilConnected())
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer, endStream: boolean): FilterStatus {
    const upstream = this.#upstream
    if (upstream === null) {
      this.#keepEarly(buffer, endStream)
      return FilterStatus.StopIteration
    }
    this.#forward(buffer, upstream, endStream)
    if (this.#context.drainDecision !== null) this.#checkDrain()
    return FilterStatus.StopIteration
  }

  #forward(buffer: ReadBuffer, to: Connection, endStream: boolean): void {
    for (let chunk = buffer.takeFirst(); chunk !== null; chunk = buffer.takeFirst()) {
      to.write(chunk, endStream && buffer.length === 0)
      if (endStream && buffer.length === 0) return
    }
    if (endStream) to.write(NO_BYTES, true)
  }

  #keepEarly(buffer: ReadBuffer, endStream: boolean): void {
    const { config, stats } = this.#context
    this.#early ??= new ReadBuffer()
    buffer.moveTo(this.#early)
    if (config.maxEarlyDataBytes !== null) stats[STAT.early_data_received_count_total]!++
    if (endStream) this.#earlyEnd = true
    if (this.#early.length === 0 && endStream && !this.#connectStarted) {
      // A FIN and nothing before it: there is nothing to connect for.
      this.#downstream.close(CloseType.FlushWrite, '')
      return
    }
    if (!this.#earlyPaused && this.#early.length > (config.maxEarlyDataBytes ?? 0)) {
      this.#earlyPaused = true
      this.#downstream.readDisable(true)
    }
    if (!this.#connectStarted) this.#start()
  }

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) {
      const { upstreamConnectMode } = this.#context.config
      const waited = upstreamConnectMode === 'ON_DOWNSTREAM_TLS_HANDSHAKE'
      if (waited && !this.#connectStarted) this.#start()
      return
    }
    this.#downstreamClosed = true
    this.#duration?.disable()
    this.#periodicLog?.disable()
    this.#backoff?.disable()
    if (!this.#flushing) this.#idleGroup?.stop(this)
    this.#pending?.cancel()
    this.#pending = null
    const upstream = this.#upstream
    if (upstream !== null) this.#endUpstream(upstream, event)
    this.#logEnd()
  }

  /** The client is gone: what it sent still reaches the upstream, unless it or we cut the connection. */
  #endUpstream(upstream: ClientConnection, event: ConnectionEvent): void {
    const { stats } = this.#context
    const reason = this.#downstream.localCloseReason
    if (this.#downstream.remoteReset) {
      upstream.close(CloseType.AbortReset, reason)
    } else if (event === ConnectionEvent.LocalClose) {
      const bothEnded = reason === '' && upstream.bytesOutstanding > 0
      upstream.close(bothEnded ? CloseType.FlushWrite : CloseType.NoFlush, reason)
    } else {
      upstream.close(CloseType.FlushWrite, reason)
    }
    if (this.#upstream === null || upstream.bytesOutstanding === 0) return
    this.#flushing = true
    stats[STAT.upstream_flush_total]!++
    stats[STAT.upstream_flush_active]!++
    this.#startIdle()
  }

  onAboveWriteBufferHighWatermark(): void {
    if (this.#upstream === null || this.#cluster === null) return
    this.#upstream.readDisable(true)
    this.#cluster.stats[CLUSTER.upstream_flow_control_paused_reading_total]!++
  }

  onBelowWriteBufferLowWatermark(): void {
    if (this.#upstream === null || this.#cluster === null) return
    this.#upstream.readDisable(false)
    this.#cluster.stats[CLUSTER.upstream_flow_control_resumed_reading_total]!++
  }

  // ---- idle

  #startIdle(): void {
    this.#idleGroup?.start(this)
  }

  get idleFaultOwner(): Connection {
    return this.#downstream
  }

  activity(): number {
    const downstream = this.#downstream.bytesRead + this.#downstream.bytesWritten
    const upstream = this.#upstream
    return upstream === null ? downstream : downstream + upstream.bytesRead + upstream.bytesWritten
  }

  onIdle(): void {
    this.#context.stats[STAT.idle_timeout]!++
    this.#cut('tcp_session_idle_timeout')
  }

  // ---- the way to the upstream

  /** The client is not read before there is somebody to read for. */
  #pauseUntilConnected(): void {
    if (this.#upstream !== null || this.#downstreamClosed || this.#earlyPaused) return
    this.#earlyPaused = true
    this.#downstream.readDisable(true)
  }

  #start(): void {
    this.#connectStarted = true
    this.#connect()
  }

  #connect(): void {
    const { config, clusterManager, stats, timers } = this.#context
    this.#route = pickRoute(this.#context)
    const upstream = this.#info?.upstreamInfo() ?? null
    const cluster = clusterManager.getThreadLocalCluster(this.#clusterName(this.#route))
    if (cluster === null) {
      stats[STAT.downstream_cx_no_route]!++
      this.#fail(ResponseFlag.NC, InitFailure.NoRoute)
      return
    }
    this.#cluster = cluster
    if (this.#info !== null) this.#info.upstreamCluster = cluster
    if (this.#attempts >= config.maxConnectAttempts) {
      cluster.stats[CLUSTER.upstream_cx_connect_attempts_exceeded]!++
      this.#fail(ResponseFlag.URX, InitFailure.ConnectFailed)
      return
    }
    this.#attempts++
    this.#attemptStartMs = timers.now()
    if (upstream !== null) upstream.attemptCount = this.#attempts
    // Null means that it failed within the call, and perhaps that the next attempt is pending already.
    const pending = cluster.newTcpConnection(this, this)
    if (pending !== null) this.#pending = pending
  }

  #clusterName(route: TcpRoute): string {
    if (this.#context.config.isWeighted) return route.cluster
    const override = this.#downstream.info?.filterState?.get('envoy.tcp_proxy.cluster')
    return typeof override === 'string' ? override : route.cluster
  }

  onPoolFailure(reason: PoolFailureReason, transportFailure: string, host: Host | null): void {
    this.#pending = null
    if (this.#downstreamClosed) return
    if (this.#info !== null) this.#noteFailure(this.#info.upstreamInfo(), transportFailure, host)
    switch (reason) {
      case PoolFailureReason.NoHealthyUpstream:
        // As Envoy counts: without a host to try, nothing was attempted.
        if (this.#info !== null) this.#info.upstreamInfo().attemptCount--
        this.#fail(ResponseFlag.UH, InitFailure.NoHealthyUpstream)
        return
      case PoolFailureReason.ConnectionLimit:
        this.#fail(ResponseFlag.UO, InitFailure.ResourceLimit)
        return
      case PoolFailureReason.Overflow:
      case PoolFailureReason.LocalConnectionFailure:
        this.#retry()
        return
      case PoolFailureReason.RemoteConnectionFailure:
      case PoolFailureReason.Timeout:
        host?.putResult(
          reason === PoolFailureReason.Timeout
            ? OutlierResult.Timeout
            : OutlierResult.ConnectFailed,
        )
        this.#info?.setFlag(ResponseFlag.UF)
        this.#retry()
    }
  }

  #retry(): void {
    const { config, random, timers } = this.#context
    if (config.backoffOptions === null || this.#attempts >= config.maxConnectAttempts) {
      this.#connect()
      return
    }
    const { baseIntervalMs, maxIntervalMs } = config.backoffOptions
    const next = Math.min(maxIntervalMs, baseIntervalMs * 2 ** (this.#attempts - 1))
    this.#backoff ??= timers.createTimer(this, this.#downstream)
    this.#backoff.enable(random.next() * next)
  }

  #fail(flag: number, code: number): void {
    this.#info?.setFlag(flag)
    // A reset tells the client that nobody will have what it sent.
    const hasEarly = this.#early !== null && this.#early.length > 0
    const isUndelivered = hasEarly && this.#context.config.maxEarlyDataBytes === null
    const type = isUndelivered ? CloseType.AbortReset : CloseType.NoFlush
    this.#downstream.close(type, `tcp_initializion_failure:${code}`)
  }

  onPoolReady(connection: ClientConnection, host: Host): void {
    this.#pending = null
    this.#upstream = connection
    this.#callbacks.upstreamHost = host
    host.putResult(OutlierResult.ConnectSuccessFinal)
    if (this.#info !== null) this.#noteConnected(this.#info.upstreamInfo(), connection, host)
    connection.enableHalfClose(true)
    connection.lowerWriteWatermark(PAUSE_ABOVE_BYTES)
    const side = new UpstreamSide(this)
    connection.addConnectionCallbacks(side)
    connection.addReadFilter(side)
    if (this.#context.config.accessLogOptions.flushOnConnected) this.#log('TcpUpstreamConnected')
    this.#startIdle()
    const early = this.#early
    this.#early = null
    if (early !== null && (early.length > 0 || this.#earlyEnd)) {
      this.#forward(early, connection, this.#earlyEnd)
    }
    if (this.#earlyPaused) {
      this.#earlyPaused = false
      this.#downstream.readDisable(false)
    }
    connection.lendReads(this.#downstream)
    this.#downstream.lendReads(connection)
  }

  // ---- upstream

  onUpstreamData(buffer: ReadBuffer, endStream: boolean): void {
    if (this.#downstreamClosed) {
      // Nobody is left to read an answer: no reason to wait for the rest of the flush.
      buffer.clear()
      this.#upstream?.close(CloseType.NoFlush, '')
      return
    }
    this.#forward(buffer, this.#downstream, endStream)
    if (this.#context.drainDecision !== null) this.#checkDrain()
  }

  onUpstreamClosed(connection: ClientConnection): void {
    this.#noteUpstreamEnd(connection)
    this.#upstream = null
    if (this.#flushing) {
      this.#flushing = false
      this.#context.stats[STAT.upstream_flush_active]!--
      this.#idleGroup?.stop(this)
      return
    }
    if (this.#downstreamClosed) return
    if (connection.remoteReset) {
      this.#info?.setFlag(ResponseFlag.UR)
      this.#downstream.close(CloseType.AbortReset, connection.localCloseReason)
    } else {
      this.#downstream.close(CloseType.FlushWrite, connection.localCloseReason)
    }
  }

  onUpstreamAboveHighWatermark(): void {
    if (this.#downstreamClosed) return
    this.#downstream.readDisable(true)
    this.#context.stats[STAT.downstream_flow_control_paused_reading_total]!++
  }

  onUpstreamBelowLowWatermark(): void {
    if (this.#downstreamClosed) return
    this.#downstream.readDisable(false)
    this.#context.stats[STAT.downstream_flow_control_resumed_reading_total]!++
  }

  #noteFailure(upstream: UpstreamInfo, transportFailure: string, host: Host | null): void {
    upstream.host = host
    upstream.transportFailureReason = transportFailure
    upstream.poolReadyMs = this.#context.timers.now() - this.#attemptStartMs
    if (host === null) return
    upstream.hostsAttempted ??= []
    upstream.hostsAttempted.push(host)
  }

  #noteConnected(upstream: UpstreamInfo, connection: ClientConnection, host: Host): void {
    upstream.host = host
    upstream.localAddress = connection.localAddress
    upstream.remoteAddress = connection.remoteAddress
    upstream.connectionId = connection.id
    upstream.connectStartMonotonicMs = this.#attemptStartMs
    upstream.connectEndMonotonicMs = this.#context.timers.now()
    upstream.poolReadyMs = upstream.connectEndMonotonicMs - this.#attemptStartMs
    upstream.hostsAttempted?.push(host)
    upstream.tls = connection.tls?.capture() ?? null
  }

  #noteUpstreamBytes(connection: ClientConnection): void {
    if (this.#info === null) return
    const upstream = this.#info.upstreamInfo()
    upstream.wireBytesSent = connection.bytesWritten
    upstream.wireBytesReceived = connection.bytesRead
  }

  /** Copies what the log wants to know of a connection that may be gone by then. */
  #noteUpstreamEnd(connection: ClientConnection): void {
    if (this.#info === null) return
    const upstream = this.#info.upstreamInfo()
    this.#noteUpstreamBytes(connection)
    upstream.localCloseReason = connection.localCloseReason
    // As Envoy logs it: what follows from the downstream's end is not the upstream's own.
    if (!this.#downstreamClosed) {
      upstream.detectedCloseType = connection.detectedCloseType
    }
  }

  // ---- drain

  /**
   * While the listener drains, a connection goes at its next exchange: bytes that came are still delivered, and the answer that
   * they get is still brought back.
   */
  #checkDrain(): void {
    if (this.#draining) {
      this.#downstream.close(CloseType.FlushWrite, 'tcp_proxy_drain_close')
      return
    }
    if (!this.#context.drainDecision!.drainClose()) return
    this.#draining = true
    this.#context.stats[STAT.downstream_cx_drain_close]!++
  }

  // ---- timers

  onTimer(timer: Timer): void {
    const { stats, config } = this.#context
    if (timer === this.#duration) {
      stats[STAT.max_downstream_connection_duration]!++
      this.#info?.setFlag(ResponseFlag.DT)
      this.#cut('max_connection_duration_reached')
    } else if (timer === this.#periodicLog) {
      if (this.#upstream !== null) this.#noteUpstreamBytes(this.#upstream)
      this.#log('TcpPeriodic')
      this.#periodicLog.enable(config.accessLogOptions.flushIntervalMs!)
    } else {
      this.#connect()
    }
  }

  #cut(reason: string): void {
    if (this.#downstreamClosed) this.#upstream?.close(CloseType.NoFlush, reason)
    else this.#downstream.close(CloseType.NoFlush, reason)
  }

  // ---- what the balancer asks

  hashKey(): Hash64 | null {
    const policy = this.#context.config.hashPolicy
    if (policy === null) return null
    if (policy.kind === 'sourceIp') {
      const remote = this.#downstream.remoteAddress
      return remote?.kind === 'ip' ? hashOf(remote.ip) : null
    }
    const value = this.#downstream.info?.filterState?.get(policy.key)
    return typeof value === 'string' ? hashOf(value) : null
  }

  get downstream(): DownstreamSide {
    return this.#downstream
  }

  metadataMatch(): Metadata | null {
    return this.#route?.metadataMatch ?? null
  }

  shouldSelectAnotherHost(): boolean {
    return false
  }

  #readFilterState(): void {
    const override = this.#downstream.info?.filterState?.get(
      'envoy.tcp_proxy.per_connection_idle_timeout_ms',
    )
    if (typeof override !== 'number') return
    this.#idleGroup = createIdleGroup(this.#context.timers, override)
  }

  // ---- log

  #log(type: AccessLogType): void {
    const { streamInfo } = this.#downstream
    for (const log of this.#context.accessLogs) log.log(streamInfo, type)
  }

  /** Exactly one entry at the end, whichever side ends first. */
  #logEnd(): void {
    if (this.#logged) return
    this.#logged = true
    if (this.#context.accessLogs.length === 0) return
    if (this.#upstream !== null) this.#noteUpstreamEnd(this.#upstream)
    this.#downstream.streamInfo.endMonotonicMs = this.#context.timers.now()
    this.#log('TcpConnectionEnd')
  }
}

function hashOf(text: string): Hash64 {
  return setHash64({ high: 0, low: 0 }, Bun.hash.xxHash64(text))
}
