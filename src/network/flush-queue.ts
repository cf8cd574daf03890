/** Has bytes to write, and was told to wait until everybody had a chance to add to them. */
export interface FlushTarget {
  flush(): void
  /** Its flush threw. */
  onFault(error: unknown): void
}

/**
 * Writes once per turn of the event loop: what all sockets that were ready in this turn have to say to one peer leaves in one
 * system call. (A microtask would run after each socket; a timer costs a millisecond.)
 */
export class FlushQueue {
  #waiting: FlushTarget[] = []
  /** The list of the turn before, to be filled again. */
  #spare: FlushTarget[] = []
  readonly #run = (): void => this.#flushAll()

  /** Once per target and turn: the target remembers whether it waits already. */
  add(target: FlushTarget): void {
    if (this.#waiting.push(target) === 1) setImmediate(this.#run)
  }

  #flushAll(): void {
    const targets = this.#waiting
    this.#waiting = this.#spare
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i]!
      try {
        target.flush()
      } catch (error) {
        target.onFault(error)
      }
    }
    targets.length = 0
    this.#spare = targets
  }
}
