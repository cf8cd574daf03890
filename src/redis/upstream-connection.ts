import { ReplyScanner } from '../codec/resp/reply-scanner.ts'
import { CloseType, type ConnectionCallbacks, ConnectionEvent } from '../network/connection.ts'
import { FilterStatus, type ReadFilter } from '../network/filter.ts'
import type { ReadBuffer } from '../network/read-buffer.ts'
import type { Timer, TimerOwner } from '../network/timers.ts'
import type { StatsBlock } from '../stats/store.ts'
import type { ThreadLocalCluster } from '../upstream/cluster-manager.ts'
import { CLUSTER_STATS } from '../upstream/cluster-stats-table.ts'
import { type Host, OutlierResult } from '../upstream/host.ts'
import { HostStat } from '../upstream/host-table.ts'
import type { PoolCluster } from '../upstream/pool-cluster.ts'
import type { DialledUpstream } from '../upstream/upstream-context.ts'
import { ConnectionSetup, type HostSetup, type SetupOwner } from './connection-setup.ts'
import { UPSTREAM_FAILURE } from './errors.ts'
import type { FlushQueue, FlushTarget } from './flush-queue.ts'
import { OutputBuffer } from './output-buffer.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { PoolStats } from './pool-stats.ts'
import { SentCommands } from './sent-commands.ts'
import type { Session } from './session.ts'
import type { UnaskedSink } from './unasked-sink.ts'
import type { RequestConnection, UpstreamRequest } from './upstream-request.ts'

const STAT = CLUSTER_STATS.index
const MINUS = 45
const PUSH = 62
/** A reply up to this size waits until it is whole. */
const MAX_WAITING_BYTES = 16 * 1024

