import { CompactCursor, STOPPED } from './compact-cursor.ts'
import type { ThriftEvents } from './events.ts'
import { Enclosing } from './nesting.ts'
import { FieldType } from './types.ts'

/** Turns a struct of the compact protocol into events. */
export class CompactDecoder extends CompactCursor {
  /** Of the field whose value comes next; 0: none. */
  #type = 0

  structBegin(): void {
    this.nesting.depth = 0
    this.#type = 0
    this.error = ''
  }

  /** True when the struct has ended; else more bytes are `needed`, or there is an `error`. */
  decode(bytes: Uint8Array, start: number, limit: number, events: ThriftEvents): boolean {
    const { nesting } = this
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
      if (this.#type === 0) {
        at = this.fieldHead(bytes, at, limit)
        if (at === STOPPED) return STOPPED
        if (this.fieldType === 0) {
          events.structEnd()
          this.#close(events)
          return at
        }
        events.fieldBegin(this.fieldType, this.fieldId)
        this.#type = this.fieldType
      }
      if (this.#type === FieldType.Bool) {
        events.bool(this.fieldBool)
      } else {
        if (this.#type >= FieldType.Struct) return this.#open(this.#type, bytes, at, limit, events)
        at = this.#scalar(this.#type, bytes, at, limit, events)
        if (at === STOPPED) return STOPPED
      }
      events.fieldEnd()
      this.#type = 0
    }
  }

  /** Values of the innermost container, until it ends or one opens another. */
  #elements(bytes: Uint8Array, start: number, limit: number, events: ThriftEvents): number {
    const { nesting } = this
    const top = nesting.depth - 1
    const isMap = nesting.kinds[top] === Enclosing.Map
    let at = start
    while (nesting.left[top]! > 0) {
      const left = nesting.left[top]!
      const type = isMap && left % 2 === 1 ? nesting.valueTypes[top]! : nesting.types[top]!
      if (type >= FieldType.Struct) {
        const behind = this.#open(type, bytes, at, limit, events)
        if (behind !== STOPPED) nesting.left[top] = left - 1
        return behind
      }
      at = this.#scalar(type, bytes, at, limit, events)
      if (at === STOPPED) return STOPPED
      nesting.left[top] = left - 1
    }
    if (isMap) events.mapEnd()
    else if (nesting.kinds[top] === Enclosing.List) events.listEnd()
    else events.setEnd()
    this.#close(events)
    return at
  }

  /** The innermost has ended, and with it the field that it is the value of. */
  #close(events: ThriftEvents): void {
    const { nesting } = this
    nesting.depth--
    if (nesting.depth > 0 && nesting.kinds[nesting.depth - 1] === Enclosing.Struct) {
      events.fieldEnd()
    }
  }

  #scalar(
    type: number,
    bytes: Uint8Array,
    at: number,
    limit: number,
    events: ThriftEvents,
  ): number {
    let behind: number
    switch (type) {
      case FieldType.Bool:
        // Only in containers. Writers say false as 2 or, long ago, as 0; readers know nothing but 1.
        if (at >= limit) return this.pause(at, 1)
        events.bool(bytes[at] === 1)
        return at + 1
      case FieldType.Byte:
        if (at >= limit) return this.pause(at, 1)
        events.byte((bytes[at]! << 24) >> 24)
        return at + 1
      case FieldType.I16:
        behind = this.zigzag16(bytes, at, limit)
        if (behind !== STOPPED) events.i16(this.value)
        return behind
      case FieldType.I32:
        behind = this.zigzag32(bytes, at, limit, at)
        if (behind !== STOPPED) events.i32(this.value)
        return behind
      case FieldType.I64:
        behind = this.zigzag64(bytes, at, limit)
        if (behind !== STOPPED) events.i64(this.high, this.low)
        return behind
      case FieldType.Double:
        // Little-endian, as Apache's libraries have it; Envoy reads it the other way round.
        if (limit - at < 8) return this.pause(at, 8)
        events.double(i32FromEnd(bytes, at + 4), i32FromEnd(bytes, at))
        return at + 8
      default:
        return this.#string(bytes, at, limit, events)
    }
  }

  #string(bytes: Uint8Array, at: number, limit: number, events: ThriftEvents): number {
    const start = this.stringHead(bytes, at, limit)
    if (start === STOPPED) return STOPPED
    const end = start + this.value
    if (end > limit) return this.pause(at, end - at)
    events.string(bytes, start, end)
    return end
  }

  #open(type: number, bytes: Uint8Array, at: number, limit: number, events: ThriftEvents): number {
    const behind = this.openHead(type, bytes, at, limit)
    if (behind === STOPPED) return STOPPED
    this.#type = 0
    if (type === FieldType.Struct) events.structBegin()
    else if (type === FieldType.Map) {
      events.mapBegin(this.elementType, this.valueType, this.size)
    } else if (type === FieldType.List) events.listBegin(this.elementType, this.size)
    else events.setBegin(this.elementType, this.size)
    return behind
  }
}

function i32FromEnd(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
