/** A store grows to at least so much. */
const MIN_STORE = 4 * 1024

/** What a client sent and nobody has taken yet. A chunk is parsed where it lies; only what stays is copied, once. */
export class InputBuffer {
  bytes: Uint8Array = NO_BYTES
  start = 0
  end = 0
  /** True when `bytes` is our own copy, with room behind `end`. */
  #isStore = false

  get length(): number {
    return this.end - this.start
  }

  /** The chunk becomes the buffer's. */
  append(chunk: Uint8Array): void {
    if (this.start === this.end) {
      this.bytes = chunk
      this.start = 0
      this.end = chunk.length
      this.#isStore = false
      return
    }
    const needed = this.length + chunk.length
    if (!this.#isStore || this.end + chunk.length > this.bytes.length) {
      const store = new Uint8Array(Math.max(MIN_STORE, needed * 2))
      store.set(this.bytes.subarray(this.start, this.end))
      this.bytes = store
      this.end = this.length
      this.start = 0
      this.#isStore = true
    }
    this.bytes.set(chunk, this.end)
    this.end += chunk.length
  }

  /** What is before `at` is done with. Pieces of it may be kept by others, so it is never written again. */
  consume(at: number): void {
    if (at === this.start) return
    this.start = at
    // From now on appending must not write into bytes that somebody may hold: behind `end` nobody does.
    if (this.start === this.end) this.clear()
  }

  /** A small rest is copied, or it would pin the chunk that it came in. */
  keepRest(): void {
    const { length } = this
    if (length === 0) this.clear()
    else if (length * 8 < this.bytes.buffer.byteLength && !this.#isStore) {
      this.bytes = this.bytes.slice(this.start, this.end)
      this.start = 0
      this.end = length
    }
  }

  /** All of it, to be passed on. */
  takeAll(): Uint8Array {
    const all = this.bytes.subarray(this.start, this.end)
    this.clear()
    return all
  }

  clear(): void {
    this.bytes = NO_BYTES
    this.start = 0
    this.end = 0
    this.#isStore = false
  }
}

const NO_BYTES = new Uint8Array(0)
