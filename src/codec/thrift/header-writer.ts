import type { ByteWriter } from './byte-writer.ts'
import { HEADER_MAGIC, MAX_HEADER_BYTES } from './header-reader.ts'
import type { ThriftHeaders } from './headers.ts'
import type { MessageMetadata } from './message.ts'
import { PROTOCOL_NAMES, ProtocolType } from './types.ts'

const MAX_STRING_BYTES = 32_767

/** The protocols that the header transport has numbers for. */
const PROTOCOL_IDS: readonly (number | undefined)[] = []
const ids = PROTOCOL_IDS as (number | undefined)[]
ids[ProtocolType.Binary] = 0
ids[ProtocolType.Json] = 1
ids[ProtocolType.Compact] = 2

/** Writes what the header transport puts between a frame's length and its message; returns what is wrong, or ''. */
export function writeHeaderFrame(
  out: ByteWriter,
  metadata: MessageMetadata,
  protocol: ProtocolType,
): string {
  const id = PROTOCOL_IDS[protocol]
  if (id === undefined) return `invalid header transport protocol ${PROTOCOL_NAMES[protocol]}`
  out.i16(HEADER_MAGIC)
  out.i16(metadata.headerFlags)
  out.i32(metadata.sequenceId)
  const wordsAt = out.length
  out.i16(0)
  out.u8(id)
  // No transforms.
  out.u8(0)
  if (metadata.hasHeaders) {
    const error = writeHeaders(out, metadata.headers)
    if (error !== '') return error
  }
  const size = out.length - wordsAt - 2
  // Always some, as Apache does.
  const padding = 4 - (size % 4)
  for (let i = 0; i < padding; i++) out.u8(0)
  if (size + padding > MAX_HEADER_BYTES) {
    return `invalid thrift header transport header size ${size + padding}`
  }
  const words = (size + padding) / 4
  out.bytes[wordsAt] = words >> 8
  out.bytes[wordsAt + 1] = words
  return ''
}

function writeHeaders(out: ByteWriter, headers: ThriftHeaders): string {
  const count = headers.size
  if (count > MAX_HEADER_BYTES / 2) {
    return `invalid thrift header transport too many headers ${count}`
  }
  out.u8(1)
  out.varint(count)
  for (let i = 0; i < count; i++) {
    const error = writeString(out, headers.name(i)) || writeString(out, headers.value(i))
    if (error !== '') return error
  }
  return ''
}

function writeString(out: ByteWriter, text: string): string {
  if (text.length > MAX_STRING_BYTES) return `header string too long: ${text.length}`
  out.varint(text.length)
  out.text(text)
  return ''
}
