import { writeException } from '../../../../codec/thrift/application-exception.ts'
import { MessageMetadata } from '../../../../codec/thrift/message.ts'
import { ExceptionType, MessageType, ReplyType } from '../../../../codec/thrift/types.ts'
import { type Connection, FilterStatus } from '../../../../network/filter.ts'
import type { HostDescription, StreamInfo } from '../../../../network/stream-info.ts'
import type { CallEnd, ThriftCall } from '../../../../thrift/call.ts'
import { DRAIN_HEADER } from '../../../../thrift/drain-header.ts'
import type { MessageOutput, Wire } from '../../../../thrift/message-output.ts'
import type { ThriftRoute } from '../../../../thrift/route.ts'
import { NOT_TAPPED } from '../../../../thrift/tap.ts'
import type { WholeMessage } from '../../../../thrift/whole-message.ts'
import { type CallFacts, createCallInfo, logCall } from './call-log.ts'
import { THRIFT_PROXY_STATS } from './stats.ts'
import type { ThriftProxyContext } from './thrift-proxy-context.ts'

const STAT = THRIFT_PROXY_STATS.index

/** What a call needs of its client. */
export interface CallClient {
  readonly context: ThriftProxyContext
  readonly connection: Connection
  readonly wire: Wire
  /** What it is answered with: the context's, or one of its own. */
  readonly output: MessageOutput
  /** What `output` has encoded last is the call's answer. */
  onAnswer(call: ActiveCall): void
  /** Nothing will answer it. */
  onUnanswered(call: ActiveCall): void
  resetConnection(): void
}

/** One message of a client, and what becomes of it. It stands in the client's line until it is its turn to be answered. */
export class ActiveCall implements ThriftCall, WholeMessage, CallFacts {
  readonly client: CallClient
  readonly metadata: MessageMetadata
  readonly messageType: MessageType
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly bodyBytes: Uint8Array
  readonly bodyStart: number
  readonly bodyEnd: number
  readonly isChecked: boolean
  /** The client's; upstream it has another. */
  readonly sequenceId: number
  readonly startMs: number
  callEnd: CallEnd | null = null
  nextInLine: ActiveCall | null = null
  /** The answer, while it waits for its turn. */
  answer: Uint8Array | null = null
  /** The connection closes behind the answer. */
  closesDownstream = false
  isOver = false
  answerType: MessageType | null = null
  replyType: ReplyType = ReplyType.None
  clusterName = ''
  upstreamHost: HostDescription | null = null
  isPassthrough = false
  bytesReceived = 0
  bytesSent = 0
  info: StreamInfo | null = null
  /** NOT_TAPPED: nobody looks, or what came of it has been shown. */
  tapTicket = NOT_TAPPED
  #route: ThriftRoute | null = null
  #isRouted = false
  #nextFilter = 0
  #isAnswered = false

  constructor(client: CallClient, message: WholeMessage) {
    this.client = client
    this.metadata = message.metadata
    this.messageType = message.metadata.messageType
    this.bytes = message.bytes
    this.start = message.start
    this.end = message.end
    this.bodyBytes = message.bodyBytes
    this.bodyStart = message.bodyStart
    this.bodyEnd = message.bodyEnd
    this.isChecked = message.isChecked
    this.sequenceId = message.metadata.sequenceId
    const { timers, stats } = client.context
    this.startMs = timers.now()
    stats[STAT.request_active]!++
  }

  get connection(): Connection {
    return this.client.connection
  }

  get request(): WholeMessage {
    return this
  }

  get wire(): Wire {
    return this.client.wire
  }

  get allowsPassthrough(): boolean {
    return this.client.context.payloadPassthrough
  }

  get streamInfo(): StreamInfo {
    this.info ??= createCallInfo(this)
    return this.info
  }

  get isOneway(): boolean {
    return this.messageType === MessageType.Oneway
  }

  /** True once nothing is awaited any more. */
  get isAnswered(): boolean {
    return this.#isAnswered
  }

  // ---- filters