/** Told when a connection that could not take more can. */
export interface DrainWaiter {
  onUpstreamWritable(): void
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
  /** The last reply that was awaited has come. */
  onConnectionIdle(connection: UpstreamConnection): void
  /** A reply goes to somebody who does not read: new commands are to take another connection. */
  onConnectionClogged(connection: UpstreamConnection): void
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
  implements ReadFilter, ConnectionCallbacks, TimerOwner, FlushTarget, SetupOwner, RequestConnection
{
  readonly passThrough = true
  readonly owner: ConnectionOwner
  readonly session: Session
  /** True while new commands of anybody may join. */
  isShared: boolean
  isClosed = false
  /** Others take another connection; it closes when its last reply has come. */
  isRetired = false
  /** More is queued than the peer takes: whoever feeds it should stop. */
  isFull = false
  /** Replies that are awaited, the setup's included. */
  pending = 0
  readonly #cluster: PoolCluster
  readonly #connection: DialledUpstream
  readonly #startMs: number
  readonly #timer: Timer
  readonly #scanner = new ReplyScanner()
  readonly #out = new OutputBuffer()
  readonly #setup: ConnectionSetup
  #isConnected = false
  #isFlushing = false
  #timedOut = false
  #first: UpstreamRequest | null = null
  #last: UpstreamRequest | null = null
  #deadlineMs = 0
  /** Commands under way, and how many of them the host's number has. */
  #active = 0
  #sharedActive = 0
  #waiters: Set<DrainWaiter> | null = null
  /** When the replies came that are being told of, or what ended it. */
  eventMs = 0
  /** The beginning of a reply of which nobody has been told yet. */
  #partial: Uint8Array | null = null
  /** True while a reply is under way whose beginning went out already. */
  #isCut = false
  /** What those are answered who wait when it closes. */
  #failure = UPSTREAM_FAILURE
  readonly #followsRedirects: boolean
  /** Takes what comes without having been asked for; null: nobody. */
  sink: UnaskedSink | null = null
  /** Off for those that wait as long as they like: blocking commands, subscribers. */
  hasOpTimeout = true
  /** For `enable_command_stats`; null: it is off. */
  readonly #commands: SentCommands | null

  constructor(owner: ConnectionOwner, session: Session, isShared: boolean) {
    const { pool, host } = owner
    this.owner = owner
    this.session = session
    this.isShared = isShared
    this.#followsRedirects = pool.settings.enableRedirection
    this.#cluster = pool.cluster.poolCluster
    const { context } = this.#cluster
    this.#startMs = context.timers.now()
    this.#connection = pool.cluster.dial(host.address, host.hostname)
    this.#timer = context.timers.createTimer(this, this.#connection)
    this.#setup = new ConnectionSetup(this, session, pool.setupOf(host))
    this.#commands = pool.stats.commands === null ? null : new SentCommands(pool.stats.commands)
    this.#connect()
  }

  get host(): Host {
    return this.owner.host
  }

  get hostAddress(): string {
    return this.owner.host.addressText
  }

  get clusterStats(): StatsBlock {
    return this.#cluster.stats
  }

  /** True when nothing is awaited and nothing waits to be written. */
  get isIdle(): boolean {
    return this.pending === 0 && this.#out.length === 0
  }

  #connect(): void {
    const { stats, data } = this.#cluster
    const { host } = this.owner
    stats[STAT.upstream_cx_total]!++
    stats[STAT.upstream_cx_active]!++
    host.stats[HostStat.CxTotal]!++
    host.addActiveConnections(1)
    for (const request of this.#setup.requests) this.#enqueue(request, 0)
    this.#commands?.onSent(this.#setup.bytes, 0, this.#setup.bytes.length, this.#startMs)
    this.#connection.addConnectionCallbacks(this)
    this.#connection.addReadFilter(this)
    this.#connection.enableHalfClose(false)
    this.#timer.enable(data.connectTimeoutMs)
    this.#connection.connect()
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
      this.eventMs = nowMs
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
    this.#shareActive()
    if (this.isClosed || this.#isFlushing) return
    this.#out.writeTo(this.#connection)
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
    request.sentMs = nowMs
    request.connection = this
    request.next = null
    if (this.#last === null) this.#first = request
    else this.#last.next = request
    this.#last = request
    const { awaited } = request
    if (this.pending === 0) this.#startOpTimer(nowMs)
    this.pending += awaited
    this.#cluster.stats[STAT.upstream_rq_total]! += awaited
    this.#cluster.stats[STAT.upstream_rq_active]! += awaited
    const { host } = this.owner
    host.stats[HostStat.RqTotal]! += awaited
    this.#active += awaited
  }

  /** More commands join the last request. */
  extendLast(request: UpstreamRequest, count: number): void {
    request.awaited += count
    this.pending += count
    this.#cluster.stats[STAT.upstream_rq_total]! += count
    this.#cluster.stats[STAT.upstream_rq_active]! += count
    this.owner.host.stats[HostStat.RqTotal]! += count
    this.#active += count
  }

  /** Other threads learn of what is under way once per write and read: telling costs as much as all else of a request. */
  #shareActive(): void {
    if (this.#active === this.#sharedActive) return
    this.owner.host.addActiveRequests(this.#active - this.#sharedActive)
    this.#sharedActive = this.#active
  }

  #countEnded(count: number): void {
    this.pending -= count
    this.#cluster.stats[STAT.upstream_rq_active]! -= count
    this.#active -= count
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
    if (!this.#isConnected || !this.hasOpTimeout) return
    this.#deadlineMs = nowMs + this.owner.pool.settings.opTimeoutMs
    // A timer that runs already is looked at when its time comes: pushing it back for each command would cost more.
    if (!this.#timer.enabled) this.#timer.enable(this.owner.pool.settings.opTimeoutMs)
  }

  /** For one whose timeout was off: from now on it counts. */
  startOpTimeout(): void {
    this.hasOpTimeout = true
    if (this.pending > 0 && !this.isClosed) this.#startOpTimer(this.#cluster.context.timers.now())
  }

  onTimer(): void {
    if (this.#isConnected) {
      if (this.pending === 0 || !this.hasOpTimeout) return
      const left = this.#deadlineMs - this.#cluster.context.timers.now()
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
      if (!this.isClosed) this.#onBytes(bytes)
    }
    this.#shareActive()
    this.owner.pool.flushClients()
    return FilterStatus.StopIteration
  }

  #onBytes(bytes: Uint8Array): void {
    const scanner = this.#scanner
    const limit = bytes.length
    this.eventMs = this.#cluster.context.timers.now()
    this.#deadlineMs = this.eventMs + this.owner.pool.settings.opTimeoutMs
    let at = 0
    /** Where the bytes begin that nobody has been told of. */
    let from = 0
    let ended = 0
    while (at < limit) {
      const request = this.#first
      const end = scanner.scan(bytes, at, limit)
      if (end < 0) break
      if (this.#commands !== null) this.#commands.onReply(request, scanner.type, this.eventMs)
      if (this.#partial !== null || request === null || this.#isSpecial(scanner.type)) {
        if (ended > 0) this.#tell(request!, bytes, from, at, ended)
        ended = 0
        this.#onSpecial(bytes, at, end)
        if (this.isClosed) return
        at = end
        from = end
        continue
      }
      ended++
      at = end
      if (ended < request.awaited && !request.wantsEach) continue
      this.#tell(request, bytes, from, end, ended)
      if (this.isClosed) return
      this.#isCut = false
      from = end
      ended = 0
    }
    if (ended > 0) this.#tell(this.#first!, bytes, from, at, ended)
    if (scanner.failed) this.#onProtocolError()
    else if (at < limit && !this.isClosed) this.#onBeginning(bytes, at)
  }

  /** Pushes, and errors that may be redirects. */
  #isSpecial(type: number): boolean {
    return type === PUSH || (type === MINUS && this.#followsRedirects)
  }

  /** A whole reply that is not simply the next one of the first request. */
  #onSpecial(bytes: Uint8Array, start: number, end: number): void {
    const { type } = this.#scanner
    const partial = this.#partial
    this.#partial = null
    if (type === PUSH || this.#first === null) {
      if (partial !== null) this.#onUnasked(partial, 0, partial.length, false)
      this.#onUnasked(bytes, start, end, true)
    } else if (this.#followsRedirects && type === MINUS && !this.#isCut) {
      if (partial === null) this.#onError(bytes, start, end)
      else {
        const line = Buffer.concat([partial, bytes.subarray(start, end)])
        this.#onError(line, 0, line.length)
      }
    } else {
      const request = this.#first
      if (partial !== null) this.#tell(request, partial, 0, partial.length, 0)
      this.#tell(request, bytes, start, end, 1)
    }
    this.#isCut = false
  }

  /** The beginning of a reply, or more of it: a small one waits here until it is whole, so that no client gets half of it. */
  #onBeginning(bytes: Uint8Array, start: number): void {
    const partial = this.#partial
    const size = bytes.length - start + (partial === null ? 0 : partial.length)
    if (!this.#isCut && size <= MAX_WAITING_BYTES) {
      this.#partial =
        partial === null ? bytes.slice(start) : Buffer.concat([partial, bytes.subarray(start)])
      return
    }
    this.#partial = null
    this.#isCut = true
    if (this.#first === null || this.#scanner.type === PUSH) {
      if (partial !== null) this.#onUnasked(partial, 0, partial.length, false)
      this.#onUnasked(bytes, start, bytes.length, false)
      return
    }
    if (partial !== null) this.#tell(this.#first, partial, 0, partial.length, 0)
    this.#tell(this.#first, bytes, start, bytes.length, 0)
  }

  /** The first request is told of bytes of its replies; it leaves when the last of them has ended. */
  #tell(
    request: UpstreamRequest,
    bytes: Uint8Array,
    start: number,
    end: number,
    ended: number,
  ): void {
    if (ended > 0) this.#onEnded(request, ended)
    if (!request.isCancelled) request.onReplies(bytes, start, end, ended)
  }

  #onEnded(request: UpstreamRequest, ended: number): void {
    const { stats } = this.owner.pool
    stats.timeUs.recordMany((this.eventMs - request.sentMs) * 1000, ended)
    this.#countEnded(ended)
    request.awaited -= ended
    if (request.awaited === 0) this.#dequeue(request)
  }

  #dequeue(request: UpstreamRequest): void {
    this.#first = request.next
    if (this.#first === null) this.#last = null
    request.next = null
    if (this.pending === 0) this.owner.onConnectionIdle(this)
  }

  /** A push, or a reply to nothing. A subscriber waits for them; on any other connection they mean that replies are out of step. */
  #onUnasked(bytes: Uint8Array, start: number, end: number, isWhole: boolean): void {
    if (this.sink !== null) this.sink.onUnasked(bytes, start, end, isWhole)
    else if (this.#scanner.type !== PUSH) this.#onProtocolError()
  }

  /** A whole error reply: perhaps it says that the key lives elsewhere. */
  #onError(line: Uint8Array, start: number, end: number): void {
    const request = this.#first!
    this.#onEnded(request, 1)
    if (request.isCancelled || this.owner.pool.redirect(request, line, start, end)) return
    request.onReplies(line, start, end, 1)
  }

