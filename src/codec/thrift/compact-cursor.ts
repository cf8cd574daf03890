import { FIELD_TYPES } from './compact-types.ts'
import { tooDeep, tooLong, tooMany } from './errors.ts'
import type { ThriftLimits } from './limits.ts'
import { Enclosing, Nesting } from './nesting.ts'
import { FieldType } from './types.ts'

/** What a step returns instead of the place behind what it took: more bytes are `needed`, or there is an `error`. */
export const STOPPED = -1

const VARINT_32 = 'invalid compact protocol varint i32'
const ZIGZAG_32 = 'invalid compact protocol zig-zag i32'
const ZIGZAG_64 = 'invalid compact protocol zig-zag i64'

/**
 * The parts that the compact protocol's structs are made of. Each is taken whole or not at all: a step returns the place behind it and
 * leaves what it found in fields.
 *
 *   field   delta << 4 | type        or   type · zigzag id         stop   a byte whose low half is 0
 *   list    size << 4 | type         or   F0 | type · varint size
 *   map     varint size · key type << 4 | value type               empty  00
 */
export class CompactCursor {
  /** Behind the last bytes that were taken. */
  next = 0
  needed = 0
  error = ''
  /** Of a varint or zigzag: 32 bits, or the halves of 64. */
  protected value = 0
  protected high = 0
  protected low = 0
  /** Of a field: the `FieldType`, 0 for the struct's end; its id, and what a bool is. */
  protected fieldType = 0
  protected fieldId = 0
  protected fieldBool = false
  /** Of a container. */
  protected size = 0
  protected elementType = 0
  protected valueType = 0
  readonly limits: ThriftLimits
  protected readonly nesting: Nesting

  constructor(limits: ThriftLimits) {
    this.limits = limits
    this.nesting = new Nesting(limits.maxDepth)
  }

  protected fieldHead(bytes: Uint8Array, at: number, limit: number): number {
    if (at >= limit) return this.pause(at, 1)
    const head = bytes[at]!
    const type = head & 15
    if (type === 0) {
      this.fieldType = 0
      return at + 1
    }
    const { nesting } = this
    const top = nesting.depth - 1
    let behind = at + 1
    if (head > 15) {
      // Beyond 16 bits it wraps, as in Envoy.
      this.fieldId = ((nesting.ids[top]! + (head >> 4)) << 16) >> 16
    } else {
      behind = this.zigzag32(bytes, behind, limit, at)
      if (behind === STOPPED) return STOPPED
      if (this.value < -32_768 || this.value > 32_767) {
        return this.fail(`invalid compact protocol field id ${this.value}`)
      }
      this.fieldId = this.value
    }
    this.fieldType = FIELD_TYPES[type]!
    if (this.fieldType === 0) return this.unknownType(type)
    this.fieldBool = type === 1
    nesting.ids[top] = this.fieldId
    return behind
  }

  protected listHead(bytes: Uint8Array, at: number, limit: number): number {
    if (at >= limit) return this.pause(at, 1)
    const head = bytes[at]!
    let behind = at + 1
    if (head < 0xf0) {
      this.size = head >> 4
    } else {
      behind = this.varint(bytes, behind, limit, at)
      if (behind === STOPPED) return STOPPED
      if (this.value < 0) {
        return this.fail(`negative compact protocol list/set size ${this.value}`)
      }
      this.size = this.value
    }
    this.elementType = FIELD_TYPES[head & 15]!
    if (this.elementType === 0) return this.unknownType(head & 15)
    return behind
  }

  protected mapHead(bytes: Uint8Array, at: number, limit: number): number {
    const behind = this.varint(bytes, at, limit, at)
    if (behind === STOPPED) return STOPPED
    if (this.value < 0) return this.fail(`negative compact protocol map size ${this.value}`)
    this.size = this.value
    this.elementType = 0
    this.valueType = 0
    if (this.size === 0) return behind
    if (behind >= limit) return this.pause(at, behind - at + 1)
    const types = bytes[behind]!
    this.elementType = FIELD_TYPES[types >> 4]!
    if (this.elementType === 0) return this.unknownType(types >> 4)
    this.valueType = FIELD_TYPES[types & 15]!
    if (this.valueType === 0) return this.unknownType(types & 15)
    return behind + 1
  }

