import { BinaryEncoder } from './binary-encoder.ts'
import { CompactEncoder } from './compact-encoder.ts'
import { JsonEncoder } from './json-encoder.ts'
import type { MessageWriter, MessageWriterOptions } from './message-writer.ts'
import { TwitterEncoder } from './twitter-encoder.ts'
import { ProtocolType } from './types.ts'

/** The writer of a transport and protocol, neither of them Auto. */
export function createMessageWriter(options: MessageWriterOptions): MessageWriter {
  switch (options.protocol) {
    case ProtocolType.Binary:
    case ProtocolType.LaxBinary:
      return new BinaryEncoder(options)
    case ProtocolType.Compact:
      return new CompactEncoder(options)
    case ProtocolType.Twitter:
      return new TwitterEncoder(options)
    case ProtocolType.Json:
      return new JsonEncoder(options)
    default:
      throw new Error('a protocol that is not known yet has no writer')
  }
}
