import type { MessageMetadata } from '../codec/thrift/message.ts'
import { Read } from '../codec/thrift/protocol-reader.ts'
import { isUpgradeAccepted, writeUpgradeRequest } from '../codec/thrift/twitter-upgrade.ts'
import { MessageType, ProtocolType, ReplyType } from '../codec/thrift/types.ts'
import type { TimerWheel } from '../network/timers.ts'
import { PoolFailureReason } from '../upstream/cluster-manager.ts'
import { OutlierResult } from '../upstream/host.ts'
import { HostStat } from '../upstream/host-table.ts'
import type { ClusterPool } from './cluster-pool.ts'
import { DRAIN_HEADER } from './drain-header.ts'
import type { HostPool, PoolUser } from './host-pool.ts'
import type { MessageInput } from './message-input.ts'
import { MessageOutput, type Wire } from './message-output.ts'
import type { ReplySettings } from './reply-settings.ts'
import type { UpstreamConnection, UpstreamUser } from './upstream-connection.ts'
import type { WholeMessage } from './whole-message.ts'

/** What tries of one filter config share on a thread. */
export interface TryContext {
  readonly output: MessageOutput
  readonly replies: ReplySettings
  readonly timers: TimerWheel
}

/** A message on its way to a host. */
export interface TryRequest {
  readonly message: WholeMessage
  /** Name and headers as the host is to see them; its sequence id is set. */
  readonly metadata: MessageMetadata
  /** How the host is spoken to. */
  readonly wire: Wire
  readonly expectsReply: boolean
  /** The message's bytes may be changed: nobody needs them again. */
  readonly mayPatch: boolean
}

/** Told how a try goes: `onSent` at most once, then one of the others (`onReply` not for oneway calls). */
export interface TryOwner {
  onSent(bytes: number): void
  /** The reply's bytes are the owner's. False: it is of no use, and the connection closes. */
  onReply(reply: WholeMessage): boolean
  /** No connection, or it ended before the reply did. `hasStarted`: a part of the reply had come. */
  onNoReply(reason: PoolFailureReason, hasStarted: boolean): void
  /** The message cannot be written as the host is spoken to, or its reply cannot be read. */
  onUnreadable(error: string, isReply: boolean): void
}

/** One attempt to have one host answer one message. */
export class UpstreamTry implements PoolUser, UpstreamUser {
  previousWaiting: PoolUser | null = null
  nextWaiting: PoolUser | null = null
  isWaiting = false
  readonly hostPool: HostPool
  readonly #context: TryContext
  readonly #pool: ClusterPool
  readonly #request: TryRequest
  readonly #owner: TryOwner
  #connection: UpstreamConnection | null = null
  #input: MessageInput | null = null
  #sequenceId = 0
  #sentMs = 0
  #hasStarted = false
  #isOver = false
  /** Twitter's upgrade is under way. */
  #isAsking = false

  constructor(
    context: TryContext,
    pool: ClusterPool,
    hostPool: HostPool,
    request: TryRequest,
    owner: TryOwner,
  ) {
    this.#context = context
    this.#pool = pool
    this.hostPool = hostPool
    this.#request = request
    this.#owner = owner
  }

  start(): void {
    this.hostPool.acquire(this)
  }

