/**
 * The bytes that a connection's filters have not taken yet. One per connection and direction; it belongs to the filter
 * manager. Chunks are kept as they came: joined only for a reader that asks. Nearly always there is one at most, and that one
 * needs no list.
 */
export class ReadBuffer {
  #first: Uint8Array | null = null
  /** What follows the first, from #head on. */
  #rest: Uint8Array[] = NO_CHUNKS
  #head = 0
  #length = 0

  /** Bytes held. */
  get length(): number {
    return this.#length
  }

  /** The first chunk, or an empty one. */
  get first(): Uint8Array {
    return this.#first ?? EMPTY
  }

  /** Number of chunks. */
  get chunkCount(): number {
    return this.#first === null ? 0 : 1 + this.#rest.length - this.#head
  }

  /** The chunk at a place, 0 being `first`. */
  chunk(index: number): Uint8Array {
    return index === 0 ? this.first : this.#rest[this.#head + index - 1]!
  }

  /** All bytes as one array; joins and keeps the joined form if there was more than one chunk. */
  joined(): Uint8Array {
    const count = this.chunkCount
    if (count <= 1) return this.first
    const all = new Uint8Array(this.#length)
    let at = 0
    for (let i = 0; i < count; i++) {
      const chunk = this.chunk(i)
      all.set(chunk, at)
      at += chunk.length
    }
    this.replace(all)
    return all
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#length += bytes.length
    if (this.#first === null) {
      this.#first = bytes
      return
    }
    if (this.#rest === NO_CHUNKS) this.#rest = []
    this.#rest.push(bytes)
  }

  /** Takes the first chunk out, whole. Null when empty. */
  takeFirst(): Uint8Array | null {
    const chunk = this.#first
    if (chunk === null) return null
    this.#length -= chunk.length
    if (this.#length === 0) this.#first = null
    else this.#advance()
    return chunk
  }

  /** Drops the first `count` bytes; more than are held is a bug of the caller. */
  drain(count: number): void {
    if (count > this.#length) {
      throw new RangeError(`draining ${count} of ${this.#length} bytes`)
    }
    let left = count
    while (left > 0) {
      const chunk = this.#first!
      if (left < chunk.length) {
        this.#length -= left
        this.#first = keepTail(chunk, left)
        return
      }
      left -= chunk.length
      this.takeFirst()
    }
  }

  clear(): void {
    this.#first = null
    this.#rest = NO_CHUNKS
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
    for (let chunk = this.takeFirst(); chunk !== null; chunk = this.takeFirst()) other.append(chunk)
  }

  /** The next of the rest becomes the first. */
  #advance(): void {
    this.#first = this.#rest[this.#head++]!
    if (this.#head === this.#rest.length) {
      this.#rest = NO_CHUNKS
      this.#head = 0
    } else if (this.#head > 64 && this.#head * 2 > this.#rest.length) {
      this.#rest.splice(0, this.#head)
      this.#head = 0
    }
  }
}

const EMPTY = new Uint8Array(0)
/** Shared by all buffers that need no list; never written. */
const NO_CHUNKS: Uint8Array[] = []

/** A tail much smaller than the buffer it lives in is copied, or ten bytes would pin half a megabyte. */
function keepTail(chunk: Uint8Array, from: number): Uint8Array {
  const tail = chunk.subarray(from)
  return tail.length * 8 < chunk.buffer.byteLength ? tail.slice() : tail
}