  #onProtocolError(): void {
    this.#cluster.stats[STAT.upstream_cx_protocol_error]!++
    this.owner.host.putResult(OutlierResult.RequestFailed)
    this.close()
  }

  // ---- the connection

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) this.#onConnected()
    else this.#onClosed(event === ConnectionEvent.LocalClose)
  }

  #onConnected(): void {
    this.#isConnected = true
    this.#timer.disable()
    const { context, connectMs, connectionStats } = this.#cluster
    const nowMs = context.timers.now()
    connectMs.record(nowMs - this.#startMs)
    this.#connection.setConnectionStats(connectionStats)
    this.owner.host.putResult(OutlierResult.ConnectSuccess)
    if (this.#setup.bytes.length > 0) this.#connection.write(this.#setup.bytes, false)
    if (this.pending > 0) this.#startOpTimer(nowMs)
    this.#setup.onConnected()
    this.#onReady()
  }

  /** The setup's last word: `error` null, or the reply that makes the connection useless. */
  onSetupDone(error: Uint8Array | null): void {
    if (error === null) {
      if (this.#isConnected) this.#onReady()
      return
    }
    this.#failure = error
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
    this.eventMs = context.timers.now()
    lengthMs.record(this.eventMs - this.#startMs)
    stats[STAT.upstream_cx_destroy]!++
    stats[isLocal ? STAT.upstream_cx_destroy_local : STAT.upstream_cx_destroy_remote]!++
    stats[STAT.upstream_cx_active]!--
    host.addActiveConnections(-1)
    if (!this.#isConnected && !this.#timedOut) {
      stats[STAT.upstream_cx_connect_fail]!++
      host.stats[HostStat.CxConnectFail]!++
    }
    if (this.pending > 0) {
      stats[STAT.upstream_cx_destroy_with_active_rq]!++
      stats[
        isLocal
          ? STAT.upstream_cx_destroy_local_with_active_rq
          : STAT.upstream_cx_destroy_remote_with_active_rq
      ]!++
      if (!this.#timedOut) host.putResult(OutlierResult.ConnectFailed)
    }
    this.#out.clear()
    this.owner.onConnectionClosed(this)
    this.#failAll()
    this.#shareActive()
    this.#tellWaiters()
    this.sink?.onSinkClosed()
    this.owner.pool.flushClients()
  }

  #failAll(): void {
    let request = this.#first
    this.#first = null
    this.#last = null
    const error = this.#failure
    const { slots } = this.owner.pool.cluster
    let isCut = this.#isCut
    while (request !== null) {
      const { next }: { next: UpstreamRequest | null } = request
      request.next = null
      this.#countEnded(request.awaited)
      if (!request.isCancelled) {
        request.onFailure(error, isCut)
        slots?.onRequestFailure(this.host)
      }
      isCut = false
      request.awaited = 0
      request = next
    }
  }

  onAboveWriteBufferHighWatermark(): void {
    this.isFull = true
  }

  onBelowWriteBufferLowWatermark(): void {
    this.isFull = false
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
  clog(): void {
    if (this.isClosed) return
    this.#connection.readDisable(true)
    this.owner.onConnectionClogged(this)
  }

  unclog(): void {
    if (!this.isClosed) this.#connection.readDisable(false)
  }

  /** True when others wait for replies behind the first request's. */
  get hasOthersBehind(): boolean {
    for (let request = this.#first?.next ?? null; request !== null; request = request.next) {
      if (!request.isCancelled) return true
    }
    return false
  }
}
