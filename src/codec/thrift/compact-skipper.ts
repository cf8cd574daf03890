import { CompactCursor, STOPPED } from './compact-cursor.ts'
import { Enclosing } from './nesting.ts'
import { FieldType } from './types.ts'

/**
 * Finds a compact struct's end without telling of its values, and finds the same faults as the decoder. Strings and runs of
 * values of fixed size are passed over by their length, whatever pieces they come in.
 */
export class CompactSkipper extends CompactCursor {
  /** Of the field whose value comes next; 0: none. */
  #type = 0
  /** Bytes to pass over first, and of how many each value among them consists. */
  #run = 0
  #unit = 1

  structBegin(): void {
    this.nesting.depth = 0
    this.#type = 0
    this.#run = 0
    this.error = ''
  }

  /** True when the struct has ended; else more bytes are `needed`, or there is an `error`. */
  skip(bytes: Uint8Array, start: number, limit: number): boolean {
    const { nesting } = this
    if (nesting.depth === 0) nesting.openStruct()
    let at = start
    while (nesting.depth > 0) {
      if (this.#run > 0) {
        at = this.#runOn(at, limit)
        if (at === STOPPED) return false
      }
      at =
        nesting.kinds[nesting.depth - 1] === Enclosing.Struct
          ? this.#fields(bytes, at, limit)
          : this.#elements(bytes, at, limit)
      if (at === STOPPED) return false
    }
    this.next = at
    return true
  }

  #runOn(at: number, limit: number): number {
    const size = this.#run
    if (limit - at < size) {
      this.#run = size - (limit - at)
      return this.pause(limit, ((this.#run - 1) % this.#unit) + 1)
    }
    this.#run = 0
    return at + size
  }

  #fields(bytes: Uint8Array, start: number, limit: number): number {
    const { nesting } = this
    let at = start
    while (true) {
      if (this.#type === 0) {
        at = this.fieldHead(bytes, at, limit)
        if (at === STOPPED) return STOPPED
        if (this.fieldType === 0) {
          nesting.depth--
          return at
        }
        // A bool is all in the head.
        if (this.fieldType === FieldType.Bool) continue
        this.#type = this.fieldType
      }
      if (this.#type >= FieldType.Struct) return this.#open(this.#type, bytes, at, limit)
      at = this.#scalar(this.#type, bytes, at, limit)
      if (at === STOPPED) return STOPPED
      this.#type = 0
      if (this.#run > 0) return at
    }
  }

  #elements(bytes: Uint8Array, start: number, limit: number): number {
    const { nesting } = this
    const top = nesting.depth - 1
    const isMap = nesting.kinds[top] === Enclosing.Map
    let at = start
    while (nesting.left[top]! > 0) {
      const left = nesting.left[top]!
      const type = isMap && left % 2 === 1 ? nesting.valueTypes[top]! : nesting.types[top]!
      const size = type === FieldType.Double ? 8 : type <= FieldType.Byte ? 1 : 0
      if (type >= FieldType.Struct) {
        const behind = this.#open(type, bytes, at, limit)
        if (behind !== STOPPED) nesting.left[top] = left - 1
        return behind
      }
      if (size > 0 && !isMap) {
        nesting.left[top] = 0
        this.#run = size * left
        this.#unit = size
        at = this.#runOn(at, limit)
        if (at === STOPPED) return STOPPED
        break
      }
      at = this.#scalar(type, bytes, at, limit)
      if (at === STOPPED) return STOPPED
      nesting.left[top] = left - 1
      if (this.#run > 0) return at
    }
    nesting.depth--
    return at
  }

  #scalar(type: number, bytes: Uint8Array, at: number, limit: number): number {
    switch (type) {
      case FieldType.Bool:
      case FieldType.Byte:
        return at < limit ? at + 1 : this.pause(at, 1)
      case FieldType.I16:
        return this.zigzag16(bytes, at, limit)
      case FieldType.I32:
        return this.zigzag32(bytes, at, limit, at)
      case FieldType.I64:
        return this.zigzag64(bytes, at, limit)
      case FieldType.Double:
        return limit - at < 8 ? this.pause(at, 8) : at + 8
      default: {
        const start = this.stringHead(bytes, at, limit)
        if (start === STOPPED) return STOPPED
        const end = start + this.value
        if (end <= limit) return end
        this.#run = this.value
        this.#unit = this.value
        return start
      }
    }
  }

  #open(type: number, bytes: Uint8Array, at: number, limit: number): number {
    const behind = this.openHead(type, bytes, at, limit)
    if (behind !== STOPPED) this.#type = 0
    return behind
  }
}
