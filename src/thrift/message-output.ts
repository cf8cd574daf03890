import { createProtocolReader } from '../codec/thrift/create-reader.ts'
import { createMessageWriter } from '../codec/thrift/create-writer.ts'
import type { ThriftLimits } from '../codec/thrift/limits.ts'
import type { MessageMetadata } from '../codec/thrift/message.ts'
import type { MessageWriter } from '../codec/thrift/message-writer.ts'
import { type ProtocolReader, Read } from '../codec/thrift/protocol-reader.ts'
import { ProtocolType, TransportType } from '../codec/thrift/types.ts'
import type { WholeMessage } from './whole-message.ts'

/** Bytes that go out: of the message itself, or of a writer, which wants to know when they are gone. */
export interface EncodedMessage {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

const TRANSPORTS = 4

/**
 * Writes messages as the other side wants them. One per thread and set of limits: what `encode` gives is valid until the next call,
 * unless it is taken.
 */
export class MessageOutput implements EncodedMessage {
  readonly #limits: ThriftLimits
  readonly #writers: (MessageWriter | undefined)[] = []
  readonly #readers: (ProtocolReader | undefined)[] = []
  /** Who wrote the last message; null: its bytes are the message's own. */
  #writer: MessageWriter | null = null
  bytes: Uint8Array = NO_BYTES
  start = 0
  end = 0
  /** Why the last message could not be written. */
  error = ''

  constructor(limits: ThriftLimits) {
    this.#limits = limits
  }

  writer(transport: TransportType, protocol: ProtocolType): MessageWriter {
    const place = protocol * TRANSPORTS + transport
    let writer = this.#writers[place]
    if (writer === undefined) {
      writer = createMessageWriter({ transport, protocol, limits: this.#limits })
      this.#writers[place] = writer
    }
    writer.out.clear()
    return writer
  }

  /** Whether the other side has agreed to Twitter's protocol. */
  isUpgraded({ transport, protocol }: Wire): boolean {
    return this.#writers[protocol * TRANSPORTS + transport]?.isUpgraded ?? false
  }

  /**
   * The message for a side that speaks so, with the name, headers and sequence id of `metadata`. `mayPatch`: the message's own bytes
   * may be changed. False: `error` says why it cannot be written.
   */
  encode(message: WholeMessage, metadata: MessageMetadata, wire: Wire, mayPatch: boolean): boolean {
    const { transport, protocol } = wire
    const from = message.metadata
    if (mayPatch && this.#isSame(message, metadata, wire)) {
      this.#patch(message, metadata)
      return true
    }
    const writer = this.writer(transport, protocol)
    writer.messageBegin(metadata)
    if (protocol === from.protocol) {
      writer.raw(message.bodyBytes, message.bodyStart, message.bodyEnd)
    } else if (!this.#convert(message, writer)) {
      writer.abort()
      return false
    }
    return this.finish(writer)
  }

  /** After `messageEnd`'s work: what the writer holds is the encoded message. */
  finish(writer: MessageWriter): boolean {
    if (!writer.messageEnd()) {
      this.error = writer.error
      return false
    }
    this.take(writer)
    return true
  }

  /** A message that is finished. */
  take(writer: MessageWriter): void {
    this.#writer = writer
    this.bytes = writer.out.bytes
    this.start = 0
    this.end = writer.out.length
  }

  /** What was encoded last, in bytes that nothing else will change. */
  kept(): Uint8Array {
    if (this.#writer !== null) return this.#writer.out.take()
    return this.bytes.subarray(this.start, this.end)
  }

  view(): Uint8Array {
    const { bytes, start, end } = this
    return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
  }

  /** The bytes are with a connection that has not written all of them: they are its own from now on. */
  giveUp(): void {
    this.#writer?.out.take()
  }

  /** Nothing but the sequence id differs, and that has a place of fixed size before the body. */
  #isSame(
    message: WholeMessage,
    metadata: MessageMetadata,
    { transport, protocol }: Wire,
  ): boolean {
    const from = message.metadata
    return (
      transport === from.transport &&
      protocol === from.protocol &&
      (protocol === ProtocolType.Binary || protocol === ProtocolType.LaxBinary) &&
      transport !== TransportType.Header &&
      metadata.methodName === from.methodName
    )
  }

  #patch(message: WholeMessage, { sequenceId }: MessageMetadata): void {
    const { bytes, bodyStart } = message
    bytes[bodyStart - 4] = sequenceId >> 24
    bytes[bodyStart - 3] = sequenceId >> 16
    bytes[bodyStart - 2] = sequenceId >> 8
    bytes[bodyStart - 1] = sequenceId
    this.#writer = null
    this.bytes = bytes
    this.start = message.start
    this.end = message.end
  }

  #convert(message: WholeMessage, writer: MessageWriter): boolean {
    const reader = this.#reader(message.metadata.protocol)
    reader.structBegin()
    const { bodyBytes, bodyStart, bodyEnd } = message
    const read = reader.decode(bodyBytes, bodyStart, bodyEnd, writer)
    if (read === Read.Done && reader.next === bodyEnd) return true
    this.error = read === Read.Error ? reader.error : 'message does not end with its frame'
    return false
  }

  #reader(protocol: ProtocolType): ProtocolReader {
    let reader = this.#readers[protocol]
    if (reader === undefined) {
      reader = createProtocolReader(protocol, this.#limits)
      this.#readers[protocol] = reader
    }
    return reader
  }
}

/** How one side speaks; neither is Auto. */
export interface Wire {
  readonly transport: TransportType
  readonly protocol: ProtocolType
}

const NO_BYTES = new Uint8Array(0)
