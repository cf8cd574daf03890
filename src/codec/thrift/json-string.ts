import type { ByteWriter } from './byte-writer.ts'

const QUOTE = 34
const BACKSLASH = 92
const U = 117

/**
 * Strings of thrift are bytes, those of JSON are text. Bytes that are UTF-8 are written as they are. One that is not becomes the lone
 * surrogate U+DC80 to U+DCFF, as in Python's "surrogateescape", and comes back as that byte: so nothing is lost between two of
 * us, and the text stays valid JSON. (Apache writes fields declared `binary` in base64; which those are, the wire does not say.)
 */
const LONE_BYTE = 0xdc00

/** Letters behind a backslash, by the byte that they stand for, and the other way round. */
const ESCAPES = new Uint8Array(256)
const UNESCAPES = new Uint8Array(256)
for (const [letter, byte] of [
  ['"', QUOTE],
  ['\\', BACKSLASH],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
] as const) {
  ESCAPES[byte] = letter.charCodeAt(0)
  UNESCAPES[letter.charCodeAt(0)] = byte
}
UNESCAPES[47] = 47

/** Writes bytes[start] up to bytes[end] as a JSON string, quotes included. */
export function writeJsonString(
  out: ByteWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  out.u8(QUOTE)
  let plain = start
  let at = start
  while (at < end) {
    const byte = bytes[at]!
    const size = byte < 128 ? 1 : utf8Size(bytes, at, end)
    if (size > 1 || (size === 1 && byte >= 32 && ESCAPES[byte] === 0)) {
      at += size
      continue
    }
    out.append(bytes, plain, at)
    writeEscape(out, byte, size === 0 ? LONE_BYTE | byte : byte)
    at++
    plain = at
  }
  out.append(bytes, plain, end)
  out.u8(QUOTE)
}

function writeEscape(out: ByteWriter, byte: number, code: number): void {
  out.u8(BACKSLASH)
  const letter = byte < 128 ? ESCAPES[byte]! : 0
  if (letter !== 0) {
    out.u8(letter)
    return
  }
  out.u8(U)
  for (let shift = 12; shift >= 0; shift -= 4) {
    out.u8('0123456789abcdef'.charCodeAt((code >> shift) & 15))
  }
}

/** Bytes of the character that begins with a byte above 127; 0: it is no UTF-8. */
function utf8Size(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || end - at < size) return 0
  for (let i = 1; i < size; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0
  const second = bytes[at + 1]!
  // Overlong forms, surrogates, and what is beyond Unicode.
  if (first === 0xe0 && second < 0xa0) return 0
  if (first === 0xed && second > 0x9f) return 0
  if (first === 0xf0 && second < 0x90) return 0
  if (first === 0xf4 && second > 0x8f) return 0
  return size
}

/** A JSON string's bytes, found by `read`; one per decoder. */
export class JsonString {
  /** Where they are: in the text itself if nothing in it is escaped. */
  bytes: Uint8Array = new Uint8Array(256)
  start = 0
  end = 0
  #scratch = this.bytes
  #length = 0

  /** Reads the string whose first quote is at `at`; returns the place behind the last one, or -1 if it is none or not whole. */
  read(text: Uint8Array, at: number, limit: number): number {
    if (at >= limit || text[at] !== QUOTE) return -1
    for (let i = at + 1; i < limit; i++) {
      const byte = text[i]!
      if (byte === BACKSLASH) return this.#readEscaped(text, at + 1, i, limit)
      if (byte === QUOTE) {
        this.bytes = text
        this.start = at + 1
        this.end = i
        return i + 1
      }
    }
    return -1
  }

  #readEscaped(text: Uint8Array, start: number, firstEscape: number, limit: number): number {
    this.#length = 0
    for (let i = start; i < firstEscape; i++) this.#push(text[i]!)
    let at = firstEscape
    while (at < limit) {
      const byte = text[at]!
      if (byte === QUOTE) {
        this.bytes = this.#scratch
        this.start = 0
        this.end = this.#length
        return at + 1
      }
      if (byte !== BACKSLASH) {
        this.#push(byte)
        at++
      } else if (text[at + 1] === U) {
        at = this.#readCode(text, at, limit)
        if (at < 0) return -1
      } else {
        const plain = at + 1 < limit ? UNESCAPES[text[at + 1]!]! : 0
        if (plain === 0) return -1
        this.#push(plain)
        at += 2
      }
    }
    return -1
  }

  /** `\uXXXX` at `at`, or two of them. */
  #readCode(text: Uint8Array, at: number, limit: number): number {
    const code = hexCode(text, at + 2, limit)
    if (code < 0) return -1
    if (code >= 0xd800 && code < 0xdc00 && text[at + 6] === BACKSLASH && text[at + 7] === U) {
      const low = hexCode(text, at + 8, limit)
      if (low >= 0xdc00 && low < 0xe000) {
        this.#pushCode(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00))
        return at + 12
      }
    }
    if (code >= LONE_BYTE + 128 && code < LONE_BYTE + 256) this.#push(code & 255)
    else this.#pushCode(code)
    return at + 6
  }

  #pushCode(code: number): void {
    if (code < 0x80) {
      this.#push(code)
    } else if (code < 0x800) {
      this.#push(0xc0 | (code >> 6))
      this.#push(0x80 | (code & 63))
    } else if (code < 0x10000) {
      this.#push(0xe0 | (code >> 12))
      this.#push(0x80 | ((code >> 6) & 63))
      this.#push(0x80 | (code & 63))
    } else {
      this.#push(0xf0 | (code >> 18))
      this.#push(0x80 | ((code >> 12) & 63))
      this.#push(0x80 | ((code >> 6) & 63))
      this.#push(0x80 | (code & 63))
    }
  }

  #push(byte: number): void {
    if (this.#length === this.#scratch.length) {
      const grown = new Uint8Array(this.#length * 2)
      grown.set(this.#scratch)
      this.#scratch = grown
    }
    this.#scratch[this.#length++] = byte
  }
}

/** Four hexadecimal digits, or -1. */
function hexCode(text: Uint8Array, at: number, limit: number): number {
  if (limit - at < 4) return -1
  let code = 0
  for (let i = at; i < at + 4; i++) {
    const char = text[i]! | 32
    const isDigit = text[i]! >= 48 && text[i]! <= 57
    if (!isDigit && (char < 97 || char > 102)) return -1
    code = (code << 4) | (isDigit ? text[i]! - 48 : char - 87)
  }
  return code
}
