import type { Address } from '../network/address.ts'
import { CloseType, type ConnectionCallbacks, ConnectionEvent } from '../network/connection.ts'
import { FilterStatus, type ReadFilter } from '../network/filter.ts'
import type { FlushQueue, FlushTarget } from '../network/flush-queue.ts'
import { OutputBuffer } from '../network/output-buffer.ts'
import type { ReadBuffer } from '../network/read-buffer.ts'
import type { Timer, TimerOwner } from '../network/timers.ts'
import type { StatsBlock } from '../stats/store.ts'
import { type Resource, ResourcePriority } from '../upstream/circuit-breakers.ts'
import type { ThreadLocalCluster } from '../upstream/cluster-manager.ts'
import { CLUSTER_STATS } from '../upstream/cluster-stats-table.ts'
import { type Host, OutlierResult } from '../upstream/host.ts'
import { HostStat } from '../upstream/host-table.ts'
import type { PoolCluster } from '../upstream/pool-cluster.ts'
import type { DialledUpstream } from '../upstream/upstream-context.ts'
import { ConnectionSetup, type HostSetup, type SetupOwner } from './connection-setup.ts'
import { UPSTREAM_FAILURE } from './errors.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { PoolStats } from './pool-stats.ts'
import { ReplyReader, type ReplyReaderOwner } from './reply-reader.ts'
import { RequestQueue } from './request-queue.ts'
import { SentCommands } from './sent-commands.ts'
import type { Session } from './session.ts'
import type { UnaskedSink } from './unasked-sink.ts'
import type { RequestConnection, UpstreamRequest } from './upstream-request.ts'

const STAT = CLUSTER_STATS.index

/** What waits for a connection that is not ready, or for the end of a turn, before its senders have to. */
const MAX_UNFLUSHED_BYTES = 1024 * 1024

/** Told when a connection that could not take more can. */
export interface DrainWaiter {
  onUpstreamWritable(): void
}

/** Takes all that comes, unread. */
export interface RawSink {
  onRaw(bytes: Uint8Array): void
  onRawClosed(): void
}

/** What connections need of the pool of their cluster. */
export interface ConnectionPool {
  readonly cluster: ThreadLocalCluster
  readonly settings: PoolSettings
  readonly stats: PoolStats
  readonly flushQueue: FlushQueue
  setupOf(host: Host): HostSetup
  /** So many bytes wait for others to join them: `max_buffer_size_before_flush`. */
  flushLater(connection: FlushTarget, bytes: number): void
  /** A read is over: what was gathered for clients goes out. */
  flushClients(): void
  /** True when the error reply sent the request's command elsewhere. */
  redirect(request: UpstreamRequest, line: Uint8Array, start: number, end: number): boolean
}

/** What a connection tells the pool of its host. */
export interface ConnectionOwner {
  readonly host: Host
  readonly pool: ConnectionPool
  onConnectionClosed(connection: UpstreamConnection): void
  /** The server knows RESP3, or does not. */
  onResp3Accepted(): void
  onResp3Refused(): void
  /** The last reply that was awaited has come. */
  onConnectionIdle(connection: UpstreamConnection): void
  /** A reply goes to somebody who does not read: new commands are to take another connection. False: there are too many such. */
  onConnectionClogged(connection: UpstreamConnection): boolean
}

/**
 * One connection to one redis server. Commands go out in the order in which they are sent, those of one turn in one write; replies come
 * back in the same order, and each goes to whoever sent its command.
 *
 *   dial ──▶ connecting ──▶ setting up (auth, HELLO, SELECT) ──▶ ready ──▶ closed
 *
 * What is sent before it is ready waits. Whatever ends it, each command that awaits a reply is told so, once.
 */
