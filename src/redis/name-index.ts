import type { Command } from './command.ts'

const A = 65
const Z = 90
const LOWER_CASE = 32

/**
 * Commands by name, looked up in the bytes of a request without making a string: an open-addressed table over a hash of the
 * letters, case aside. 11 to 17 ns a look-up (bench/micro redis-commands).
 */
export class NameIndex {
  readonly #mask: number
  readonly #slots: (Command | null)[]
  /** Of slot i: its name's bytes are #bytes[#starts[i]] up to #bytes[#starts[i] + #lengths[i]]. */
  readonly #starts: Int32Array
  readonly #lengths: Int32Array
  readonly #bytes: Uint8Array

  constructor(commands: ReadonlyMap<string, Command>) {
    let size = 8
    while (size < commands.size * 4) size *= 2
    this.#mask = size - 1
    this.#slots = new Array(size).fill(null)
    this.#starts = new Int32Array(size)
    this.#lengths = new Int32Array(size)
    this.#bytes = new TextEncoder().encode([...commands.keys()].join(''))
    let start = 0
    for (const [name, command] of commands) {
      let slot = hash(this.#bytes, start, start + name.length) & this.#mask
      while (this.#slots[slot] !== null) slot = (slot + 1) & this.#mask
      this.#slots[slot] = command
      this.#starts[slot] = start
      this.#lengths[slot] = name.length
      start += name.length
    }
  }

  /** The command that bytes[start] up to bytes[end] name in any case. */
  find(bytes: Uint8Array, start: number, end: number): Command | null {
    const length = end - start
    let slot = hash(bytes, start, end) & this.#mask
    for (;;) {
      const command = this.#slots[slot]!
      if (command === null) return null
      if (this.#lengths[slot] === length && this.#isEqual(slot, bytes, start, length)) {
        return command
      }
      slot = (slot + 1) & this.#mask
    }
  }

  #isEqual(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
    const names = this.#bytes
    const at = this.#starts[slot]!
    for (let i = 0; i < length; i++) {
      let byte = bytes[start + i]!
      if (byte >= A && byte <= Z) byte |= LOWER_CASE
      if (byte !== names[at + i]) return false
    }
    return true
  }
}

/** Names are short; of a long one, which none is, the start is enough. */
const MAX_HASHED = 24

function hash(bytes: Uint8Array, start: number, end: number): number {
  const stop = end - start > MAX_HASHED ? start + MAX_HASHED : end
  let value = end - start
  for (let at = start; at < stop; at++) value = (value * 31 + (bytes[at]! | LOWER_CASE)) | 0
  return value ^ (value >>> 15)
}
