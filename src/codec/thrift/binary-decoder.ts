import { tooDeep, tooLong, tooMany, unknownType } from './errors.ts'
import type { ThriftEvents } from './events.ts'
import type { ThriftLimits } from './limits.ts'
import { Enclosing, Nesting } from './nesting.ts'
import { FieldType } from './types.ts'

/** What a step returns instead of the place behind what it took. */
const STOPPED = -1

/** Bytes of a value by its type; 0: not fixed, or no type. */
export const FIXED_BYTES = new Uint8Array(256)
FIXED_BYTES[FieldType.Bool] = 1
FIXED_BYTES[FieldType.Byte] = 1
FIXED_BYTES[FieldType.I16] = 2
FIXED_BYTES[FieldType.I32] = 4
FIXED_BYTES[FieldType.I64] = 8
FIXED_BYTES[FieldType.Double] = 8

/**
 * Turns a struct of the binary protocol into events.
 *
 *   field   type(1) id(2) value        stop  00
 *   string  length(4) bytes            map   key type(1) value type(1) size(4)      list, set   type(1) size(4)
 */
export class BinaryDecoder {
  /** Behind the last bytes that were taken. */
  next = 0
  needed = 0
  error = ''
  readonly limits: ThriftLimits
  readonly #nesting: Nesting
  /** Of the field whose value comes next; 0: none. */
  #type = 0

  constructor(limits: ThriftLimits) {
    this.limits = limits
    this.#nesting = new Nesting(limits.maxDepth)
  }

  structBegin(): void {
    this.#nesting.depth = 0
    this.#type = 0
    this.error = ''
  }

  /** True when the struct has ended; else more bytes are `needed`, or there is an `error`. */
  decode(bytes: Uint8Array, start: number, limit: number, events: ThriftEvents): boolean {
    const nesting = this.#nesting
    if (nesting.depth === 0) {
      nesting.openStruct()
      events.structBegin()
    }
    let at = start
    while (nesting.depth > 0) {
      at =
        nesting.kinds[nesting.depth - 1] === Enclosing.Struct
          ? this.#fields(bytes, at, limit, events)
          : this.#elements(bytes, at, limit, events)
      if (at === STOPPED) return false
    }
    this.next = at
    return true
  }

