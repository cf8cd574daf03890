import { BinaryReader } from './binary-reader.ts'
import { CompactReader } from './compact-reader.ts'
import { JsonReader } from './json-reader.ts'
import type { ThriftLimits } from './limits.ts'
import type { ProtocolReader } from './protocol-reader.ts'
import { TwitterReader } from './twitter-reader.ts'
import { ProtocolType } from './types.ts'

/** The reader of a protocol; not of Auto. */
export function createProtocolReader(protocol: ProtocolType, limits: ThriftLimits): ProtocolReader {
  switch (protocol) {
    case ProtocolType.LaxBinary:
      return new BinaryReader(limits, true)
    case ProtocolType.Binary:
      return new BinaryReader(limits, false)
    case ProtocolType.Compact:
      return new CompactReader(limits)
    case ProtocolType.Twitter:
      return new TwitterReader(limits)
    case ProtocolType.Json:
      return new JsonReader(limits)
    default:
      throw new Error('a protocol that is not known yet has no reader')
  }
}
