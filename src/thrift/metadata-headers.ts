import { fromByteText } from '../codec/thrift/byte-text.ts'
import type { MessageMetadata } from '../codec/thrift/message.ts'
import type { HeaderValues } from '../config/header-matcher.ts'

const NOTHING: readonly string[] = []

/** A message's headers, as matchers read them: as text. */
export function metadataHeaders(metadata: MessageMetadata): HeaderValues {
  return {
    values: (name) => {
      if (!metadata.hasHeaders) return NOTHING
      const { headers } = metadata
      const values: string[] = []
      for (let i = 0; i < headers.size; i++) {
        if (headers.name(i).toLowerCase() === name) values.push(fromByteText(headers.value(i)))
      }
      return values
    },
  }
}
