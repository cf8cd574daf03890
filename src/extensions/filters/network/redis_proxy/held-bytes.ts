import type { ReplyLine } from './reply-line.ts'

/** Replies that came before their turn. */
export class HeldBytes {
  readonly #chunks: Uint8Array[] = []
  length = 0

  /** A slice much smaller than its buffer is copied, or it would pin half a megabyte. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    if (size === 0) return
    this.length += size
    const isSmall = size * 8 < bytes.buffer.byteLength
    this.#chunks.push(isSmall ? bytes.slice(start, end) : bytes.subarray(start, end))
  }

  putAll(line: ReplyLine): void {
    for (const chunk of this.#chunks) line.put(chunk, 0, chunk.length)
  }

  /** All of it as one array. */
  joined(): Uint8Array {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
  }
}