  /** Opens what `type` says, the head of a container included; the caller has seen that it is one. */
  protected openHead(type: number, bytes: Uint8Array, at: number, limit: number): number {
    const { nesting } = this
    let isOpen: boolean
    let behind = at
    if (type === FieldType.Struct) {
      isOpen = nesting.openStruct()
    } else {
      const isMap = type === FieldType.Map
      behind = isMap ? this.mapHead(bytes, at, limit) : this.listHead(bytes, at, limit)
      if (behind === STOPPED) return STOPPED
      if (this.size > this.limits.maxContainerSize) {
        return this.fail(tooMany(this.size, this.limits.maxContainerSize))
      }
      isOpen = isMap
        ? nesting.openContainer(Enclosing.Map, this.elementType, this.valueType, this.size * 2)
        : nesting.openContainer(
            type === FieldType.List ? Enclosing.List : Enclosing.Set,
            this.elementType,
            0,
            this.size,
          )
    }
    return isOpen ? behind : this.fail(tooDeep(this.limits.maxDepth))
  }

  /** A string's length, into `value`. */
  protected stringHead(bytes: Uint8Array, at: number, limit: number): number {
    const behind = this.varint(bytes, at, limit, at)
    if (behind === STOPPED) return STOPPED
    if (this.value < 0) {
      return this.fail(`negative compact protocol string/binary length ${this.value}`)
    }
    if (this.value > this.limits.maxStringBytes) {
      return this.fail(tooLong(this.value, this.limits.maxStringBytes))
    }
    return behind
  }

  /** At most five bytes; if they are not there, the part that begins at `from` is not taken. */
  protected varint(bytes: Uint8Array, at: number, limit: number, from: number): number {
    return this.#varint(bytes, at, limit, from, VARINT_32)
  }

  protected zigzag32(bytes: Uint8Array, at: number, limit: number, from: number): number {
    const behind = this.#varint(bytes, at, limit, from, ZIGZAG_32)
    this.value = (this.value >>> 1) ^ -(this.value & 1)
    return behind
  }

  protected zigzag16(bytes: Uint8Array, at: number, limit: number): number {
    const behind = this.zigzag32(bytes, at, limit, at)
    if (behind !== STOPPED && (this.value < -32_768 || this.value > 32_767)) {
      return this.fail(`compact protocol i16 exceeds allowable range ${this.value}`)
    }
    return behind
  }

  /** At most ten bytes, into `high` and `low`. */
  protected zigzag64(bytes: Uint8Array, start: number, limit: number): number {
    let low = 0
    let high = 0
    for (let i = 0; i < 10; i++) {
      if (start + i >= limit) return this.pause(start, i + 1)
      const byte = bytes[start + i]!
      const bits = byte & 127
      if (i < 4) {
        low |= bits << (7 * i)
      } else if (i === 4) {
        low |= bits << 28
        high = bits >> 4
      } else {
        high |= bits << (7 * i - 32)
      }
      if (byte < 128) {
        const sign = -(low & 1)
        this.low = ((low >>> 1) | (high << 31)) ^ sign
        this.high = (high >>> 1) ^ sign
        return start + i + 1
      }
    }
    return this.fail(ZIGZAG_64)
  }

  protected pause(at: number, needed: number): number {
    this.next = at
    this.needed = needed
    return STOPPED
  }

  protected fail(error: string): number {
    this.error = error
    return STOPPED
  }

  protected unknownType(type: number): number {
    return this.fail(`unknown compact protocol field type ${type}`)
  }

  #varint(bytes: Uint8Array, start: number, limit: number, from: number, error: string): number {
    let value = 0
    for (let i = 0; i < 5; i++) {
      const at = start + i
      if (at >= limit) return this.pause(from, at - from + 1)
      const byte = bytes[at]!
      value |= (byte & 127) << (7 * i)
      if (byte < 128) {
        this.value = value
        return at + 1
      }
    }
    return this.fail(error)
  }
}
