import type { RespValue } from './value.ts'

/** The protocol of a client: what `HELLO` chose. */
export type RespProtocol = 2 | 3

/**
 * A value's bytes for a client of that protocol. To RESP2 it translates as Envoy does: maps, sets and pushes to arrays, `_` to
 * `$-1`, booleans to `:1` and `:0`, doubles, big numbers and verbatim text to bulk strings, and what RESP2 can only say in one
 * line has its line ends replaced. To RESP3 only the nulls change: for the rest see `redis/resp3-shape.ts`.
 */
export function encodeValue(value: RespValue, protocol: RespProtocol): Uint8Array {
  const writer = new Writer()
  write(writer, value, protocol)
  return writer.bytes
}

function write(writer: Writer, value: RespValue, protocol: RespProtocol): void {
  switch (value.type) {
    case 'simple':
      writer.line('+', value.bytes)
      break
    case 'error':
      // A line does, unless it has line ends.
      if (protocol === 3 && value.bytes.includes(LF)) writer.body('!', value.bytes)
      else writer.line('-', value.bytes)
      break
    case 'integer':
      writer.token(':', String(value.value))
      break
    case 'bulk':
      writer.body('$', value.bytes)
      break
    case 'null':
      if (protocol === 3) writer.token('_', '')
      else writer.token(value.isArray ? '*' : '$', '-1')
      break
    case 'array':
    case 'set':
    case 'push':
    case 'map':
      writeItems(writer, value.type, value.items, protocol)
      break
    default:
      if (protocol === 3) writeResp3(writer, value)
      else writeTranslated(writer, value)
  }
}

type Resp3Value = RespValue & { type: 'boolean' | 'double' | 'bignum' | 'verbatim' }

function writeItems(
  writer: Writer,
  type: keyof typeof LETTERS,
  items: readonly RespValue[],
  protocol: RespProtocol,
): void {
  const isMap = protocol === 3 && type === 'map'
  const letter = protocol === 3 ? LETTERS[type] : '*'
  writer.token(letter, String(isMap ? items.length / 2 : items.length))
  for (let i = 0; i < items.length; i++) write(writer, items[i]!, protocol)
}

const LETTERS = { array: '*', set: '~', push: '>', map: '%' } as const

function writeResp3(writer: Writer, value: Resp3Value): void {
  if (value.type === 'boolean') writer.token('#', value.value ? 't' : 'f')
  else if (value.type === 'double') writer.token(',', value.text)
  else if (value.type === 'bignum') writer.token('(', value.text)
  else writer.verbatim(value.format, value.bytes)
}

function writeTranslated(writer: Writer, value: Resp3Value): void {
  if (value.type === 'boolean') writer.token(':', value.value ? '1' : '0')
  else if (value.type === 'verbatim') writer.body('$', value.bytes)
  else writer.textBody(value.text)
}

const CR = 13
const LF = 10
const SPACE = 32
const FIRST_BYTES = 256

/** Bytes that grow: twice as many as there were each time. */
class Writer {
  #bytes = new Uint8Array(FIRST_BYTES)
  #length = 0

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** A type and what stands behind it, all ASCII. */
  token(type: string, text: string): void {
    this.#reserve(text.length + 3)
    const bytes = this.#bytes
    bytes[this.#length++] = type.charCodeAt(0)
    for (let i = 0; i < text.length; i++) bytes[this.#length++] = text.charCodeAt(i)
    this.#endLine()
  }

  line(type: string, text: Uint8Array): void {
    this.#reserve(text.length + 3)
    this.#bytes[this.#length++] = type.charCodeAt(0)
    this.#append(text)
    for (let at = this.#length - text.length; at < this.#length; at++) {
      const byte = this.#bytes[at]!
      if (byte === CR || byte === LF) this.#bytes[at] = SPACE
    }
    this.#endLine()
  }

  body(type: string, text: Uint8Array): void {
    this.token(type, String(text.length))
    this.#reserve(text.length + 2)
    this.#append(text)
    this.#endLine()
  }

  textBody(text: string): void {
    this.token('$', String(text.length))
    this.#reserve(text.length + 2)
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i)
    this.#endLine()
  }

  verbatim(format: string, text: Uint8Array): void {
    this.token('=', String(text.length + 4))
    this.#reserve(text.length + 6)
    for (let i = 0; i < 3; i++) this.#bytes[this.#length++] = format.charCodeAt(i)
    this.#bytes[this.#length++] = COLON
    this.#append(text)
    this.#endLine()
  }

  #append(text: Uint8Array): void {
    this.#bytes.set(text, this.#length)
    this.#length += text.length
  }

  #endLine(): void {
    this.#bytes[this.#length++] = CR
    this.#bytes[this.#length++] = LF
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    bytes.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = bytes
  }
}

const COLON = 58