export class UpstreamConnection
  implements
    ReadFilter,
    ConnectionCallbacks,
    TimerOwner,
    FlushTarget,
    SetupOwner,
    RequestConnection,
    ReplyReaderOwner
{
  readonly passThrough = true
  readonly owner: ConnectionOwner
  readonly session: Session
  /** True while new commands of anybody may join. */
  isShared: boolean
  isClosed = false
  /** Others take another connection; it closes when its last reply has come. */
  isRetired = false
  /** More is queued than the peer takes, or than may wait for the connection: whoever feeds it should stop. */
  isFull = false
  /** A part of a command was sent, and the rest is to come. */
  isMidCommand = false
  readonly #cluster: PoolCluster
  readonly #connection: DialledUpstream
  /** Over all threads; a shared connection is counted and never refused. */
  readonly #breaker: Resource
  readonly #startMs: number
  readonly #timer: Timer
  readonly #queue: RequestQueue
  readonly #reader: ReplyReader
  readonly #out = new OutputBuffer()
  readonly #setup: ConnectionSetup
  #isConnected = false
  #isFlushing = false
  #timedOut = false
  /** For how many readers the server is not read. */
  #clogs = 0
  #cloggedAtMs = 0
  #cloggedBeforeMs = 0
  /** More than `MAX_UNFLUSHED_BYTES` wait here. */
  #isOverfull = false
  #deadlineMs = 0
  #waiters: Set<DrainWaiter> | null = null
  #setUpListeners: ((error: Uint8Array | null) => void)[] = []
  /** What those are answered who wait when it closes. */
  #failure = UPSTREAM_FAILURE
  /** Takes what comes without having been asked for; null: nobody. */
  sink: UnaskedSink | null = null
  /** Takes everything: what comes is no RESP. */
  rawSink: RawSink | null = null
  /** Off for those that wait as long as they like: blocking commands, subscribers. */
  hasOpTimeout = true
  /** For `enable_command_stats`; null: it is off. */
  readonly #commands: SentCommands | null

  constructor(owner: ConnectionOwner, session: Session, isShared: boolean) {
    const { pool, host } = owner
    this.owner = owner
    this.session = session
    this.isShared = isShared
    this.#cluster = pool.cluster.poolCluster
    const { context, stats, data } = this.#cluster
    this.#queue = new RequestQueue({
      host,
      stats,
      timeUs: pool.stats.timeUs,
      detectsOutliers: data.outlierDetection !== null,
    })
    this.#commands = pool.stats.commands === null ? null : new SentCommands(pool.stats.commands)
    this.#reader = new ReplyReader(this, this.#queue, {
      commands: this.#commands,
      followsRedirects: pool.settings.enableRedirection,
      speaks: session.protocol,
    })
    this.#startMs = context.timers.now()
    this.#breaker = this.#cluster.circuitBreakers(ResourcePriority.Default).connections
    this.#connection = pool.cluster.dial(host.address, host.hostname)
    this.#timer = context.timers.createTimer(this, this.#connection)
    this.#setup = new ConnectionSetup(this, session, pool.setupOf(host))
    this.#connect()
  }

  get host(): Host {
    return this.owner.host
  }

  /** Replies that are awaited, the setup's included. */
  get pending(): number {
    return this.#queue.pending
  }

  get eventMs(): number {
    return this.#queue.eventMs
  }

  /** Ours, as the server sees it. */
  get localAddress(): Address | null {
    return this.#connection.localAddress
  }

  get hostAddress(): string {
    return this.owner.host.addressText
  }

  get clusterStats(): StatsBlock {
    return this.#cluster.stats
  }

  /** True when nothing is awaited and nothing waits to be written. */
  get isIdle(): boolean {
    return this.#queue.pending === 0 && this.#out.length === 0
  }

  #connect(): void {
    const { stats, data } = this.#cluster
    const { host } = this.owner
    stats[STAT.upstream_cx_total]!++
    stats[STAT.upstream_cx_active]!++
    host.stats[HostStat.CxTotal]!++
    host.addActiveConnections(1)
    this.#breaker.add(1)
    for (const request of this.#setup.requests) this.#enqueue(request, 0)
    this.#commands?.onSent(this.#setup.bytes, 0, this.#setup.bytes.length, this.#startMs)
    this.#connection.addConnectionCallbacks(this)
    this.#connection.addReadFilter(this)
    this.#connection.enableHalfClose(false)
    this.#timer.enable(data.connectTimeoutMs)
    this.#connection.connect()
  }

  /** For a connection of one client alone, whose protocol the server does not know. */
  translateTo(protocol: 2 | 3): void {
    this.#reader.translateTo(protocol)
  }

  /** `onSetUp` is called once it is known whether commands can be sent: `error` null if so. */
  whenSetUp(onSetUp: (error: Uint8Array | null) => void): void {
    if (this.isClosed) onSetUp(this.#failure)
    else if (this.#setup.isDone) onSetUp(null)
    else this.#setUpListeners.push(onSetUp)
  }

  #tellSetUp(error: Uint8Array | null): void {
    const listeners = this.#setUpListeners
    if (listeners.length === 0) return
    this.#setUpListeners = []
    for (const listener of listeners) listener(error)
  }

  // ---- sending

  /** Sends bytes[start] up to bytes[end], the commands whose `request.awaited` replies come back to `request`. */
  send(
    request: UpstreamRequest,
    bytes: Uint8Array,
    start: number,
    end: number,
    nowMs = this.#cluster.context.timers.now(),
  ): void {
    if (this.isClosed) {
      this.#queue.eventMs = nowMs
      request.sentMs = nowMs
      request.connection = this
      request.onFailure(this.#failure, false)
      return
    }
    this.#enqueue(request, nowMs)
    this.sendMore(bytes, start, end)
  }

  /** More bytes of the last command that was sent. */
  sendMore(bytes: Uint8Array, start: number, end: number): void {
    this.#commands?.onSent(bytes, start, end, this.#cluster.context.timers.now())
    this.#append(bytes, start, end)
  }

  /** A command whose answers go to the `sink`. */
  sendUnasked(bytes: Uint8Array): void {
    if (this.isClosed) return
    this.#commands?.onSentUnasked(bytes)
    this.#append(bytes, 0, bytes.length)
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    this.#out.append(bytes, start, end)
    if (this.#out.length > MAX_UNFLUSHED_BYTES) this.isFull = this.#isOverfull = true
    if (this.#isFlushing) return
    const { settings, flushQueue } = this.owner.pool
    if (settings.maxBufferSizeBeforeFlush > 0) {
      this.owner.pool.flushLater(this, this.#out.length)
    } else if (this.#setup.isDone) {
      this.#isFlushing = true
      flushQueue.add(this)
    }
  }

  /** Writes what waits. */
  flush(): void {
    // Before it is ready, it is due then.
    this.#isFlushing = !this.#setup.isDone
    this.#queue.share()
    if (this.isClosed || this.#isFlushing) return
    this.#out.writeTo(this.#connection)
    if (!this.#isOverfull) return
    this.#isOverfull = false
    if (!this.#connection.aboveHighWatermark) this.onBelowWriteBufferLowWatermark()
  }

  /** It can be written to now. Batched bytes still wait for company. */
  #onReady(): void {
    if (this.#isFlushing || this.owner.pool.settings.maxBufferSizeBeforeFlush === 0) this.flush()
  }

  /** Bytes that wait for the flush. */
  get unflushedBytes(): number {
    return this.#out.length
  }

  onFault(error: unknown): void {
    this.#connection.onFault(error)
  }

  #enqueue(request: UpstreamRequest, nowMs: number): void {
    if (this.#queue.pending === 0) this.#startOpTimer(nowMs)
    this.#queue.add(request, this, nowMs)
  }

  /** More commands join that request. False: others were sent since. */
  extendLast(request: UpstreamRequest, count: number): boolean {
    return this.#queue.extendLast(request, count)
  }

  /** Who feeds it and found it full is told when it is not any more. */
  addDrainWaiter(waiter: DrainWaiter): void {
    this.#waiters ??= new Set()
    this.#waiters.add(waiter)
  }

  removeDrainWaiter(waiter: DrainWaiter): void {
    this.#waiters?.delete(waiter)
  }

  // ---- timers: until it is connected the connect timeout, then that of operations

  #startOpTimer(nowMs: number): void {
    if (!this.#isConnected || !this.#isTimed) return
    this.#deadlineMs = nowMs + this.owner.pool.settings.opTimeoutMs
    // A timer that runs already is looked at when its time comes: pushing it back for each command would cost more.
    if (!this.#timer.enabled) this.#timer.enable(this.owner.pool.settings.opTimeoutMs)
  }

  /** The setup is never waited for without end. */
  get #isTimed(): boolean {
    return this.hasOpTimeout || !this.#setup.isDone
  }

  /** For one whose timeout was off: from now on it counts. */
  startOpTimeout(): void {
    this.hasOpTimeout = true
    if (this.#queue.pending > 0 && !this.isClosed)
      this.#startOpTimer(this.#cluster.context.timers.now())
  }

  onTimer(): void {
    if (this.#isConnected) {
      if (this.#queue.pending === 0 || !this.#isTimed) return
      // The server is not to blame for what nobody reads.
      const left =
        this.#clogs > 0
          ? this.owner.pool.settings.opTimeoutMs
          : this.#deadlineMs - this.#cluster.context.timers.now()
      if (left > 0) {
        this.#timer.enable(left)
        return
      }
      this.#cluster.stats[STAT.upstream_rq_timeout]!++
      this.owner.host.stats[HostStat.RqTimeout]!++
    } else {
      this.#cluster.stats[STAT.upstream_cx_connect_timeout]!++
      this.owner.host.stats[HostStat.CxConnectFail]!++
      this.#cluster.stats[STAT.upstream_cx_connect_fail]!++
    }
    this.#timedOut = true
    this.owner.host.putResult(OutlierResult.Timeout)
    this.close()
  }

  // ---- replies

  initializeReadFilterCallbacks(): void {}

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer): FilterStatus {
    for (let bytes = buffer.takeFirst(); bytes !== null; bytes = buffer.takeFirst()) {
      if (this.isClosed) continue
      if (this.rawSink !== null && this.#queue.pending === 0) {
        this.rawSink.onRaw(bytes)
        continue
      }
      this.#queue.eventMs = this.#cluster.context.timers.now()
      this.#deadlineMs = this.#queue.eventMs + this.owner.pool.settings.opTimeoutMs
      this.#reader.read(bytes)
    }
    this.#queue.share()
    if (this.#queue.pending === 0 && !this.isClosed) this.owner.onConnectionIdle(this)
    this.owner.pool.flushClients()
    return FilterStatus.StopIteration
  }

  onProtocolError(): void {
    this.#cluster.stats[STAT.upstream_cx_protocol_error]!++
    this.owner.host.putResult(OutlierResult.RequestFailed)
    this.close()
  }

  /** A subscriber waits for them; on any other connection a reply to nothing means that replies are out of step. */
  onUnasked(
    bytes: Uint8Array,
    start: number,
    end: number,
    isWhole: boolean,
    isPush: boolean,
  ): void {
    if (this.sink !== null) this.sink.onUnasked(bytes, start, end, isWhole)
    else if (!isPush) this.onProtocolError()
  }

  redirect(request: UpstreamRequest, line: Uint8Array, start: number, end: number): boolean {
    return this.owner.pool.redirect(request, line, start, end)
  }

  // ---- the connection

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) this.#onConnected()
    else this.#onClosed(event === ConnectionEvent.LocalClose)
  }

  #onConnected(): void {
    this.#isConnected = true
    this.#timer.disable()
    const { context, connectMs } = this.#cluster
    const nowMs = context.timers.now()
    connectMs.record(nowMs - this.#startMs)
    if (this.#setup.bytes.length > 0) this.#connection.write(this.#setup.bytes, false)
    if (this.#queue.pending > 0) this.#startOpTimer(nowMs)
    this.#setup.onConnected()
    if (this.#setup.isDone) this.#tellSetUp(null)
    this.#onReady()
  }

  /** The setup's last word: `error` null, or the reply that makes the connection useless. */
  onSetupDone(error: Uint8Array | null): void {
    if (error === null) {
      if (this.session.protocol === 3) this.owner.onResp3Accepted()
      if (this.#isConnected) this.#onReady()
      this.#tellSetUp(null)
      return
    }
    this.#failure = error
    if (this.session.protocol === 3 && this.#setup.isHelloRefused) this.owner.onResp3Refused()
    this.close()
  }

  /** Nobody needs it after the replies that are on their way. */
  closeWhenIdle(): void {
    this.isRetired = true
    if (this.isIdle) this.close()
  }

  close(): void {
    this.#connection.close(CloseType.NoFlush, '')
  }

  #onClosed(isLocal: boolean): void {
    const { stats, lengthMs, context } = this.#cluster
    const { host } = this.owner
    this.isClosed = true
    this.#timer.disable()
    this.#queue.eventMs = context.timers.now()
    lengthMs.record(this.#queue.eventMs - this.#startMs)
    stats[STAT.upstream_cx_destroy]!++
    stats[isLocal ? STAT.upstream_cx_destroy_local : STAT.upstream_cx_destroy_remote]!++
    stats[STAT.upstream_cx_active]!--
    host.addActiveConnections(-1)
    this.#breaker.add(-1)
    if (!this.#isConnected && !this.#timedOut) {
      stats[STAT.upstream_cx_connect_fail]!++
      host.stats[HostStat.CxConnectFail]!++
    }
    if (this.#queue.pending > 0) {
      stats[STAT.upstream_cx_destroy_with_active_rq]!++
      stats[
        isLocal
          ? STAT.upstream_cx_destroy_local_with_active_rq
          : STAT.upstream_cx_destroy_remote_with_active_rq
      ]!++
      if (!isLocal) host.putResult(OutlierResult.ConnectFailed)
    }
    this.#out.clear()
    this.owner.onConnectionClosed(this)
    const { slots } = this.owner.pool.cluster
    this.#queue.failAll(this.#failure, this.#reader.isCut, () => slots?.onRequestFailure(host))
    this.#tellSetUp(this.#failure)
    this.#tellWaiters()
    this.sink?.onSinkClosed()
    this.rawSink?.onRawClosed()
    this.owner.pool.flushClients()
  }

  onAboveWriteBufferHighWatermark(): void {
    this.isFull = true
  }

  onBelowWriteBufferLowWatermark(): void {
    this.isFull = this.#isOverfull
    if (this.isFull) return
    this.#tellWaiters()
  }

  #tellWaiters(): void {
    const waiters = this.#waiters
    if (waiters === null) return
    this.#waiters = null
    for (const waiter of waiters) waiter.onUpstreamWritable()
  }

  // ---- replies for somebody who does not read

  /** Its reply goes to somebody who has more than enough: the server is not read until `unclog`. Counted. */
  clog(): boolean {
    if (this.isClosed) return true
    if (!this.owner.onConnectionClogged(this)) return false
    if (this.#clogs++ === 0) this.#cloggedAtMs = this.#cluster.context.timers.now()
    this.#connection.readDisable(true)
    return true
  }

  unclog(): void {
    if (this.isClosed) return
    const nowMs = this.#cluster.context.timers.now()
    if (--this.#clogs === 0) this.#cloggedBeforeMs += nowMs - this.#cloggedAtMs
    this.#deadlineMs = nowMs + this.owner.pool.settings.opTimeoutMs
    this.#connection.readDisable(false)
  }

  get cloggedMs(): number {
    const isClogged = this.#clogs > 0
    const nowMs = isClogged ? this.#cluster.context.timers.now() - this.#cloggedAtMs : 0
    return this.#cloggedBeforeMs + nowMs
  }

  get takesUnasked(): boolean {
    return this.sink !== null
  }

  hasOthersBehind(who: unknown): boolean {
    return this.#queue.hasOthersBehind(who)
  }

  isAwaitedBy(who: unknown): boolean {
    return this.#queue.isAwaitedBy(who)
  }
}
