import type { MessageMetadata } from './message.ts'
import type { MessageWriter } from './message-writer.ts'
import { type ExceptionType, FieldType, MessageType } from './types.ts'

/**
 * Writes a TApplicationException that answers a call: its name and sequence id, whatever headers `metadata` holds, and why. `text` is a
 * byte string. False if it cannot be written.
 */
export function writeException(
  writer: MessageWriter,
  metadata: MessageMetadata,
  type: ExceptionType,
  text: string,
): boolean {
  const bytes = Buffer.from(text, 'latin1')
  const { messageType } = metadata
  metadata.messageType = MessageType.Exception
  writer.messageBegin(metadata)
  metadata.messageType = messageType
  writer.structBegin()
  writer.fieldBegin(FieldType.String, 1)
  writer.string(bytes, 0, bytes.length)
  writer.fieldEnd()
  writer.fieldBegin(FieldType.I32, 2)
  writer.i32(type)
  writer.fieldEnd()
  writer.structEnd()
  return writer.messageEnd()
}
