import type { AccessLog } from '../../../../access-log/access-log.ts'
import { fromByteText } from '../../../../codec/thrift/byte-text.ts'
import {
  MESSAGE_TYPE_NAMES,
  type MessageType,
  PROTOCOL_NAMES,
  ReplyType,
  TRANSPORT_NAMES,
} from '../../../../codec/thrift/types.ts'
import type { Connection } from '../../../../network/filter.ts'
import { type HostDescription, StreamInfo } from '../../../../network/stream-info.ts'
import type { TimerWheel } from '../../../../network/timers.ts'
import type { Wire } from '../../../../thrift/message-output.ts'
import type { TimeSource } from '../../../../time-source.ts'

/** The namespace of what a log can print of a call. */
const NAMESPACE = 'thrift.proxy'
const NONE = '-'

/** What is known of a call when it is over. */
export interface CallFacts {
  readonly client: {
    readonly context: { readonly timers: TimerWheel; readonly timeSource: TimeSource }
  }
  readonly connection: Connection
  readonly metadata: { readonly methodName: string }
  readonly messageType: MessageType
  readonly wire: Wire
  readonly startMs: number
  readonly streamInfo: StreamInfo
  /** Empty: none was chosen. */
  readonly clusterName: string
  readonly upstreamHost: HostDescription | null
  readonly isPassthrough: boolean
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly answerType: MessageType | null
  readonly replyType: ReplyType
}

/** A call's own: what it shares with its connection is copied. */
export function createCallInfo({ client, connection, startMs }: CallFacts): StreamInfo {
  const { timers, timeSource } = client.context
  const startTimeMs = timeSource.now() - (timers.now() - startMs)
  const info = new StreamInfo(startTimeMs, startMs, connection.id)
  const { streamInfo: from } = connection
  info.streamId = ''
  info.localAddress = from.localAddress
  info.remoteAddress = from.remoteAddress
  info.directLocalAddress = from.directLocalAddress
  info.directRemoteAddress = from.directRemoteAddress
  info.requestedServerName = from.requestedServerName
  info.listenerName = from.listenerName
  info.listenerMetadata = from.listenerMetadata
  info.filterChainName = from.filterChainName
  info.filterChainMetadata = from.filterChainMetadata
  info.filterState = from.filterState
  info.tls = from.tls
  return info
}

/** Writes the call's line. */
export function logCall(call: CallFacts, logs: readonly AccessLog[]): void {
  const info = call.streamInfo
  info.endMonotonicMs = call.client.context.timers.now()
  info.bytesReceived = call.bytesReceived
  info.bytesSent = call.bytesSent
  if (call.upstreamHost !== null) {
    const upstream = info.upstreamInfo()
    upstream.host = call.upstreamHost
    upstream.remoteAddress = call.upstreamHost.address
  }
  info.dynamicMetadata ??= {}
  info.dynamicMetadata[NAMESPACE] = describe(call)
  for (const log of logs) log.log(info, 'NotSet')
}

function describe(call: CallFacts): Record<string, unknown> {
  const { answerType, replyType } = call
  return {
    cluster: call.clusterName === '' ? NONE : call.clusterName,
    method: fromByteText(call.metadata.methodName),
    passthrough: call.isPassthrough ? 'true' : 'false',
    request: side(call.wire, call.messageType),
    ...(answerType !== null && {
      response: { ...side(call.wire, answerType), reply_type: replyName(replyType) },
    }),
  }
}

function side({ transport, protocol }: Wire, type: MessageType): Record<string, string> {
  return {
    message_type: MESSAGE_TYPE_NAMES[type]!,
    protocol_type: PROTOCOL_NAMES[protocol]!,
    transport_type: TRANSPORT_NAMES[transport]!,
  }
}

function replyName(type: ReplyType): string {
  if (type === ReplyType.None) return NONE
  return type === ReplyType.Success ? 'success' : 'error'
}
