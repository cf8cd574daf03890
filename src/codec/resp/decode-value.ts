import { NULL, NULL_ARRAY, type RespValue, VALUE_LIMITS } from './value.ts'

const CR = 13
const LF = 10
const MINUS = 45
const ZERO = 48
const COLON = 58
/** `|`, RESP3's attributes. */
const ATTRIBUTE = 0x7c
const MAX_LENGTH_DIGITS = 10
const SAFE_DIGITS = 15
const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

/** The bytes are no RESP, or beyond a limit. Its owner ends the connection they came from. */
export class RespError extends Error {}

export interface Decoded {
  readonly value: RespValue
  /** The place behind it. */
  readonly end: number
}

/**
 * Reads the value that begins at bytes[at], RESP2 or RESP3, attributes dropped. Null if it goes on behind `limit`. Throws RespError,
 * once, for what is no value. It copies no text: values hold views of `bytes`. It reads from the start each time, so wait for a
 * ReplyScanner to have seen the end.
 */
export function decodeValue(
  bytes: Uint8Array,
  at: number,
  limit: number = bytes.length,
): Decoded | null {
  const reader = new Reader(bytes, at, limit)
  const value = reader.read(0)
  return value === null ? null : { value, end: reader.at }
}

/** For text that is then checked to be ASCII. */
const ascii = new TextDecoder('latin1')

class Reader {
  at: number
  readonly #bytes: Uint8Array
  readonly #limit: number
  #elements = 0

  constructor(bytes: Uint8Array, at: number, limit: number) {
    this.#bytes = bytes
    this.at = at
    this.#limit = limit
  }

