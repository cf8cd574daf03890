import { byteText } from './byte-text.ts'
import { tooDeep, tooLong, tooMany } from './errors.ts'
import type { ThriftEvents } from './events.ts'
import { JsonString } from './json-string.ts'
import { JSON_TYPES } from './json-types.ts'
import type { ThriftLimits } from './limits.ts'
import { FieldType } from './types.ts'
import { doubleOf } from './value.ts'

/** Ends the reading of one struct; caught where it began. */
class JsonError extends Error {}

const QUOTE = 34
/** The stack's sake, whatever the limits say. */
const MAX_DEPTH = 1024
/** A number longer than this is none. */
const MAX_NUMBER_BYTES = 400

/**
 * Turns a struct of Apache's JSON protocol into events. It must be there as a whole: see `JsonEnd`. It is no hot path, so it
 * is a recursive descent, which the limit on nesting bounds.
 */
export class JsonDecoder {
  error = ''
  readonly #limits: ThriftLimits
  readonly #string = new JsonString()
  #text: Uint8Array = NO_BYTES
  #at = 0
  #end = 0
  #depth = 0

  constructor(limits: ThriftLimits) {
    this.#limits = limits
  }

  /** False, with `error`, if text[start] up to text[end] is anything else than one struct. */
  decode(text: Uint8Array, start: number, end: number, events: ThriftEvents): boolean {
    this.#text = text
    this.#at = start
    this.#end = end
    this.#depth = 0
    try {
      this.#struct(events)
      return true
    } catch (error) {
      if (!(error instanceof JsonError)) throw error
      this.error = error.message
      return false
    } finally {
      this.#text = NO_BYTES
    }
  }

