import { byteText, fromByteText } from '../../../../codec/thrift/byte-text.ts'
import { IgnoredEvents } from '../../../../codec/thrift/events.ts'
import { doubleValue } from '../../../../codec/thrift/value.ts'

/**
 * Finds single values by their paths: ids of fields, from the outermost struct inwards. Values are texts as Envoy makes them: a
 * bool is 1 or 0, a byte has no sign, a double six digits behind the point. Containers have none.
 */
export class FieldFinder extends IgnoredEvents {
  readonly #paths: readonly (readonly number[])[]
  readonly #found: (string | null)[]
  /** Ids of the fields that are open, as far as they are fields of structs that are fields. */
  readonly #open: number[] = []
  /** Containers that are open: nothing in them has a path. */
  #containers = 0

  constructor(paths: readonly (readonly number[])[]) {
    super()
    this.#paths = paths
    this.#found = paths.map(() => null)
  }

  /** By the place of its path; null: there is none. */
  found(index: number): string | null {
    return this.#found[index]!
  }

  override fieldBegin(_type: number, id: number): void {
    if (this.#containers === 0) this.#open.push(id)
  }

  override fieldEnd(): void {
    if (this.#containers === 0) this.#open.pop()
  }

  override bool(value: boolean): void {
    this.#value(value ? '1' : '0')
  }

  override byte(value: number): void {
    this.#value(String(value & 0xff))
  }

  override i16(value: number): void {
    this.#value(String(value))
  }

  override i32(value: number): void {
    this.#value(String(value))
  }

  override i64(high: number, low: number): void {
    if (this.#isWanted()) this.#value(String((BigInt(high) << 32n) | BigInt(low >>> 0)))
  }

  override double(high: number, low: number): void {
    if (this.#isWanted()) this.#value(doubleValue(high, low).toFixed(6))
  }

  override string(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isWanted()) this.#value(fromByteText(byteText(bytes, start, end)))
  }

  override mapBegin(): void {
    this.#containers++
  }

  override mapEnd(): void {
    this.#containers--
  }

  override listBegin(): void {
    this.#containers++
  }

  override listEnd(): void {
    this.#containers--
  }

  override setBegin(): void {
    this.#containers++
  }

  override setEnd(): void {
    this.#containers--
  }

  #isWanted(): boolean {
    return this.#containers === 0 && this.#paths.some((path) => this.#isAt(path))
  }

  #value(text: string): void {
    if (this.#containers > 0) return
    for (let i = 0; i < this.#paths.length; i++) {
      if (this.#isAt(this.#paths[i]!)) this.#found[i] = text
    }
  }

  #isAt(path: readonly number[]): boolean {
    const open = this.#open
    if (path.length !== open.length) return false
    for (let i = 0; i < path.length; i++) if (path[i] !== open[i]) return false
    return true
  }
}
