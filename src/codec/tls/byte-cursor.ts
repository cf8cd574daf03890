/** Reads TLS's integers and length-prefixed vectors. Throws a RangeError where the bytes end. */
export class ByteCursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  uint8(): number {
    this.#need(1)
    return this.#bytes[this.#at++]!
  }

  uint16(): number {
    return this.uint8() * 256 + this.uint8()
  }

  uint24(): number {
    return this.uint16() * 256 + this.uint8()
  }

  skip(count: number): void {
    this.#need(count)
    this.#at += count
  }

  take(count: number): ByteCursor {
    this.#need(count)
    const part = new ByteCursor(this.#bytes.subarray(this.#at, this.#at + count))
    this.#at += count
    return part
  }

  vector8(): ByteCursor {
    return this.take(this.uint8())
  }

  vector16(): ByteCursor {
    return this.take(this.uint16())
  }

  /** The rest as numbers of two bytes. */
  uint16s(): number[] {
    const values: number[] = []
    while (!this.done) values.push(this.uint16())
    return values
  }

  /** The rest as text, a byte a character. */
  text(): string {
    return Buffer.from(this.#bytes.subarray(this.#at)).toString('latin1')
  }

  #need(count: number): void {
    if (this.#at + count > this.#bytes.length) throw new RangeError('the bytes end too early')
  }
}
