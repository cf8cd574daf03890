/**
 * The bytes that a connection's filters have not taken yet. One per connection and direction; it belongs to the filter
 * manager. Chunks are kept as they came: joined only for a reader that asks.
 */
export class ReadBuffer {
  #chunks: Uint8Array[] = []
  #head = 0
  #length = 0

  /** Bytes held. */
  get length(): number {
    return this.#length
  }

  /** The first chunk, or an empty one. */
  get first(): Uint8Array {
    return this.#head < this.#chunks.length ? this.#chunks[this.#head]! : empty
  }

  /** Number of chunks. */
  get chunkCount(): number {
    return this.#chunks.length - this.#head
  }

  /** The chunk at a place, 0 being `first`. */
  chunk(index: number): Uint8Array {
    return this.#chunks[this.#head + index]!
  }

  /** All bytes as one array; joins and keeps the joined form if there was more than one chunk. */
  joined(): Uint8Array {
    const count = this.chunkCount
    if (count <= 1) return this.first
    const all = new Uint8Array(this.#length)
    let at = 0
    for (let i = this.#head; i < this.#chunks.length; i++) {
      all.set(this.#chunks[i]!, at)
      at += this.#chunks[i]!.length
    }
    this.#chunks = [all]
    this.#head = 0
    return all
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#chunks.push(bytes)
    this.#length += bytes.length
  }

  /** Takes the first chunk out, whole. Null when empty. */
  takeFirst(): Uint8Array | null {
    if (this.#head === this.#chunks.length) return null
    const chunk = this.#chunks[this.#head]!
    this.#length -= chunk.length
    this.#advance()
    return chunk
  }

  /** Drops the first `count` bytes; more than are held is a bug of the caller. */
  drain(count: number): void {
    if (count > this.#length) {
      throw new RangeError(`draining ${count} of ${this.#length} bytes`)
    }
    this.#length -= count
    let left = count
    while (left > 0) {
      const chunk = this.#chunks[this.#head]!
      if (left < chunk.length) {
        this.#chunks[this.#head] = keepTail(chunk, left)
        return
      }
      left -= chunk.length
      this.#advance()
    }
  }

  clear(): void {
    this.#chunks.length = 0
    this.#head = 0
    this.#length = 0
  }

  /** Everything held becomes these bytes. */
  replace(bytes: Uint8Array): void {
    this.clear()
    this.append(bytes)
  }

  /** All bytes move to another buffer. */
  moveTo(other: ReadBuffer): void {
    for (let i = this.#head; i < this.#chunks.length; i++) other.append(this.#chunks[i]!)
    this.clear()
  }

  #advance(): void {
    this.#head++
    if (this.#head === this.#chunks.length) {
      this.#chunks.length = 0
      this.#head = 0
    } else if (this.#head > 64 && this.#head * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#head)
      this.#head = 0
    }
  }
}

const empty = new Uint8Array(0)

/** A tail much smaller than the buffer it lives in is copied, or ten bytes would pin half a megabyte. */
function keepTail(chunk: Uint8Array, from: number): Uint8Array {
  const tail = chunk.subarray(from)
  return tail.length * 8 < chunk.buffer.byteLength ? tail.slice() : tail
}
