const FIRST_BYTES = 512
/** A larger buffer is not kept for the next message. */
const KEPT_BYTES = 64 * 1024
/** Copying fewer bytes one by one is faster than making a view for `set`. */
const TINY_BYTES = 96

/**
 * Bytes that grow. A message that becomes too long is dropped, not cut: `isOverflown` says so, and what is written until the
 * next `mark` goes nowhere.
 */
export class ByteWriter {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES)
  length = 0
  /** Where the message under way begins. */
  start = 0
  isOverflown = false
  readonly #maxMessageBytes: number

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes
  }

  /** A message begins here. */
  mark(): void {
    this.start = this.length
    this.isOverflown = false
  }

  /** Drops the message under way. */
  rewind(): void {
    this.length = this.start
  }

  clear(): void {
    this.length = 0
    this.start = 0
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(FIRST_BYTES)
  }

  /** All that is held, until the next write or `clear`. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  /** All that is held, for the caller to keep; nothing is held then. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length)
    this.bytes = new Uint8Array(FIRST_BYTES)
    this.length = 0
    this.start = 0
    return taken
  }

  /** Makes room for so many bytes more; from then on `bytes` and `length` may be used directly. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length || this.isOverflown) this.#grow(count)
  }

  u8(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  i16(value: number): void {
    this.reserve(2)
    const { bytes, length } = this
    bytes[length] = value >> 8
    bytes[length + 1] = value
    this.length = length + 2
  }

  i32(value: number): void {
    this.reserve(4)
    this.setI32(this.length, value)
    this.length += 4
  }

  /** Overwrites what stands at a place. */
  setI32(at: number, value: number): void {
    const bytes = this.bytes
    bytes[at] = value >> 24
    bytes[at + 1] = value >> 16
    bytes[at + 2] = value >> 8
    bytes[at + 3] = value
  }

  /** The varint of 32 bits, signed ones as if they were not. */
  varint(value: number): void {
    this.reserve(5)
    const bytes = this.bytes
    let at = this.length
    let rest = value >>> 0
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[at++] = rest
    this.length = at
  }

  append(source: Uint8Array, start: number, end: number): void {
    const size = end - start
    this.reserve(size)
    if (this.isOverflown) return
    const target = this.bytes
    const at = this.length
    if (size <= TINY_BYTES) for (let i = 0; i < size; i++) target[at + i] = source[start + i]!
    else target.set(source.subarray(start, end), at)
    this.length = at + size
  }

  /** A byte string's bytes. */
  text(text: string): void {
    const size = text.length
    this.reserve(size)
    if (this.isOverflown) return
    const target = this.bytes
    const at = this.length
    for (let i = 0; i < size; i++) target[at + i] = text.charCodeAt(i)
    this.length = at + size
  }

  #grow(count: number): void {
    if (this.isOverflown || this.length - this.start + count > this.#maxMessageBytes) {
      this.isOverflown = true
      this.length = this.start
      // Single values are still written, over one another.
      if (this.length + 32 > this.bytes.length) this.#resize(this.length + 32)
      return
    }
    if (this.length + count > this.bytes.length) this.#resize(this.length + count)
  }

  #resize(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }
}