  /** Fields of the innermost struct, until it ends or one opens another. */
  #fields(bytes: Uint8Array, start: number, limit: number, events: ThriftEvents): number {
    let at = start
    while (true) {
      let type = this.#type
      if (type === 0) {
        if (at >= limit) return this.#pause(at, 1)
        type = bytes[at]!
        if (type === FieldType.Stop) {
          events.structEnd()
          this.#close(events)
          return at + 1
        }
        if (limit - at < 3) return this.#pause(at, 3)
        events.fieldBegin(type, ((bytes[at + 1]! << 24) >> 16) | bytes[at + 2]!)
        at += 3
        this.#type = type
      }
      const size = FIXED_BYTES[type]!
      if (size > 0) {
        if (limit - at < size) return this.#pause(at, size)
        fixedValue(type, bytes, at, events)
        at += size
      } else if (type === FieldType.String) {
        at = this.#string(bytes, at, limit, events)
        if (at === STOPPED) return STOPPED
      } else {
        return this.#open(type, bytes, at, limit, events)
      }
      events.fieldEnd()
      this.#type = 0
    }
  }

  /** Values of the innermost container, until it ends or one opens another. */
  #elements(bytes: Uint8Array, start: number, limit: number, events: ThriftEvents): number {
    const nesting = this.#nesting
    const top = nesting.depth - 1
    const isMap = nesting.kinds[top] === Enclosing.Map
    let at = start
    let left = nesting.left[top]!
    while (left > 0) {
      const type = isMap && left % 2 === 1 ? nesting.valueTypes[top]! : nesting.types[top]!
      const size = FIXED_BYTES[type]!
      if (size > 0) {
        if (limit - at < size) {
          nesting.left[top] = left
          return this.#pause(at, size)
        }
        fixedValue(type, bytes, at, events)
        at += size
      } else if (type === FieldType.String) {
        nesting.left[top] = left
        at = this.#string(bytes, at, limit, events)
        if (at === STOPPED) return STOPPED
      } else {
        nesting.left[top] = left
        const behind = this.#open(type, bytes, at, limit, events)
        if (behind !== STOPPED) nesting.left[top] = left - 1
        return behind
      }
      left--
    }
    nesting.left[top] = 0
    if (isMap) events.mapEnd()
    else if (nesting.kinds[top] === Enclosing.List) events.listEnd()
    else events.setEnd()
    this.#close(events)
    return at
  }

  /** The innermost has ended, and with it the field that it is the value of. */
  #close(events: ThriftEvents): void {
    const nesting = this.#nesting
    nesting.depth--
    if (nesting.depth > 0 && nesting.kinds[nesting.depth - 1] === Enclosing.Struct) {
      events.fieldEnd()
    }
  }

  #string(bytes: Uint8Array, at: number, limit: number, events: ThriftEvents): number {
    if (limit - at < 4) return this.#pause(at, 4)
    const length = i32At(bytes, at)
    if (length < 0) return this.#fail(`negative binary protocol string/binary length ${length}`)
    if (length > this.limits.maxStringBytes) {
      return this.#fail(tooLong(length, this.limits.maxStringBytes))
    }
    const end = at + 4 + length
    if (end > limit) return this.#pause(at, 4 + length)
    events.string(bytes, at + 4, end)
    return end
  }

  #open(type: number, bytes: Uint8Array, at: number, limit: number, events: ThriftEvents): number {
    let behind: number
    switch (type) {
      case FieldType.Struct:
        if (!this.#nesting.openStruct()) return this.#tooDeep()
        events.structBegin()
        behind = at
        break
      case FieldType.Map:
        behind = this.#openMap(bytes, at, limit, events)
        break
      case FieldType.List:
      case FieldType.Set:
        behind = this.#openList(type, bytes, at, limit, events)
        break
      default:
        return this.#fail(unknownType(type))
    }
    if (behind !== STOPPED) this.#type = 0
    return behind
  }

  #openMap(bytes: Uint8Array, at: number, limit: number, events: ThriftEvents): number {
    if (limit - at < 6) return this.#pause(at, 6)
    const size = i32At(bytes, at + 2)
    if (size < 0) return this.#fail(`negative binary protocol map size ${size}`)
    if (size > this.limits.maxContainerSize) return this.#tooMany(size)
    const keyType = bytes[at]!
    const valueType = bytes[at + 1]!
    if (!this.#nesting.openContainer(Enclosing.Map, keyType, valueType, size * 2)) {
      return this.#tooDeep()
    }
    events.mapBegin(keyType, valueType, size)
    return at + 6
  }

  #openList(
    type: number,
    bytes: Uint8Array,
    at: number,
    limit: number,
    events: ThriftEvents,
  ): number {
    if (limit - at < 5) return this.#pause(at, 5)
    const size = i32At(bytes, at + 1)
    if (size < 0) return this.#fail(`negative binary protocol list/set size ${size}`)
    if (size > this.limits.maxContainerSize) return this.#tooMany(size)
    const elementType = bytes[at]!
    const isList = type === FieldType.List
    const kind = isList ? Enclosing.List : Enclosing.Set
    if (!this.#nesting.openContainer(kind, elementType, 0, size)) return this.#tooDeep()
    if (isList) events.listBegin(elementType, size)
    else events.setBegin(elementType, size)
    return at + 5
  }

  #pause(at: number, needed: number): number {
    this.next = at
    this.needed = needed
    return STOPPED
  }

  #fail(error: string): number {
    this.error = error
    return STOPPED
  }

  #tooDeep(): number {
    return this.#fail(tooDeep(this.limits.maxDepth))
  }

  #tooMany(size: number): number {
    return this.#fail(tooMany(size, this.limits.maxContainerSize))
  }
}

export function i32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

function fixedValue(type: number, bytes: Uint8Array, at: number, events: ThriftEvents): void {
  switch (type) {
    case FieldType.Bool:
      events.bool(bytes[at] !== 0)
      break
    case FieldType.Byte:
      events.byte((bytes[at]! << 24) >> 24)
      break
    case FieldType.I16:
      events.i16(((bytes[at]! << 24) >> 16) | bytes[at + 1]!)
      break
    case FieldType.I32:
      events.i32(i32At(bytes, at))
      break
    case FieldType.I64:
      events.i64(i32At(bytes, at), i32At(bytes, at + 4))
      break
    default:
      events.double(i32At(bytes, at), i32At(bytes, at + 4))
  }
}
