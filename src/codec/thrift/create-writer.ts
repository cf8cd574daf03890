import { BinaryEncoder } from './binary-encoder.ts'
import { CompactEncoder } from './compact-encoder.ts'
import type { MessageWriter, MessageWriterOptions } from './message-writer.ts'
import { ProtocolType } from './types.ts'

/** The writer of a transport and protocol, neither of them Auto. */
export function createMessageWriter(options: MessageWriterOptions): MessageWriter {
  switch (options.protocol) {
    case ProtocolType.Binary:
    case ProtocolType.LaxBinary:
    case ProtocolType.Twitter:
      return new BinaryEncoder(options)
    case ProtocolType.Compact:
      return new CompactEncoder(options)
    default:
      throw new Error(`no codec for protocol ${options.protocol}`)
  }
}
