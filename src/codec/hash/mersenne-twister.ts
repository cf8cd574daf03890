const WORDS = 624
const MIDDLE = 397

/** C++'s `std::mt19937`, whose sequence the standard fixes. For choices that must be those of Envoy, not for secrets. */
export class MersenneTwister {
  readonly #words = new Int32Array(WORDS)
  #at = 0

  /** Starts the sequence of a seed, of which 32 bits count. */
  seed(seed: number): void {
    const words = this.#words
    words[0] = seed
    for (let at = 1; at < WORDS; at++) {
      const before = words[at - 1]!
      words[at] = Math.imul(before ^ (before >>> 30), 1812433253) + at
    }
    this.#at = 0
  }

  /** The next number, from 0 to 2^32 - 1. Words are renewed one by one as they come up: most users take a few only. */
  next(): number {
    const words = this.#words
    const at = this.#at
    const following = at + 1 === WORDS ? 0 : at + 1
    this.#at = following
    const joined = (words[at]! & 0x80000000) | (words[following]! & 0x7fffffff)
    let word = words[(at + MIDDLE) % WORDS]! ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0)
    words[at] = word
    word ^= word >>> 11
    word ^= (word << 7) & 0x9d2c5680
    word ^= (word << 15) & 0xefc60000
    return (word ^ (word >>> 18)) >>> 0
  }

  /** A number below `bound`, each as likely; drawn as Envoy draws it. */
  below(bound: number): number {
    const width = Math.floor(4294967296 / bound)
    for (;;) {
      const drawn = Math.floor(this.next() / width)
      if (drawn < bound) return drawn
    }
  }
}
