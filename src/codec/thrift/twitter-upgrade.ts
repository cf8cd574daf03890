import { UPGRADE_METHOD } from './detect.ts'
import { MessageMetadata } from './message.ts'
import type { MessageReader } from './message-reader.ts'
import type { MessageWriter } from './message-writer.ts'
import { MessageType } from './types.ts'

/**
 * Agreeing to Twitter's protocol, once per connection, before anything else on it:
 *
 *   client  call `__can__finagle__trace__v3__`, in plain binary       metadata.isProtocolUpgrade
 *   server  reply with an empty struct: yes; anything else: no        isUpgradeAccepted
 */

/** Asks an upstream; its answer comes before any reply. */
export function writeUpgradeRequest(writer: MessageWriter): void {
  const metadata = new MessageMetadata()
  metadata.methodName = UPGRADE_METHOD
  writeEmpty(writer, metadata)
}

/** Says yes to a client whose request, `isProtocolUpgrade`, was read to its end; from now on both sides are upgraded. */
export function acceptUpgrade(
  reader: MessageReader,
  writer: MessageWriter,
  request: MessageMetadata,
): void {
  const metadata = new MessageMetadata()
  metadata.methodName = UPGRADE_METHOD
  metadata.messageType = MessageType.Reply
  metadata.sequenceId = request.sequenceId
  writeEmpty(writer, metadata)
  reader.setUpgraded(true)
  writer.isUpgraded = true
}

/** Whether an upstream's answer to `writeUpgradeRequest` says yes. */
export function isUpgradeAccepted(reply: MessageMetadata): boolean {
  return reply.messageType === MessageType.Reply && reply.isEmptyReply
}

function writeEmpty(writer: MessageWriter, metadata: MessageMetadata): void {
  metadata.isProtocolUpgrade = true
  writer.messageBegin(metadata)
  writer.structBegin()
  writer.structEnd()
  writer.messageEnd()
}
