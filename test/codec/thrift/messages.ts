import { createMessageWriter } from '../../../src/codec/thrift/create-writer.ts'
import { MessageMetadata } from '../../../src/codec/thrift/message.ts'
import type { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import { Read } from '../../../src/codec/thrift/protocol-reader.ts'
import type { MessageType, ProtocolType, TransportType } from '../../../src/codec/thrift/types.ts'
import type { ThriftStruct } from '../../../src/codec/thrift/value.ts'
import { playValue, ValueBuilder } from '../../../src/codec/thrift/value-events.ts'

/** What a message says, whatever form it came in. */
export interface Message {
  readonly metadata: MessageMetadata
  readonly body: ThriftStruct
}

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s+/g, ''), 'hex'))
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function metadataOf(
  methodName: string,
  messageType: MessageType,
  sequenceId: number,
): MessageMetadata {
  const metadata = new MessageMetadata()
  metadata.methodName = methodName
  metadata.hasMethodName = true
  metadata.messageType = messageType
  metadata.sequenceId = sequenceId
  return metadata
}

/** The bytes of a message; throws what the writer says is wrong. */
export function encode(
  transport: TransportType,
  protocol: ProtocolType,
  metadata: MessageMetadata,
  body: ThriftStruct,
): Uint8Array {
  const writer = createMessageWriter({ transport, protocol })
  writer.messageBegin(metadata)
  playValue(body, writer)
  if (!writer.messageEnd()) throw new Error(writer.error)
  return writer.out.take()
}

/**
 * Reads all messages in `pieces`, which come one after another. What the reader takes is not offered again, so that any place it
 * keeps would be wrong. Throws the reader's error, and if it stops in the middle of a message.
 */
export function readAll(reader: MessageReader, pieces: readonly Uint8Array[]): Message[] {
  const messages: Message[] = []
  let builder: ValueBuilder | null = null
  let held = new Uint8Array(0)
  for (const piece of pieces) {
    held = joined(held, piece)
    while (true) {
      const read: Read =
        builder === null
          ? reader.readBegin(held, 0, held.length)
          : reader.readBody(held, 0, held.length, builder)
      held = held.slice(reader.next)
      if (read === Read.Error) throw new Error(reader.error)
      if (read === Read.More) break
      if (builder === null) {
        builder = new ValueBuilder()
      } else {
        messages.push({ metadata: reader.metadata, body: builder.value })
        builder = null
      }
    }
  }
  if (!reader.isBetween || held.length > 0) throw new Error('stopped within a message')
  return messages
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

/** The pieces of `bytes` when it is cut at `at`. */
export function cut(bytes: Uint8Array, at: number): Uint8Array[] {
  return [bytes.slice(0, at), bytes.slice(at)]
}
