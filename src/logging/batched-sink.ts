/** Characters that may wait; a worker whose main is busy must not fill the memory with its log. */
const MAX_WAITING = 1 << 20

/**
 * Collects the lines of one turn of the event loop and hands them on as one string: a message between threads costs more than a
 * line. Beyond 1 MiB lines are dropped and counted. Call `flush` before the thread ends.
 */
export class BatchedSink {
  readonly #post: (lines: string) => void
  #waiting = ''
  #dropped = 0
  #isScheduled = false

  constructor(post: (lines: string) => void) {
    this.#post = post
  }

  write(lines: string): void {
    if (this.#waiting.length + lines.length > MAX_WAITING) this.#dropped++
    else this.#waiting += lines
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.flush())
  }

  flush(): void {
    this.#isScheduled = false
    let lines = this.#waiting
    if (this.#dropped > 0) lines += `${this.#dropped} log lines of this thread were dropped\n`
    this.#waiting = ''
    this.#dropped = 0
    if (lines !== '') this.#post(lines)
  }
}