  #struct(events: ThriftEvents): void {
    this.#enter()
    this.#expect('{')
    events.structBegin()
    for (let isFirst = true; !this.#isNext('}'); isFirst = false) {
      if (!isFirst) this.#expect(',')
      const id = this.#integer(-32_768, 32_767, 'field id')
      this.#expect(':')
      this.#expect('{')
      const type = this.#type()
      this.#expect(':')
      events.fieldBegin(type, id)
      this.#value(type, events)
      this.#expect('}')
      events.fieldEnd()
    }
    this.#expect('}')
    events.structEnd()
    this.#depth--
  }

  #value(type: number, events: ThriftEvents): void {
    switch (type) {
      case FieldType.Bool:
        events.bool(this.#bool())
        break
      case FieldType.Byte:
        events.byte(this.#integer(-128, 127, 'i8'))
        break
      case FieldType.I16:
        events.i16(this.#integer(-32_768, 32_767, 'i16'))
        break
      case FieldType.I32:
        events.i32(this.#integer(-0x8000_0000, 0x7fff_ffff, 'i32'))
        break
      case FieldType.I64:
        this.#i64(events)
        break
      case FieldType.Double:
        this.#double(events)
        break
      case FieldType.String:
        this.#stringValue(events)
        break
      case FieldType.Struct:
        this.#struct(events)
        break
      case FieldType.Map:
        this.#map(events)
        break
      default:
        this.#list(type, events)
    }
  }

  #list(type: number, events: ThriftEvents): void {
    this.#enter()
    this.#expect('[')
    const elementType = this.#type()
    this.#expect(',')
    const size = this.#size()
    if (type === FieldType.List) events.listBegin(elementType, size)
    else events.setBegin(elementType, size)
    for (let i = 0; i < size; i++) {
      this.#expect(',')
      this.#value(elementType, events)
    }
    this.#expect(']')
    if (type === FieldType.List) events.listEnd()
    else events.setEnd()
    this.#depth--
  }

  #map(events: ThriftEvents): void {
    this.#enter()
    this.#expect('[')
    const keyType = this.#type()
    this.#expect(',')
    const valueType = this.#type()
    this.#expect(',')
    const size = this.#size()
    this.#expect(',')
    this.#expect('{')
    events.mapBegin(keyType, valueType, size)
    for (let i = 0; i < size; i++) {
      if (i > 0) this.#expect(',')
      this.#value(keyType, events)
      this.#expect(':')
      this.#value(valueType, events)
    }
    this.#expect('}')
    this.#expect(']')
    events.mapEnd()
    this.#depth--
  }

  #size(): number {
    const size = this.#integer(-0x8000_0000, 0x7fff_ffff, 'size')
    if (size < 0) throw new JsonError(`negative json protocol container size ${size}`)
    if (size > this.#limits.maxContainerSize) {
      throw new JsonError(tooMany(size, this.#limits.maxContainerSize))
    }
    return size
  }

  #type(): number {
    const string = this.#readString()
    const name = byteText(string.bytes, string.start, string.end)
    const type = JSON_TYPES.get(name)
    if (type === undefined) throw new JsonError(`unknown json protocol field type '${name}'`)
    return type
  }

  #stringValue(events: ThriftEvents): void {
    const string = this.#readString()
    const length = string.end - string.start
    if (length > this.#limits.maxStringBytes) {
      throw new JsonError(tooLong(length, this.#limits.maxStringBytes))
    }
    events.string(string.bytes, string.start, string.end)
  }

  #bool(): boolean {
    const text = this.#token()
    if (text === '1' || text === 'true') return true
    if (text === '0' || text === 'false') return false
    throw new JsonError(`invalid json protocol bool '${text}'`)
  }

  #integer(min: number, max: number, what: string): number {
    const text = this.#token()
    const value = /^-?\d{1,12}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) {
      throw new JsonError(`invalid json protocol ${what} '${text}'`)
    }
    // No -0.
    return value | 0
  }

  #i64(events: ThriftEvents): void {
    const text = this.#token()
    const value = /^-?\d{1,20}$/.test(text) ? BigInt(text) : MAX_I64 + 1n
    if (value < -MAX_I64 - 1n || value > MAX_I64) {
      throw new JsonError(`invalid json protocol i64 '${text}'`)
    }
    events.i64(Number(value >> 32n), Number(BigInt.asIntN(32, value)))
  }

  #double(events: ThriftEvents): void {
    const text = this.#token()
    const isNumber = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)
    if (!isNumber && text !== 'NaN' && text !== 'Infinity' && text !== '-Infinity') {
      throw new JsonError(`invalid json protocol double '${text}'`)
    }
    const value = doubleOf(Number(text))
    if (value.type === 'double') events.double(value.high, value.low)
  }

  /** A number or a word; in quotes where it is a map's key, and always allowed in them. */
  #token(): string {
    this.#skipSpace()
    if (this.#text[this.#at] === QUOTE) {
      const string = this.#readString()
      return numberText(string.bytes, string.start, string.end)
    }
    const start = this.#at
    while (this.#at < this.#end && isTokenByte(this.#text[this.#at]!)) this.#at++
    return numberText(this.#text, start, this.#at)
  }

  #readString(): JsonString {
    this.#skipSpace()
    const behind = this.#string.read(this.#text, this.#at, this.#end)
    if (behind < 0) throw this.#unexpected('a string')
    this.#at = behind
    return this.#string
  }

  #isNext(char: string): boolean {
    this.#skipSpace()
    return this.#at < this.#end && this.#text[this.#at] === char.charCodeAt(0)
  }

  #expect(char: string): void {
    if (!this.#isNext(char)) throw this.#unexpected(`'${char}'`)
    this.#at++
  }

  #skipSpace(): void {
    while (this.#at < this.#end && isSpace(this.#text[this.#at]!)) this.#at++
  }

  #enter(): void {
    const max = Math.min(this.#limits.maxDepth, MAX_DEPTH)
    if (this.#depth >= max) throw new JsonError(tooDeep(max))
    this.#depth++
  }

  #unexpected(expected: string): JsonError {
    const found =
      this.#at < this.#end ? `'${String.fromCharCode(this.#text[this.#at]!)}'` : 'the end'
    return new JsonError(`invalid json protocol struct: expected ${expected}, got ${found}`)
  }
}

const NO_BYTES = new Uint8Array(0)
const MAX_I64 = 2n ** 63n - 1n

function numberText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > MAX_NUMBER_BYTES) {
    throw new JsonError(`json protocol number of ${end - start} bytes exceeds ${MAX_NUMBER_BYTES}`)
  }
  return byteText(bytes, start, end)
}

export function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9
}

/** Digits, signs, points and letters. */
function isTokenByte(byte: number): boolean {
  const letter = byte | 32
  return (
    (byte >= 48 && byte <= 57) ||
    byte === 45 ||
    byte === 43 ||
    byte === 46 ||
    (letter >= 97 && letter <= 122)
  )
}
