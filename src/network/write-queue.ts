import { isLent } from './lent-buffer.ts'

/** Small pieces are joined up to this many bytes, because a system call costs more than the copy. */
const JOIN_BYTES = 64 * 1024

/**
 * Bytes that the kernel has not taken yet. Bun buffers nothing, so what a write leaves over is kept here, in order.
 */
export class WriteQueue {
  #chunks: Uint8Array[] = []
  #head = 0
  #length = 0

  /** Bytes held. */
  get length(): number {
    return this.#length
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    // A tail much smaller than the read buffer it is a part of would pin all of it.
    const isToCopy = bytes.length * 8 < bytes.buffer.byteLength || isLent(bytes)
    const kept = isToCopy ? bytes.slice() : bytes
    this.#chunks.push(kept)
    this.#length += kept.length
  }

  /** What to write next: the head, or several small ones joined. Only when not empty. */
  peek(): Uint8Array {
    const first = this.#chunks[this.#head]!
    if (first.length >= JOIN_BYTES || this.#chunks.length - this.#head === 1) return first
    return this.#join()
  }

  /** The first `count` bytes of what `peek` gave are gone. */
  consume(count: number): void {
    this.#length -= count
    const first = this.#chunks[this.#head]!
    if (count < first.length) {
      this.#chunks[this.#head] = first.subarray(count)
      return
    }
    this.#head++
    if (this.#head === this.#chunks.length) {
      this.#chunks.length = 0
      this.#head = 0
    } else if (this.#head >= 64) {
      this.#chunks.splice(0, this.#head)
      this.#head = 0
    }
  }

  clear(): void {
    this.#chunks.length = 0
    this.#head = 0
    this.#length = 0
  }

  /** Replaces the small chunks at the head by one. */
  #join(): Uint8Array {
    let end = this.#head
    let size = 0
    while (end < this.#chunks.length && size + this.#chunks[end]!.length <= JOIN_BYTES) {
      size += this.#chunks[end]!.length
      end++
    }
    if (end <= this.#head + 1) return this.#chunks[this.#head]!
    const joined = new Uint8Array(size)
    let at = 0
    for (let i = this.#head; i < end; i++) {
      joined.set(this.#chunks[i]!, at)
      at += this.#chunks[i]!.length
    }
    this.#chunks.splice(this.#head, end - this.#head, joined)
    return joined
  }
}
