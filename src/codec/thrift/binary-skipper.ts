import { FIXED_BYTES, i32At } from './binary-decoder.ts'
import { tooDeep, tooLong, tooMany, unknownType } from './errors.ts'
import type { ThriftLimits } from './limits.ts'
import { Enclosing, Nesting } from './nesting.ts'
import { FieldType } from './types.ts'

const STOPPED = -1

/**
 * Finds a binary struct's end without looking at its values, and finds the same faults as the decoder. Strings, and runs of
 * values of fixed size, are passed over by their length, whatever pieces they come in.
 */
export class BinarySkipper {
  next = 0
  needed = 0
  error = ''
  readonly limits: ThriftLimits
  readonly #nesting: Nesting
  /** Of the field whose value comes next; 0: none. */
  #type = 0
  /** Bytes to pass over first, and of how many each value among them consists. */
  #run = 0
  #unit = 1

  constructor(limits: ThriftLimits) {
    this.limits = limits
    this.#nesting = new Nesting(limits.maxDepth)
  }

  structBegin(): void {
    this.#nesting.depth = 0
    this.#type = 0
    this.#run = 0
    this.error = ''
  }

  /** True when the struct has ended; else more bytes are `needed`, or there is an `error`. */
  skip(bytes: Uint8Array, start: number, limit: number): boolean {
    const nesting = this.#nesting
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
      return this.#pause(limit, ((this.#run - 1) % this.#unit) + 1)
    }
    this.#run = 0
    return at + size
  }

  #fields(bytes: Uint8Array, start: number, limit: number): number {
    let at = start
    while (true) {
      if (this.#type === 0) {
        at = this.#field(bytes, at, limit)
        if (this.#type === 0) return at
      }
      const size = FIXED_BYTES[this.#type]!
      if (size > 0) {
        if (limit - at < size) return this.#pause(at, size)
        at += size
        this.#type = 0
      } else if (this.#type === FieldType.String) {
        at = this.#string(bytes, at, limit)
        if (at === STOPPED) return STOPPED
        this.#type = 0
        if (this.#run > 0) return at
      } else {
        return this.#open(this.#type, bytes, at, limit)
      }
    }
  }

  /** Takes a field's type and id, or the struct's end; then there is no type. */
  #field(bytes: Uint8Array, at: number, limit: number): number {
    if (at >= limit) return this.#pause(at, 1)
    const type = bytes[at]!
    if (type === FieldType.Stop) {
      this.#nesting.depth--
      return at + 1
    }
    if (limit - at < 3) return this.#pause(at, 3)
    this.#type = type
    return at + 3
  }

  #elements(bytes: Uint8Array, start: number, limit: number): number {
    const nesting = this.#nesting
    const top = nesting.depth - 1
    const isMap = nesting.kinds[top] === Enclosing.Map
    let at = start
    while (nesting.left[top]! > 0) {
      const left = nesting.left[top]!
      const type = isMap && left % 2 === 1 ? nesting.valueTypes[top]! : nesting.types[top]!
      const size = FIXED_BYTES[type]!
      if (size > 0) {
        // In a list all that are left are of that size.
        const count = isMap ? 1 : left
        nesting.left[top] = left - count
        this.#run = size * count
        this.#unit = size
        at = this.#runOn(at, limit)
        if (at === STOPPED) return STOPPED
      } else if (type === FieldType.String) {
        at = this.#string(bytes, at, limit)
        if (at === STOPPED) return STOPPED
        nesting.left[top] = left - 1
        if (this.#run > 0) return at
      } else {
        const behind = this.#open(type, bytes, at, limit)
        if (behind !== STOPPED) nesting.left[top] = left - 1
        return behind
      }
    }
    nesting.depth--
    return at
  }

  /** Takes the length; what is not there of the bytes becomes a run. */
  #string(bytes: Uint8Array, at: number, limit: number): number {
    if (limit - at < 4) return this.#pause(at, 4)
    const length = i32At(bytes, at)
    if (length < 0) return this.#fail(`negative binary protocol string/binary length ${length}`)
    if (length > this.limits.maxStringBytes) {
      return this.#fail(tooLong(length, this.limits.maxStringBytes))
    }
    const end = at + 4 + length
    if (end <= limit) return end
    this.#run = length
    this.#unit = length
    return at + 4
  }

  #open(type: number, bytes: Uint8Array, at: number, limit: number): number {
    const isMap = type === FieldType.Map
    if (type === FieldType.Struct) {
      if (!this.#nesting.openStruct()) return this.#tooDeep()
      this.#type = 0
      return at
    }
    if (!isMap && type !== FieldType.List && type !== FieldType.Set) {
      return this.#fail(unknownType(type))
    }
    const head = isMap ? 6 : 5
    if (limit - at < head) return this.#pause(at, head)
    const size = i32At(bytes, at + head - 4)
    if (size < 0) {
      return this.#fail(`negative binary protocol ${isMap ? 'map' : 'list/set'} size ${size}`)
    }
    if (size > this.limits.maxContainerSize) {
      return this.#fail(tooMany(size, this.limits.maxContainerSize))
    }
    const kind = isMap ? Enclosing.Map : Enclosing.List
    const values = isMap ? size * 2 : size
    const valueType = isMap ? bytes[at + 1]! : 0
    if (!this.#nesting.openContainer(kind, bytes[at]!, valueType, values)) return this.#tooDeep()
    this.#type = 0
    return at + head
  }

  #tooDeep(): number {
    return this.#fail(tooDeep(this.limits.maxDepth))
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
}