  continueDecoding(): void {
    const { filters } = this.client.context
    while (this.#nextFilter < filters.length && !this.#isAnswered && !this.isOver) {
      const filter = filters[this.#nextFilter++]!
      if (filter.onCall(this) === FilterStatus.StopIteration) return
    }
    // Envoy lets its client wait for ever.
    this.sendLocalReply(ExceptionType.InternalError, 'no filter of the chain is a router', true)
  }

  route(): ThriftRoute | null {
    if (!this.#isRouted) {
      this.#isRouted = true
      const { routes, random } = this.client.context
      this.#route = routes.route(this.metadata, random)
    }
    return this.#route
  }

  clearRoute(): void {
    this.#isRouted = false
    this.#route = null
  }

  onCluster(name: string): void {
    this.clusterName = name
  }

  onUpstreamHost(host: HostDescription): void {
    this.upstreamHost = host
  }

  setFlag(flag: number): void {
    if (this.client.context.accessLogs.length > 0) this.streamInfo.setFlag(flag)
  }

  dynamicMetadata(namespace: string): Readonly<Record<string, unknown>> | null {
    return this.info?.dynamicMetadata?.[namespace] ?? null
  }

  onPassthrough(): void {
    this.isPassthrough = true
    if (this.allowsPassthrough) this.client.context.stats[STAT.request_passthrough]!++
  }

  onRequestSent(): void {
    const { stats } = this.client.context
    this.bytesReceived = this.end - this.start
    stats[STAT.request]!++
    if (this.messageType === MessageType.Call) stats[STAT.request_call]!++
    else if (this.isOneway) stats[STAT.request_oneway]!++
    else stats[STAT.request_invalid_type]!++
  }

  // ---- its end

  finishOneway(): void {
    this.#isAnswered = true
    if (this.tapTicket !== NOT_TAPPED) {
      this.client.context.tap.endOneway(this.#takeTicket(), this.#hostText)
    }
    this.client.onUnanswered(this)
  }

  onRequestError(text: string): void {
    this.client.context.stats[STAT.request_decoding_error]!++
    this.sendLocalReply(ExceptionType.ProtocolError, text, true)
  }

  sendReply(reply: WholeMessage): boolean {
    const { metadata } = reply
    const { context, output, wire } = this.client
    const { stats } = context
    metadata.sequenceId = this.sequenceId
    if (context.drainDecision.drainClose()) {
      metadata.headers.set(DRAIN_HEADER, 'true')
      stats[STAT.downstream_response_drain_close]!++
    }
    if (!output.encode(reply, metadata, wire, true)) {
      this.onReplyError(output.error)
      return false
    }
    this.#countReply(metadata)
    if (this.tapTicket !== NOT_TAPPED) context.tap.end(this.#takeTicket(), this.#hostText, reply)
    this.bytesSent = output.end - output.start
    this.#isAnswered = true
    this.client.onAnswer(this)
    return true
  }

  onReplyError(text: string): void {
    this.client.context.stats[STAT.response_decoding_error]!++
    this.sendLocalReply(ExceptionType.ProtocolError, text, true)
  }

  #countReply({ messageType, replyType }: MessageMetadata): void {
    const { stats } = this.client.context
    this.answerType = messageType
    this.replyType = replyType
    stats[STAT.response]!++
    if (this.isPassthrough && this.allowsPassthrough) stats[STAT.response_passthrough]!++
    if (messageType === MessageType.Exception) stats[STAT.response_exception]!++
    else if (messageType !== MessageType.Reply) stats[STAT.response_invalid_type]!++
    else {
      stats[STAT.response_reply]!++
      stats[replyType === ReplyType.Success ? STAT.response_success : STAT.response_error]!++
    }
  }

  sendLocalReply(type: ExceptionType, text: string, closesDownstream: boolean): void {
    if (this.#isAnswered || this.isOver) return
    this.#isAnswered = true
    this.closesDownstream = closesDownstream
    if (this.tapTicket !== NOT_TAPPED) {
      this.client.context.tap.endLocally(this.#takeTicket(), this.#hostText, type, text)
    }
    if (!closesDownstream && this.bytesReceived === 0) this.onRequestSent()
    if (this.isOneway) {
      this.#endOneway()
      return
    }
    const { context, output, wire } = this.client
    const { stats } = context
    const metadata = new MessageMetadata()
    metadata.methodName = this.metadata.methodName
    metadata.hasMethodName = true
    metadata.sequenceId = this.sequenceId
    metadata.headerFlags = this.metadata.headerFlags
    if (closesDownstream) {
      metadata.headers.set(DRAIN_HEADER, 'true')
      stats[STAT.downstream_response_drain_close]!++
    }
    const writer = output.writer(wire.transport, wire.protocol)
    if (!writeException(writer, metadata, type, text)) {
      this.client.resetConnection()
      return
    }
    output.take(writer)
    this.answerType = MessageType.Exception
    stats[STAT.response_exception]!++
    this.client.onAnswer(this)
  }

  /** Its client does not wait for an answer, and gets none. */
  #endOneway(): void {
    if (this.closesDownstream) this.client.resetConnection()
    else this.client.onUnanswered(this)
  }

  #takeTicket(): number {
    const ticket = this.tapTicket
    this.tapTicket = NOT_TAPPED
    return ticket
  }

  /** The host that was chosen, if one was. */
  get #hostText(): string {
    return this.upstreamHost?.addressText ?? ''
  }

  /** From the client, once: whatever was done for it is over. */
  leave(): void {
    if (this.isOver) return
    this.isOver = true
    if (this.tapTicket !== NOT_TAPPED) this.client.context.tap.cancel(this.#takeTicket())
    const { stats, requestMs, timers, methods, accessLogs } = this.client.context
    stats[STAT.request_active]!--
    requestMs.record(timers.now() - this.startMs)
    methods?.count(this.metadata.methodName, this.answerType, this.replyType)
    if (accessLogs.length > 0) logCall(this, accessLogs)
    this.callEnd?.onCallEnd()
  }
}
