/**
 * Whether bytes match a pattern as redis's KEYS has it: `*`, `?`, `[abc]`, `[a-z]`, `[^a]`, and `\` before what is meant as it
 * stands. At most one `*` is remembered, so the time is at most the product of both lengths.
 */
export class Glob {
  readonly #pattern: Uint8Array

  constructor(pattern: string) {
    this.#pattern = Buffer.from(pattern)
  }

  matches(bytes: Uint8Array, start: number, end: number): boolean {
    const pattern = this.#pattern
    let p = 0
    let at = start
    /** Behind the last `*`, and where the rest was last tried. */
    let star = -1
    let retry = start
    while (at < end) {
      if (p < pattern.length && pattern[p] === STAR) {
        star = ++p
        retry = at
        continue
      }
      const next = p < pattern.length ? this.#matchOne(p, bytes[at]!) : 0
      if (next > 0) {
        p = next
        at++
      } else if (star >= 0) {
        p = star
        at = ++retry
      } else {
        return false
      }
    }
    while (p < pattern.length && pattern[p] === STAR) p++
    return p === pattern.length
  }

  /** Where the pattern goes on if the element at `p` takes the byte; 0: it does not. */
  #matchOne(p: number, byte: number): number {
    const pattern = this.#pattern
    switch (pattern[p]) {
      case QUESTION:
        return p + 1
      case OPEN:
        return this.#matchSet(p + 1, byte)
      case BACKSLASH:
        if (p + 1 < pattern.length) return pattern[p + 1] === byte ? p + 2 : 0
        break
    }
    return pattern[p] === byte ? p + 1 : 0
  }

  /** A set that is not closed ends with the pattern, as in redis. */
  #matchSet(from: number, byte: number): number {
    const pattern = this.#pattern
    const isNegated = pattern[from] === CARET
    let p = isNegated ? from + 1 : from
    let found = false
    while (p < pattern.length && pattern[p] !== CLOSE) {
      if (pattern[p] === BACKSLASH && p + 1 < pattern.length) p++
      const low = pattern[p]!
      if (pattern[p + 1] === DASH && p + 2 < pattern.length && pattern[p + 2] !== CLOSE) {
        const high = pattern[p + 2]!
        if (byte >= Math.min(low, high) && byte <= Math.max(low, high)) found = true
        p += 3
      } else {
        if (byte === low) found = true
        p++
      }
    }
    return found === isNegated ? 0 : Math.min(p + 1, pattern.length)
  }
}

const STAR = 42
const QUESTION = 63
const OPEN = 91
const CLOSE = 93
const CARET = 94
const DASH = 45
const BACKSLASH = 92
