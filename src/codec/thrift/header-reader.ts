import { i32At } from './binary-decoder.ts'
import { hex16 } from './binary-reader.ts'
import { byteText } from './byte-text.ts'
import type { ThriftLimits } from './limits.ts'
import type { MessageMetadata } from './message.ts'
import { Read } from './protocol-reader.ts'
import { ExceptionType, ProtocolType } from './types.ts'

/** Length, magic, flags, sequence id, words of header. */
export const FIXED_BYTES = 14
/** Of what the length counts: the fixed part and at least one word. */
const MIN_FRAME_BYTES = 14
export const MAX_HEADER_BYTES = 65_536
export const HEADER_MAGIC = 0x0fff
const MAX_I16 = 32_767
const ZLIB = 1

/** Info block of names and values; 0 is padding, others are not known. */
const INFO_KEY_VALUE = 1

/** What is said as an exception to the client, with a type of its own. */
class HeaderError extends Error {}

/**
 * Reads what the header transport puts before a message.
 *
 *   length(4) 0FFF flags(2) sequence id(4) words(2) │ protocol · transform count · transforms · info blocks · padding │ message
 */
export class HeaderReader {
  next = 0
  needed = 0
  error = ''
  errorType: ExceptionType = ExceptionType.ProtocolError
  /** True if the message is compressed. */
  isDeflated = false
  readonly #limits: ThriftLimits
  readonly #preservesCase: boolean
  #bytes: Uint8Array = NO_BYTES
  #at = 0
  #end = 0

  constructor(limits: ThriftLimits, preservesCase: boolean) {
    this.#limits = limits
    this.#preservesCase = preservesCase
  }

  read(bytes: Uint8Array, at: number, limit: number, metadata: MessageMetadata): Read {
    this.next = at
    if (limit - at < FIXED_BYTES) return this.#more(FIXED_BYTES)
    const size = i32At(bytes, at)
    if (size < MIN_FRAME_BYTES || size > this.#limits.maxHeaderFrameBytes) {
      return this.#fail(`invalid thrift header transport frame size ${size}`)
    }
    const magic = (bytes[at + 4]! << 8) | bytes[at + 5]!
    if (magic !== HEADER_MAGIC) {
      return this.#fail(`invalid thrift header transport magic ${hex16(magic)}`)
    }
    const words = (bytes[at + 12]! << 8) | bytes[at + 13]!
    const header = ((words << 16) >> 16) * 4
    if (header < 0 || header > MAX_HEADER_BYTES) {
      return this.#fail(`invalid thrift header transport header size ${header} (${hex16(words)})`)
    }
    if (header === 0) return this.#fail('no header data')
    const frameSize = size - header - (FIXED_BYTES - 4)
    if (frameSize < 0) return this.#fail(`invalid thrift header transport frame size ${size}`)
    if (limit - at < FIXED_BYTES + header) return this.#more(FIXED_BYTES + header)
    metadata.headerFlags = (bytes[at + 6]! << 8) | bytes[at + 7]!
    metadata.sequenceId = i32At(bytes, at + 8)
    metadata.frameSize = frameSize
    this.#bytes = bytes
    this.#at = at + FIXED_BYTES
    this.#end = this.#at + header
    const read = this.#readData(metadata)
    this.#bytes = NO_BYTES
    this.next = at + FIXED_BYTES + header
    return read
  }

  /** A header is small and rare to be wrong, so here one throw ends it. */
  #readData(metadata: MessageMetadata): Read {
    try {
      metadata.protocol = this.#protocol()
      this.#transforms()
      this.#infoBlocks(metadata)
      return Read.Done
    } catch (error) {
      if (error instanceof HeaderError) return this.#fail(error.message)
      throw error
    }
  }

  #protocol(): ProtocolType {
    const id = this.#varint16('protocol id')
    if (id === 0) return ProtocolType.Binary
    if (id === 1) return ProtocolType.Json
    if (id === 2) return ProtocolType.Compact
    throw new HeaderError(`Unknown protocol ${id}`)
  }

  #transforms(): void {
    this.isDeflated = false
    const count = this.#varint16('transform count')
    if (count < 0) throw new HeaderError(`invalid header transport transform count ${count}`)
    for (let i = 0; i < count; i++) {
      const id = this.#varint('transform id')
      if (id !== ZLIB || this.isDeflated) {
        this.errorType = ExceptionType.MissingResult
        throw new HeaderError(`Unknown transform ${id}`)
      }
      this.isDeflated = true
    }
  }

  #infoBlocks(metadata: MessageMetadata): void {
    while (this.#at < this.#end) {
      if (this.#varint('info id') !== INFO_KEY_VALUE) return
      const count = this.#varint('header count')
      if (count < 0) throw new HeaderError(`invalid header transport header count ${count}`)
      for (let i = 0; i < count; i++) {
        const name = this.#string('header key')
        metadata.headers.add(
          this.#preservesCase ? name : plainName(name),
          this.#string('header value'),
        )
      }
    }
  }

  #string(what: string): string {
    const length = this.#varint16(what)
    if (length < 0 || this.#end - this.#at < length) throw tooSmall(what)
    const start = this.#at
    this.#at += length
    return byteText(this.#bytes, start, this.#at)
  }

  #varint16(what: string): number {
    const value = this.#varint(what)
    if (value > MAX_I16) {
      throw new HeaderError(`header transport ${what}: value ${value} exceeds max i16 (${MAX_I16})`)
    }
    return value
  }

  #varint(what: string): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= this.#end) throw tooSmall(what)
      const byte = this.#bytes[this.#at++]!
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
    throw new HeaderError('invalid compact protocol varint i32')
  }

  #more(needed: number): Read {
    this.needed = needed
    return Read.More
  }

  #fail(error: string): Read {
    this.error = error
    return Read.Error
  }
}

const NO_BYTES = new Uint8Array(0)

function tooSmall(what: string): HeaderError {
  return new HeaderError(`unable to read header transport ${what}: header too small`)
}

/** As Envoy: lower case, and without what would end a line elsewhere. */
export function plainName(name: string): string {
  let text = ''
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code === 0 || code === 10 || code === 13) continue
    text += code >= 65 && code <= 90 ? String.fromCharCode(code + 32) : name[i]!
  }
  return text
}
