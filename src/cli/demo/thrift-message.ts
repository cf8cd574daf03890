import { createMessageWriter } from '../../codec/thrift/create-writer.ts'
import { MessageMetadata } from '../../codec/thrift/message.ts'
import { MessageReader } from '../../codec/thrift/message-reader.ts'
import { Read } from '../../codec/thrift/protocol-reader.ts'
import { type MessageType, ProtocolType, TransportType } from '../../codec/thrift/types.ts'
import type { ThriftField, ThriftStruct } from '../../codec/thrift/value.ts'
import { playValue, ValueBuilder } from '../../codec/thrift/value-events.ts'

/** What is spoken on a connection. */
export interface DemoWire {
  readonly transport: TransportType
  readonly protocol: ProtocolType
}

export interface DemoMessage {
  readonly type: MessageType
  readonly name: string
  readonly sequenceId: number
  readonly fields: readonly ThriftField[]
}

export const UNFRAMED_COMPACT: DemoWire = {
  transport: TransportType.Unframed,
  protocol: ProtocolType.Compact,
}

/** The bytes of one message. */
export function encodeMessage(wire: DemoWire, message: DemoMessage): Uint8Array {
  const writer = createMessageWriter(wire)
  const metadata = new MessageMetadata()
  metadata.messageType = message.type
  metadata.methodName = message.name
  metadata.sequenceId = message.sequenceId
  const struct: ThriftStruct = { type: 'struct', fields: [...message.fields] }
  writer.messageBegin(metadata)
  playValue(struct, writer)
  if (!writer.messageEnd()) throw new Error(writer.error)
  return writer.out.take()
}

/** Finds whole messages in what a peer sends, whatever it speaks. */
export class DemoReader {
  /** As the first message shows. */
  wire: DemoWire = { transport: TransportType.Auto, protocol: ProtocolType.Auto }
  #pending: Uint8Array = new Uint8Array(0)

  add(bytes: Uint8Array): void {
    this.#pending = Buffer.concat([this.#pending, bytes])
  }

  /** Null: the next is not whole yet. Throws on what is no thrift. */
  next(): DemoMessage | null {
    const bytes = this.#pending
    const reader = new MessageReader(this.wire)
    const values = new ValueBuilder()
    const begun = reader.readBegin(bytes, 0, bytes.length)
    const read =
      begun === Read.Done ? reader.readBody(bytes, reader.next, bytes.length, values) : begun
    if (read === Read.Error) throw new Error(reader.error)
    if (read === Read.More) return null
    this.wire = { transport: reader.transport, protocol: reader.protocol }
    this.#pending = bytes.slice(reader.next)
    const { messageType, methodName, sequenceId } = reader.metadata
    return { type: messageType, name: methodName, sequenceId, fields: values.value.fields }
  }
}
