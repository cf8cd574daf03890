import { writeException } from '../../../../codec/thrift/application-exception.ts'
import { MessageMetadata } from '../../../../codec/thrift/message.ts'
import { MessageReader } from '../../../../codec/thrift/message-reader.ts'
import { Read } from '../../../../codec/thrift/protocol-reader.ts'
import { acceptUpgrade } from '../../../../codec/thrift/twitter-upgrade.ts'
import { ExceptionType, ProtocolType } from '../../../../codec/thrift/types.ts'
import { addressText } from '../../../../network/address.ts'
import {
  CloseType,
  type ConnectionCallbacks,
  ConnectionEvent,
  ConnectionState,
} from '../../../../network/connection.ts'
import {
  type Connection,
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
} from '../../../../network/filter.ts'
import type { FlushTarget } from '../../../../network/flush-queue.ts'
import { OutputBuffer } from '../../../../network/output-buffer.ts'
import type { ReadBuffer } from '../../../../network/read-buffer.ts'
import { MessageInput } from '../../../../thrift/message-input.ts'
import { MessageOutput, type Wire } from '../../../../thrift/message-output.ts'
import type { ThriftTapClient } from '../../../../thrift/tap-slots.ts'
import type { WholeMessage } from '../../../../thrift/whole-message.ts'
import { ActiveCall, type CallClient } from './active-call.ts'
import { CallLine } from './call-line.ts'
import { THRIFT_PROXY_STATS } from './stats.ts'
import type { ThriftProxyContext } from './thrift-proxy-context.ts'

const STAT = THRIFT_PROXY_STATS.index
const NO_BYTES = new Uint8Array(0)
/** Beyond so many bytes of answers that wait for their turn no more calls are taken. */
const MAX_HELD = 1024 * 1024
/** A bigger answer is not copied once more to be joined with others. */
const JOIN_BYTES = 8 * 1024

/**
 * One client: takes its messages apart, sends each through the filters, and writes the answers in the order of the calls, whoever
 * answers first.
 *
 *   bytes ─▶ whole message ─▶ filters (the router last) ─▶ upstream ─▶ answer ─▶ line ─▶ bytes
 */
export class ThriftClient implements ReadFilter, ConnectionCallbacks, FlushTarget, CallClient {
  readonly context: ThriftProxyContext
  output: MessageOutput
  connection!: Connection
  #input: MessageInput | null = null
  readonly #line = new CallLine()
  readonly #out = new OutputBuffer()
  #isParsing = false
  #isFlushing = false
  #isPaused = false
  #isSlow = false
  #requests = 0
  /** Of answers that wait for their turn. */
  #heldBytes = 0
  /** Nothing more is read; it closes when all is answered. */
  #isEnding = false
  /** Written when all is answered: there is no call that it answers. */
  #farewell: Uint8Array | null = null
  /** As a tap shows it, from the first call that somebody looks at. */
  #tapClient: ThriftTapClient | null = null

  constructor(context: ThriftProxyContext) {
    this.context = context
    this.output = context.output
  }

  /** Of the messages that have come: the first says it. */
  get wire(): Wire {
    return this.#input!.reader
  }

