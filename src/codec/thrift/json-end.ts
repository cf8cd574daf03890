const QUOTE = 34
const BACKSLASH = 92

/** Finds where an object ends, by its brackets and strings alone, whatever pieces it comes in. */
export class JsonEnd {
  #depth = 0
  #isInString = false
  #isEscaped = false

  reset(): void {
    this.#depth = 0
    this.#isInString = false
    this.#isEscaped = false
  }

  /** Goes on from text[at]. The place behind the end, or -1: it is not there yet. */
  find(text: Uint8Array, start: number, limit: number): number {
    for (let at = start; at < limit; at++) {
      const byte = text[at]!
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === BACKSLASH) this.#isEscaped = true
        else if (byte === QUOTE) this.#isInString = false
      } else if (byte === QUOTE) {
        this.#isInString = true
      } else if (byte === 123 || byte === 91) {
        this.#depth++
      } else if (byte === 125 || byte === 93) {
        this.#depth--
        if (this.#depth <= 0) return at + 1
      }
    }
    return -1
  }
}