  /** Null: there is more to come. */
  read(depth: number): RespValue | null {
    for (let attributes = 0; this.#bytes[this.at] === ATTRIBUTE && this.at < this.#limit; ) {
      if (++attributes > VALUE_LIMITS.attributes) throw new RespError('too many attributes')
      this.at++
      const count = this.#readLength('attribute')
      if (count === null || this.#readItems(count * 2, depth) === null) return null
    }
    if (this.at >= this.#limit) return null
    const type = String.fromCharCode(this.#bytes[this.at++]!)
    switch (type) {
      case '+':
      case '-':
        return this.#readText(type)
      case ':':
        return this.#readInteger()
      case '$':
      case '!':
      case '=':
        return this.#readBulk(type)
      case '*':
      case '~':
      case '>':
      case '%':
        return this.#readAggregate(type, depth)
      case '_':
      case '#':
      case ',':
      case '(':
        return this.#readToken(type)
      default:
        throw new RespError(`no value begins with byte ${type.charCodeAt(0)}`)
    }
  }

  #readText(type: '+' | '-'): RespValue | null {
    const start = this.at
    const end = this.#readLine(VALUE_LIMITS.bulkBytes)
    if (end < 0) return null
    const bytes = this.#bytes.subarray(start, end)
    return { type: type === '+' ? 'simple' : 'error', bytes }
  }

  #readInteger(): RespValue | null {
    const start = this.at
    const end = this.#readLine(VALUE_LIMITS.doubleBytes)
    if (end < 0) return null
    const text = ascii.decode(this.#bytes.subarray(start, end))
    if (!/^-?\d{1,20}$/.test(text)) throw new RespError('invalid integer')
    if (text.length <= SAFE_DIGITS) return { type: 'integer', value: Number(text) }
    const value = BigInt(text)
    if (value < MIN_INT64 || value > MAX_INT64) throw new RespError('integer beyond 64 bits')
    const number = Number(value)
    return { type: 'integer', value: Number.isSafeInteger(number) ? number : value }
  }

  #readBulk(type: '$' | '!' | '='): RespValue | null {
    const length = this.#readLength(type)
    if (length === null) return null
    if (length < 0) {
      if (type !== '$') throw new RespError('negative length')
      return NULL
    }
    if (length > VALUE_LIMITS.bulkBytes) throw new RespError('bulk string too long')
    const start = this.at
    const end = start + length
    const bytes = this.#bytes
    if (end < this.#limit && bytes[end] !== CR) throw new RespError('bulk string too long')
    if (end + 1 >= this.#limit) return null
    if (bytes[end + 1] !== LF) throw new RespError('bulk string too long')
    this.at = end + 2
    if (type === '$') return { type: 'bulk', bytes: bytes.subarray(start, end) }
    if (type === '!') return { type: 'error', bytes: bytes.subarray(start, end) }
    if (length < 4 || bytes[start + 3] !== COLON) throw new RespError('verbatim without a format')
    const format = String.fromCharCode(bytes[start]!, bytes[start + 1]!, bytes[start + 2]!)
    return { type: 'verbatim', format, bytes: bytes.subarray(start + 4, end) }
  }

  #readAggregate(type: '*' | '~' | '>' | '%', depth: number): RespValue | null {
    const length = this.#readLength(type)
    if (length === null) return null
    if (length < 0) {
      if (type !== '*') throw new RespError('negative length')
      return NULL_ARRAY
    }
    const items = this.#readItems(type === '%' ? length * 2 : length, depth)
    return items === null ? null : { type: AGGREGATES[type], items }
  }

  #readItems(count: number, depth: number): RespValue[] | null {
    if (depth >= VALUE_LIMITS.depth) throw new RespError('nested too deep')
    if (count > VALUE_LIMITS.elements) throw new RespError('too many elements')
    this.#elements += count
    if (this.#elements > VALUE_LIMITS.totalElements) throw new RespError('too many elements')
    const items: RespValue[] = []
    for (let i = 0; i < count; i++) {
      const item = this.read(depth + 1)
      if (item === null) return null
      items.push(item)
    }
    return items
  }

  #readToken(type: '_' | '#' | ',' | '('): RespValue | null {
    const start = this.at
    const end = this.#readLine(type === '(' ? VALUE_LIMITS.bignumBytes : VALUE_LIMITS.doubleBytes)
    if (end < 0) return null
    const text = ascii.decode(this.#bytes.subarray(start, end))
    if (type === '_' && text === '') return NULL
    if (type === '#' && (text === 't' || text === 'f')) {
      return { type: 'boolean', value: text === 't' }
    }
    if (type === ',' && DOUBLE.test(text)) return { type: 'double', text }
    if (type === '(' && /^[-+]?\d+$/.test(text)) return { type: 'bignum', text }
    throw new RespError(`invalid value behind ${type}`)
  }

  /** Goes behind the line end and returns where the line's text ends; -1 if it is not whole. */
  #readLine(maxBytes: number): number {
    const bytes = this.#bytes
    let end = bytes.indexOf(CR, this.at)
    if (end < 0 || end >= this.#limit) end = this.#limit
    if (end - this.at > maxBytes) throw new RespError('line too long')
    if (end + 1 >= this.#limit) return -1
    if (bytes[end + 1] !== LF) throw new RespError('CR without LF')
    this.at = end + 2
    return end
  }

  /** The digits behind a type byte; -1 is the one negative length there is. Null: there is more to come. */
  #readLength(type: string): number | null {
    const bytes = this.#bytes
    let at = this.at
    const isNegative = at < this.#limit && bytes[at] === MINUS
    if (isNegative) at++
    const start = at
    let length = 0
    while (at < this.#limit && bytes[at] !== CR) {
      const digit = bytes[at]! - ZERO
      if (digit < 0 || digit > 9 || at - start >= MAX_LENGTH_DIGITS) {
        throw new RespError(`invalid length behind ${type}`)
      }
      length = length * 10 + digit
      at++
    }
    if (at >= this.#limit) return null
    if (at === start || (isNegative && length !== 1)) {
      throw new RespError(`invalid length behind ${type}`)
    }
    if (at + 1 >= this.#limit) return null
    if (bytes[at + 1] !== LF) throw new RespError('CR without LF')
    this.at = at + 2
    return isNegative ? -1 : length
  }
}

const AGGREGATES = { '*': 'array', '~': 'set', '>': 'push', '%': 'map' } as const
const DOUBLE = /^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf|[-+]?nan)$/i
