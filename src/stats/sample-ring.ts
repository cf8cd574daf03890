/**
 * Single samples on their way from the thread that records them to main, for sinks that want each one (statsd).
 * One writer, one reader, no locks: the writer owns `head`, the reader `tail`; both only grow.
 *
 *   words   0 head | 1 tail | 2 dropped | 3 -
 *   floats  2 ...  : CAPACITY pairs (histogram id, value)
 */
const CAPACITY = 8192
const HEADER_FLOATS = 2
const HEAD = 0
const TAIL = 1
const DROPPED = 2

export class SampleRing {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #pairs: Float64Array

  constructor(buffer = new SharedArrayBuffer((HEADER_FLOATS + CAPACITY * 2) * 8)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer, 0, 4)
    this.#pairs = new Float64Array(buffer, HEADER_FLOATS * 8)
  }

  /** Writer: a sample that finds the ring full is dropped and counted. */
  push(id: number, value: number): void {
    const head = this.#words[HEAD]!
    if (((head - Atomics.load(this.#words, TAIL)) | 0) >= CAPACITY) {
      Atomics.add(this.#words, DROPPED, 1)
      return
    }
    const at = (head & (CAPACITY - 1)) * 2
    this.#pairs[at] = id
    this.#pairs[at + 1] = value
    Atomics.store(this.#words, HEAD, (head + 1) | 0)
  }

  /** Reader: takes all that is there; returns how many were dropped since the last call. */
  drain(take: (id: number, value: number) => void): number {
    const head = Atomics.load(this.#words, HEAD)
    let tail = this.#words[TAIL]!
    for (; tail !== head; tail = (tail + 1) | 0) {
      const at = (tail & (CAPACITY - 1)) * 2
      take(this.#pairs[at]!, this.#pairs[at + 1]!)
    }
    Atomics.store(this.#words, TAIL, tail)
    return Atomics.exchange(this.#words, DROPPED, 0)
  }
}
