import { IgnoredEvents } from '../codec/thrift/events.ts'
import { doubleValue } from '../codec/thrift/value.ts'
import { valueText } from '../logging/value-text.ts'

/**
 * A value as a tap's line of JSON has it, without names: a struct is an object by field id, a map an object whose `map` holds pairs, an
 * i64 beyond what a number holds and a double that is none are texts, and a string is cut.
 */
export type TapValue = boolean | number | string | readonly TapValue[] | TapStruct

export interface TapStruct {
  readonly [id: string]: TapValue
}

/** A struct, list, set or map that is not whole yet. */
interface Open {
  readonly struct: Record<string, TapValue> | null
  readonly items: TapValue[]
  readonly isMap: boolean
  /** Of a map: what waits for its value. */
  key: TapValue | null
  /** Of a struct: the field whose value comes next. */
  id: number
}

/** Collects the events of one body, or of its beginning: what is there when it stops is a value. */
export class TapValueBuilder extends IgnoredEvents {
  root: TapStruct = {}
  readonly #open: Open[] = []

  reset(): void {
    this.root = {}
    this.#open.length = 0
  }

  override structBegin(): void {
    const struct: Record<string, TapValue> = {}
    if (this.#open.length === 0) this.root = struct
    else this.#add(struct)
    this.#open.push({ struct, items: [], isMap: false, key: null, id: 0 })
  }

  override structEnd(): void {
    this.#open.pop()
  }

  override fieldBegin(_type: number, id: number): void {
    this.#open.at(-1)!.id = id
  }

  override bool(value: boolean): void {
    this.#add(value)
  }

  override byte(value: number): void {
    this.#add(value)
  }

  override i16(value: number): void {
    this.#add(value)
  }

  override i32(value: number): void {
    this.#add(value)
  }

  override i64(high: number, low: number): void {
    const value = high * 2 ** 32 + (low >>> 0)
    const isExact = Number.isSafeInteger(value)
    this.#add(isExact ? value : String((BigInt(high) << 32n) | BigInt(low >>> 0)))
  }

  override double(high: number, low: number): void {
    const value = doubleValue(high, low)
    this.#add(Number.isFinite(value) ? value : String(value))
  }

  override string(bytes: Uint8Array, start: number, end: number): void {
    this.#add(valueText(bytes, start, end, end - start))
  }

  override mapBegin(): void {
    this.#container(true)
  }

  override mapEnd(): void {
    this.#open.pop()
  }

  override listBegin(): void {
    this.#container(false)
  }

  override listEnd(): void {
    this.#open.pop()
  }

  override setBegin(): void {
    this.#container(false)
  }

  override setEnd(): void {
    this.#open.pop()
  }

  #container(isMap: boolean): void {
    const items: TapValue[] = []
    this.#add(isMap ? { map: items } : items)
    this.#open.push({ struct: null, items, isMap, key: null, id: 0 })
  }

  #add(value: TapValue): void {
    const parent = this.#open.at(-1)!
    if (parent.struct !== null) parent.struct[parent.id] = value
    else if (!parent.isMap) parent.items.push(value)
    else if (parent.key === null) parent.key = value
    else {
      parent.items.push([parent.key, value])
      parent.key = null
    }
  }
}
