import type { Connection } from './filter.ts'

/** Pieces are joined up to so many bytes, because a system call costs more than the copy. */
const JOIN_BYTES = 64 * 1024
/** Nearly always this is enough. */
const SMALL_BYTES = 4 * 1024
/** From here on a piece is written as it is. */
const BIG_BYTES = 16 * 1024
/** Copying fewer bytes one by one is faster than making a view for `set`. */
const TINY_BYTES = 96

/** Buffers that nobody uses, so that thousands of idle connections hold none. */
const smallSpares: Uint8Array[] = []
const largeSpares: Uint8Array[] = []
const MAX_SPARES = 32

/** Gathers what is to be written to one connection, so that it leaves in one system call. */
export class OutputBuffer {
  #bytes: Uint8Array = NO_BYTES
  #length = 0
  /** What stands before #bytes: big pieces, and full buffers. */
  #before: Uint8Array[] | null = null
  #beforeLength = 0

  /** Bytes held. */
  get length(): number {
    return this.#length + this.#beforeLength
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    if (size >= BIG_BYTES) {
      this.#setAside()
      this.#push(bytes.subarray(start, end))
      return
    }
    if (this.#length + size > this.#bytes.length) this.#makeRoom(size)
    const target = this.#bytes
    const at = this.#length
    if (size <= TINY_BYTES) for (let i = 0; i < size; i++) target[at + i] = bytes[start + i]!
    else target.set(bytes.subarray(start, end), at)
    this.#length = at + size
  }

  /** All that is held goes to the connection; the buffer is empty then. */
  writeTo(connection: Connection): void {
    if (this.#before !== null) {
      for (const bytes of this.#before) connection.write(bytes, false)
      this.#before = null
      this.#beforeLength = 0
    }
    if (this.#length === 0) return
    connection.write(this.#bytes.subarray(0, this.#length), false)
    this.#length = 0
    // What the kernel did not take is still in there.
    if (connection.bytesOutstanding === 0) giveBack(this.#bytes)
    this.#bytes = NO_BYTES
  }

  clear(): void {
    this.#bytes = NO_BYTES
    this.#length = 0
    this.#before = null
    this.#beforeLength = 0
  }

  #makeRoom(size: number): void {
    const old = this.#bytes
    const held = this.#length
    if (held + size <= SMALL_BYTES) {
      this.#bytes = smallSpares.pop() ?? new Uint8Array(SMALL_BYTES)
    } else if (held + size <= JOIN_BYTES) {
      this.#bytes = largeSpares.pop() ?? new Uint8Array(JOIN_BYTES)
      if (held > 0) this.#bytes.set(old.subarray(0, held))
      giveBack(old)
    } else {
      this.#setAside()
      this.#makeRoom(size)
    }
  }

  #setAside(): void {
    if (this.#length === 0) return
    this.#push(this.#bytes.subarray(0, this.#length))
    this.#bytes = NO_BYTES
    this.#length = 0
  }

  #push(bytes: Uint8Array): void {
    this.#before ??= []
    this.#before.push(bytes)
    this.#beforeLength += bytes.length
  }
}

const NO_BYTES = new Uint8Array(0)

function giveBack(bytes: Uint8Array): void {
  if (bytes.length === SMALL_BYTES) {
    if (smallSpares.length < MAX_SPARES) smallSpares.push(bytes)
  } else if (bytes.length === JOIN_BYTES && largeSpares.length < MAX_SPARES) {
    largeSpares.push(bytes)
  }
}