  /** Nobody wants the reply any more: the owner hears nothing. */
  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.hostPool.cancel(this)
    this.#connection?.close()
    this.#pool.stats.localException(PoolFailureReason.LocalConnectionFailure)
  }

  // ---- from the pool

  onPoolFailure(reason: PoolFailureReason): void {
    if (this.#isOver) return
    this.#fail(reason)
  }

  onPoolReady(connection: UpstreamConnection): void {
    if (this.#isOver) {
      connection.release()
      return
    }
    if (this.#request.wire.protocol === ProtocolType.Twitter && connection.twitterOutput === null) {
      this.#askForUpgrade(connection)
    } else {
      this.#send(connection)
    }
  }

  /** Before the first message of a connection; the answer says how all of them are written. */
  #askForUpgrade(connection: UpstreamConnection): void {
    const { replies } = this.#context
    const { wire } = this.#request
    const output = new MessageOutput(replies.limits)
    connection.twitterOutput = output
    const writer = output.writer(wire.transport, wire.protocol)
    writeUpgradeRequest(writer)
    output.take(writer)
    this.#isAsking = true
    this.#connection = connection
    this.#input = connection.input(replies, wire)
    connection.attach(this)
    connection.write(output.kept())
  }

  #onUpgradeAnswer(input: MessageInput): void {
    const connection = this.#connection!
    const { wire } = this.#request
    const isAccepted = isUpgradeAccepted(input.metadata)
    this.#isAsking = false
    input.reader.setUpgraded(isAccepted)
    connection.twitterOutput!.writer(wire.transport, wire.protocol).isUpgraded = isAccepted
    input.settle()
    this.#hasStarted = false
    this.#send(connection)
  }

  #send(connection: UpstreamConnection): void {
    const { replies, timers } = this.#context
    const { message, metadata, wire, expectsReply, mayPatch } = this.#request
    const output = connection.twitterOutput ?? this.#context.output
    this.#sequenceId = this.#pool.keepsSequenceIds
      ? metadata.sequenceId
      : connection.nextSequenceId()
    metadata.sequenceId = this.#sequenceId
    if (!output.encode(message, metadata, wire, mayPatch)) {
      this.#isOver = true
      connection.release()
      this.#owner.onUnreadable(output.error, false)
      return
    }
    const bytes = output.end - output.start
    this.#connection = connection
    if (expectsReply) {
      this.#input = connection.input(replies, wire)
      if (connection.twitterOutput !== null) {
        this.#input.reader.setUpgraded(output.isUpgraded(wire))
      }
      connection.attach(this)
    }
    connection.connection.write(output.view(), false)
    if (connection.connection.bytesOutstanding > 0) output.giveUp()
    this.#pool.stats.requestBytes(bytes)
    this.#sentMs = timers.now()
    if (!expectsReply) this.#isOver = true
    this.#owner.onSent(bytes)
    if (expectsReply) return
    if (metadata.messageType === MessageType.Oneway) connection.rememberOneway(this.#sequenceId)
    // A reply or exception that a client has sent: nobody knows what the host makes of it.
    else connection.spoil()
    connection.release()
  }

  #fail(reason: PoolFailureReason): void {
    this.#isOver = true
    this.#pool.stats.localException(reason)
    if (this.#hasStarted) this.#pool.stats.count('downstream_cx_partial_response_close')
    this.#owner.onNoReply(reason, this.#hasStarted)
  }

  // ---- from the connection

  onUpstreamData(bytes: Uint8Array): void {
    if (this.#isOver) return
    const input = this.#input!
    this.#hasStarted = true
    input.append(bytes)
    while (true) {
      const read = input.next()
      if (read === Read.Done && this.#isAsking) {
        this.#onUpgradeAnswer(input)
        return
      }
      if (read === Read.Done) {
        const { sequenceId } = input.metadata
        if (sequenceId !== this.#sequenceId && this.#connection!.isAnswerToOneway(sequenceId)) {
          continue
        }
        this.#onReply(input)
        return
      }
      if (read === Read.Error) this.#onUnreadable(input.reader.error)
      else input.settle()
      return
    }
  }

  onUpstreamClosed(isLocal: boolean): void {
    if (this.#isOver) return
    this.#input?.clear()
    if (!isLocal) this.hostPool.host.putResult(OutlierResult.ConnectFailed)
    this.#fail(
      isLocal
        ? PoolFailureReason.LocalConnectionFailure
        : PoolFailureReason.RemoteConnectionFailure,
    )
  }

  #onReply(input: MessageInput): void {
    const connection = this.#connection!
    const { stats } = this.#pool
    const { metadata } = input
    this.#isOver = true
    if (metadata.hasHeaders && metadata.headers.remove(DRAIN_HEADER)) {
      stats.count('upstream_cx_drain_close')
      connection.spoil()
    }
    stats.replyMs(this.#context.timers.now() - this.#sentMs, this.hostPool.host)
    stats.replyBytes(input.end - input.start)
    stats.reply(metadata.messageType, metadata.replyType, this.hostPool.host)
    this.#tellHost(metadata)
    const isUseful = this.#owner.onReply(input)
    // More than was asked for: the next reply would be out of step.
    if (input.length > 0 || !isUseful) connection.spoil()
    input.settle()
    if (!isUseful || input.length > 0) input.clear()
    connection.release()
  }

  #tellHost({ messageType, replyType }: MessageMetadata): void {
    const { host } = this.hostPool
    if (messageType === MessageType.Reply && replyType === ReplyType.Success) {
      host.stats[HostStat.RqSuccess]!++
      host.putResult(OutlierResult.RequestSuccess)
    } else if (messageType === MessageType.Reply || messageType === MessageType.Exception) {
      host.stats[HostStat.RqError]!++
      host.putResult(OutlierResult.RequestFailed)
    }
  }

  #onUnreadable(error: string): void {
    const { host } = this.hostPool
    this.#isOver = true
    this.#input?.clear()
    this.#pool.stats.decodingError(host)
    this.#pool.stats.localException(PoolFailureReason.LocalConnectionFailure)
    this.#pool.stats.count('downstream_cx_partial_response_close')
    host.stats[HostStat.RqError]!++
    host.putResult(OutlierResult.RequestFailed)
    this.#connection?.close()
    this.#owner.onUnreadable(error, true)
  }
}
