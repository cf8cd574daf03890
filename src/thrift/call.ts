import type { MessageMetadata } from '../codec/thrift/message.ts'
import type { ExceptionType } from '../codec/thrift/types.ts'
import type { Connection, FilterStatus } from '../network/filter.ts'
import type { HostDescription, StreamInfo } from '../network/stream-info.ts'
import type { Wire } from './message-output.ts'
import type { ThriftRoute } from './route.ts'
import type { WholeMessage } from './whole-message.ts'

/** One call of a client, as the filters see it: from its last byte until its answer. */
export interface ThriftCall {
  readonly connection: Connection
  /** As it came. */
  readonly request: WholeMessage
  /** The request's: what filters change here goes upstream. */
  readonly metadata: MessageMetadata
  /** Made when it is first asked for. */
  readonly streamInfo: StreamInfo
  /** How the client speaks, and is answered. */
  readonly wire: Wire
  /** `payload_passthrough` is on. */
  readonly allowsPassthrough: boolean
  /** The route is found when it is first asked for, then kept. Null: no route takes the call. */
  route(): ThriftRoute | null
  /** Metadata or headers have changed: the route is found anew. */
  clearRoute(): void
  /** After a filter stopped: goes on with the next. */
  continueDecoding(): void

  // ---- how it ends: exactly one of these

  /** An exception of the proxy's own, with a byte string for its text. Of a oneway call the client hears nothing. */
  sendLocalReply(type: ExceptionType, text: string, closesDownstream: boolean): void
  /** The answer. False: it could not be written as the client speaks, and `sendLocalReply` has been called. */
  sendReply(reply: WholeMessage): boolean
  /** A oneway call is on its way. */
  finishOneway(): void
  /** It cannot be written as its host is spoken to. */
  onRequestError(text: string): void
  /** The answer cannot be read. */
  onReplyError(text: string): void

  // ---- on the way

  /** All of it has gone upstream: it counts as a request. */
  onRequestSent(): void
  /** Both sides have frames and one protocol: with `payload_passthrough` bytes go on unread. */
  onPassthrough(): void
  /** A bit of `ResponseFlag`, for the log. */
  setFlag(flag: number): void
  /** What filters have said in that namespace; null: nothing. */
  dynamicMetadata(namespace: string): Readonly<Record<string, unknown>> | null
  /** Its host is chosen, for the log. */
  onUpstreamHost(host: HostDescription): void
  /** The cluster is chosen, for the log. */
  onCluster(name: string): void
  /** Told when the call is over and nobody waits for it any more. */
  callEnd: CallEnd | null
}

export interface CallEnd {
  onCallEnd(): void
}

/** Looks at calls, one after the other; what it remembers of one stands in the call. One per filter config and thread. */
export interface ThriftFilter {
  /** Called once per call, in filter order, when all of the call is there. Stopped: `call.continueDecoding` goes on, or the call ends. */
  onCall(call: ThriftCall): FilterStatus
}