  // ---- the connection

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    const { connection } = callbacks
    this.connection = connection
    connection.addConnectionCallbacks(this)
    connection.enableHalfClose(true)
    if (this.context.accessLogs.length > 0) connection.captureAddresses()
  }

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer, endStream: boolean): FilterStatus {
    for (let chunk = buffer.takeFirst(); chunk !== null; chunk = buffer.takeFirst()) {
      if (!this.#isEnding) this.#inputOf().append(chunk)
    }
    this.#parse()
    // Its calls are answered first: Envoy drops the replies.
    if (endStream && !this.#isEnding && !this.#isPaused) this.#end()
    else if (endStream) this.#endsBehindInput = true
    return FilterStatus.StopIteration
  }

  #endsBehindInput = false

  #inputOf(): MessageInput {
    if (this.#input === null) {
      const { transport, protocol, limits, preservesHeaderCase, payloadPassthrough } = this.context
      const reader = new MessageReader({ transport, protocol, limits, preservesHeaderCase })
      this.#input = new MessageInput(reader, payloadPassthrough)
    }
    return this.#input
  }

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) return
    this.#isEnding = true
    this.#input?.clear()
    this.#out.clear()
    const isLocal = event === ConnectionEvent.LocalClose
    const { stats } = this.context
    for (const call of this.#line.takeAll()) {
      stats[
        isLocal ? STAT.cx_destroy_local_with_active_rq : STAT.cx_destroy_remote_with_active_rq
      ]!++
      call.leave()
    }
  }

  onFault(error: unknown): void {
    this.connection.onFault(error)
  }

  resetConnection(): void {
    this.connection.close(CloseType.NoFlush, '')
  }

  // ---- messages

  #parse(): void {
    const input = this.#input
    if (input === null || this.#isParsing) return
    this.#isParsing = true
    const { maxPipelinedCalls } = this.context
    while (!this.#isEnding && input.length > 0) {
      if (this.#isSlow || this.#line.size >= maxPipelinedCalls || this.#heldBytes > MAX_HELD) {
        this.#pause(true)
        break
      }
      const read = input.next()
      if (read === Read.Done) this.#onMessage(input)
      else {
        if (read === Read.Error) this.#onError(input.reader)
        break
      }
    }
    this.#isParsing = false
    input.settle()
    if (this.#out.length > 0) this.flush()
    this.#closeIfOver()
  }

  #onMessage(message: WholeMessage): void {
    if (message.metadata.isProtocolUpgrade) {
      this.#upgrade(message.metadata)
      return
    }
    const { context } = this
    const call = new ActiveCall(this, message)
    const { tap } = context
    if (tap.enabled) this.#tap(call)
    else tap.missed++
    this.#line.add(call)
    if (++this.#requests >= context.maxRequests) {
      context.stats[STAT.downstream_cx_max_requests]!++
      this.#end()
    }
    call.continueDecoding()
  }

  /** Somebody looks on. */
  #tap(call: ActiveCall): void {
    const { tap, listenerName: listener } = this.context
    const { remoteAddress } = this.connection
    const address = remoteAddress === null ? '' : addressText(remoteAddress)
    this.#tapClient ??= { listener, address }
    call.tapTicket = tap.begin(this.#tapClient, call)
  }

  /** Twitter's protocol: what both sides say from now on has a header. It is the first message, so nothing waits. */
  #upgrade(metadata: MessageMetadata): void {
    const { reader } = this.#input!
    this.output = new MessageOutput(this.context.limits)
    const writer = this.output.writer(reader.transport, reader.protocol)
    acceptUpgrade(reader, writer, metadata)
    this.output.take(writer)
    const answer = this.output.kept()
    this.#out.append(answer, 0, answer.length)
  }

  /** What follows cannot be understood. */
  #onError(reader: MessageReader): void {
    const { metadata, error, errorType } = reader
    this.context.stats[STAT.request_decoding_error]!++
    this.#end()
    if (metadata.hasMethodName) {
      const call = new ActiveCall(this, { ...NO_MESSAGE, metadata })
      this.#line.add(call)
      call.sendLocalReply(errorType, error, true)
    } else if (errorType !== ExceptionType.ProtocolError) {
      const { output } = this
      const writer = output.writer(reader.transport, metadata.protocol || ProtocolType.Binary)
      if (writeException(writer, new MessageMetadata(), errorType, error)) {
        output.take(writer)
        this.#farewell = output.kept()
        this.context.stats[STAT.response_exception]!++
      }
    }
  }

  /** Nothing more is read, all calls are answered. */
  #end(): void {
    this.#isEnding = true
    this.#input?.clear()
    this.#closeIfOver()
  }

  #closeIfOver(): void {
    if (!this.#isEnding || this.#isParsing || this.#line.size > 0) return
    if (this.connection.state > ConnectionState.Open) return
    if (this.#farewell !== null) this.#out.append(this.#farewell, 0, this.#farewell.length)
    this.flush()
    this.connection.close(CloseType.FlushWrite, '')
  }

  // ---- answers

  onAnswer(call: ActiveCall): void {
    const { output } = this
    if (call !== this.#line.head) {
      call.answer = output.kept()
      this.#heldBytes += call.answer.length
      return
    }
    if (call.nextInLine === null && !this.#isParsing && this.#out.length === 0) {
      this.connection.write(output.view(), false)
      if (this.connection.bytesOutstanding > 0) output.giveUp()
    } else if (output.end - output.start < JOIN_BYTES) {
      this.#out.append(output.bytes, output.start, output.end)
    } else {
      const kept = output.kept()
      this.#out.append(kept, 0, kept.length)
    }
    this.#advance()
  }

  /** The head is answered, and perhaps some behind it. */
  #advance(): void {
    const line = this.#line
    while (line.head !== null) {
      const call: ActiveCall = line.head
      if (call.closesDownstream) {
        this.flush()
        this.connection.close(CloseType.FlushWrite, '')
        return
      }
      line.removeHead()
      call.leave()
      const answer: Uint8Array | null = line.head?.answer ?? null
      if (answer === null) break
      this.#heldBytes -= answer.length
      this.#out.append(answer, 0, answer.length)
    }
    if (this.#out.length > 0) this.#flushLater()
    this.#onLineShorter()
  }

  onUnanswered(call: ActiveCall): void {
    if (!this.#line.removeOneway(call)) return
    call.leave()
    this.#onLineShorter()
  }

  #onLineShorter(): void {
    const isShort = this.#line.size * 2 <= this.context.maxPipelinedCalls
    if (this.#isPaused && !this.#isSlow && isShort && this.#heldBytes <= MAX_HELD) this.#resume()
    this.#closeIfOver()
  }

  #flushLater(): void {
    if (this.#isParsing || this.#isFlushing) return
    this.#isFlushing = true
    this.context.flushQueue.add(this)
  }

  flush(): void {
    this.#isFlushing = false
    if (this.connection.state <= ConnectionState.Open) this.#out.writeTo(this.connection)
  }

  // ---- a client that sends more than it is to

  #pause(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return
    this.#isPaused = isPaused
    this.connection.readDisable(isPaused)
  }

  #resume(): void {
    this.#pause(false)
    if (this.#isParsing) return
    this.#parse()
    if (this.#endsBehindInput && !this.#isPaused && !this.#isEnding) this.#end()
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#isSlow = true
    this.#pause(true)
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#isSlow = false
    if (this.#isPaused && this.#line.size < this.context.maxPipelinedCalls) this.#resume()
  }
}

/** Of a message that ended before its end. */
const NO_MESSAGE = {
  bytes: NO_BYTES,
  start: 0,
  end: 0,
  bodyBytes: NO_BYTES,
  bodyStart: 0,
  bodyEnd: 0,
  isChecked: true,
}
