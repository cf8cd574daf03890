import { ThriftHeaders } from './headers.ts'
import { MessageType, ProtocolType, ReplyType, TransportType } from './types.ts'
import type { ThriftField } from './value.ts'

/**
 * What is known of a message beside its fields. A reader makes one per message, so it may be kept; a writer writes what it says.
 * Names and header values are byte strings (one character per byte, see `byte-text.ts`).
 */
export class MessageMetadata {
  messageType: MessageType = MessageType.Call
  /** '' and `hasMethodName` false until the message's begin is read. */
  methodName = ''
  hasMethodName = false
  /** Signed 32 bits. The header transport's own before the message's begin is read. */
  sequenceId = 0
  /** Of a message of type Reply. */
  replyType: ReplyType = ReplyType.None
  /** True for a reply whose struct is empty: the result of a void method, or an accepted upgrade. */
  isEmptyReply = false
  transport: TransportType = TransportType.Auto
  protocol: ProtocolType = ProtocolType.Auto
  /** Bytes in the frame that belong to the message, the transport's own aside; -1 without frames. */
  frameSize = -1
  /** The header transport's flags. */
  headerFlags = 0
  /** Twitter's upgrade request or the answer to it; see `twitter-upgrade.ts`. */
  isProtocolUpgrade = false
  twitterHeader: TwitterHeader | null = null
  #headers: ThriftHeaders | null = null

  get hasFrameSize(): boolean {
    return this.frameSize >= 0
  }

  get hasHeaders(): boolean {
    return this.#headers !== null && this.#headers.size > 0
  }

  get headers(): ThriftHeaders {
    this.#headers ??= new ThriftHeaders()
    return this.#headers
  }

  /** One of its own, to be changed for the other side. Transport, protocol and frame size are this side's and stay behind. */
  clone(): MessageMetadata {
    const copy = new MessageMetadata()
    copy.messageType = this.messageType
    copy.methodName = this.methodName
    copy.hasMethodName = this.hasMethodName
    copy.sequenceId = this.sequenceId
    copy.replyType = this.replyType
    copy.isEmptyReply = this.isEmptyReply
    copy.headerFlags = this.headerFlags
    copy.isProtocolUpgrade = this.isProtocolUpgrade
    copy.twitterHeader = this.twitterHeader
    if (this.#headers !== null) this.#headers.copyTo(copy.headers)
    return copy
  }
}

/** Fields of Twitter's header that are no headers: of a request its trace and flags, of a reply its spans. */
export interface TwitterHeader {
  readonly isReply: boolean
  readonly fields: readonly ThriftField[]
}
