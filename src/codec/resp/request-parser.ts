import { inlineCommand } from './inline-command.ts'

/** What a client may send, in bytes and elements. What is beyond is a protocol error, with redis's text. */
export interface RequestLimits {
  /** One argument; redis: `proto-max-bulk-len`, 512 MiB. */
  readonly maxBulkBytes: number
  /** Arguments of one command; redis: 1,048,576. */
  readonly maxArguments: number
  /** A line: an inline command, or a length; redis: 64 KiB. */
  readonly maxInlineBytes: number
}

export const REDIS_LIMITS: RequestLimits = {
  maxBulkBytes: 512 * 1024 * 1024,
  maxArguments: 1024 * 1024,
  maxInlineBytes: 64 * 1024,
}

/** What `RequestParser.parse` found. */
export const Parsed = {
  /** Not whole yet: call again with more bytes behind the same ones. */
  More: 0,
  Command: 1,
  /** Bytes that are no command and need no answer (an empty line, an empty array): skip to `end`. */
  Nothing: 2,
  /** `error` says what; nothing that follows can be understood. */
  Error: 3,
} as const
export type Parsed = (typeof Parsed)[keyof typeof Parsed]

const CR = 13
const LF = 10
const ASTERISK = 42
const DOLLAR = 36
const MINUS = 45

/** What `#readLength` returns instead of a length. */
const NOT_YET = -1
const FAILED = -2

/** Two per argument: so many at first, and as many as a parser keeps between two reads. */
const PLACES = 64
const MAX_KEPT_PLACES = 1024

/** The largest header that is worth a look: `*` or `$`, a sign, digits, CR LF. */
const MAX_LENGTH_DIGITS = 18

/**
 * Finds one command at a time in what a client sends: an array of bulk strings, or an inline command (whatever does not begin
 * with `*`). Rules and error texts are redis 7's (networking.c). It copies nothing: after `Command`, argument i is
 * bytes[start + args[2i]] up to, not including, bytes[start + args[2i + 1]].
 *
 *   *2 CR LF $3 CR LF G E T CR LF $1 CR LF k CR LF
 *   ▲ start            └ args[0] └ args[1]  └ args[2]   ▲ end
 *
 * A command that comes in pieces is not read again from its start: places are relative to `start`, so the caller may move the
 * bytes between two calls.
 */
export class RequestParser {
  /** The array that the last command's places refer to: the caller's, or the rewritten form of an inline command. */
  bytes: Uint8Array = NO_BYTES
  start = 0
  /** Past the command in `bytes`; for an inline one see `inlineEnd`. */
  end = 0
  /** Past the command in the caller's array. */
  next = 0
  argc = 0
  args: Int32Array = new Int32Array(PLACES)
  /** Redis's text behind `-ERR Protocol error: `; '' where redis closes without a word. */
  error = ''
  /** After `More`: bytes from `start` on without which nothing new can be found; 0 = any. */
  needed = 0
  /** After `More`: arguments found so far, and how many there will be (-1: not known). */
  found = 0
  expected = -1
  readonly #limits: RequestLimits
  /** Where to go on, from `start`. */
  #at = 0
  /** Of the argument under way: -1 before its length is known. */
  #bulk = -1
  #lengthEnd = 0

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  /** True while a command is under way. */
  get isPartial(): boolean {
    return this.expected >= 0
  }

  /** Looks at bytes[at] up to bytes[limit]. */
  parse(bytes: Uint8Array, at: number, limit: number): Parsed {
    this.bytes = bytes
    this.start = at
    if (this.expected < 0) {
      if (at >= limit) return Parsed.More
      if (bytes[at] !== ASTERISK) return this.#parseInline(bytes, at, limit)
      const count = this.#parseCount(bytes, at, limit)
      if (count !== Parsed.Command) return count
    }
    return this.#parseArguments(bytes, at, limit)
  }

  /** Forgets a command under way. */
  reset(): void {
    this.expected = -1
    this.found = 0
    this.needed = 0
    this.#bulk = -1
  }

  /** Lets go of the caller's array, which may be large; places are void then. */
  release(): void {
    this.bytes = NO_BYTES
    // A million arguments take 8 MB, which an idle client must not keep.
    if (this.args.length > MAX_KEPT_PLACES && this.expected < 0) this.args = new Int32Array(PLACES)
  }

  /** Where the value under way begins, from `start`, and how many bytes it will have; -1: no value is under way. */
  get openBulkStart(): number {
    return this.#bulk < 0 ? -1 : this.#at
  }

  get openBulkLength(): number {
    return this.#bulk
  }

  #parseCount(bytes: Uint8Array, at: number, limit: number): Parsed {
    const line = lineEnd(bytes, at + 1, limit)
    if (line < 0) return this.#longLine(limit - at, 'too big mbulk count string')
    const count = parseInteger(bytes, at + 1, line)
    if (!(count <= this.#limits.maxArguments)) return this.#fail('invalid multibulk length')
    if (count <= 0) {
      this.next = this.end = line + 2
      return Parsed.Nothing
    }
    this.expected = count
    this.found = 0
    this.#at = line + 2 - at
    return Parsed.Command
  }

  #parseArguments(bytes: Uint8Array, start: number, limit: number): Parsed {
    let { args } = this
    const { expected } = this
    let at = start + this.#at
    let bulk = this.#bulk
    let found = this.found
    while (found < expected) {
      if (bulk < 0) {
        bulk = this.#readLength(bytes, at, limit)
        if (bulk < 0) return bulk === FAILED ? Parsed.Error : this.#pause(at - start, found, -1, 0)
        at = this.#lengthEnd
      }
      if (at + bulk + 2 > limit) return this.#pause(at - start, found, bulk, bulk + 2)
      if (found * 2 + 2 > args.length) args = this.#grow(args)
      args[found * 2] = at - start
      args[found * 2 + 1] = at - start + bulk
      found++
      at += bulk + 2
      bulk = -1
    }
    this.argc = found
    this.next = this.end = at
    this.expected = -1
    this.found = 0
    this.needed = 0
    this.#bulk = -1
    return Parsed.Command
  }

  /** The length of an argument, whose line begins at `at` and ends at `#lengthEnd`; NOT_YET or FAILED. */
  #readLength(bytes: Uint8Array, at: number, limit: number): number {
    if (at + 3 < limit && bytes[at] === DOLLAR && bytes[at + 2] === CR) {
      // One digit: nearly every argument.
      const digit = bytes[at + 1]! - 48
      this.#lengthEnd = at + 4
      if (digit >= 0 && digit <= 9) return digit
      this.#fail('invalid bulk length')
      return FAILED
    }
    if (at >= limit) return NOT_YET
    if (bytes[at] !== DOLLAR) {
      this.#fail(`expected '$', got '${String.fromCharCode(bytes[at]!)}'`)
      return FAILED
    }
    const line = lineEnd(bytes, at + 1, limit)
    if (line < 0) {
      if (limit - at <= this.#limits.maxInlineBytes) return NOT_YET
      this.#fail('too big bulk count string')
      return FAILED
    }
    const length = parseInteger(bytes, at + 1, line)
    this.#lengthEnd = line + 2
    if (length >= 0 && length <= this.#limits.maxBulkBytes) return length
    this.#fail('invalid bulk length')
    return FAILED
  }

  #pause(at: number, found: number, bulk: number, more: number): Parsed {
    this.#at = at
    this.found = found
    this.#bulk = bulk
    this.needed = at + more
    return Parsed.More
  }

  #grow(args: Int32Array): Int32Array {
    const grown = new Int32Array(args.length * 2)
    grown.set(args)
    this.args = grown
    return grown
  }

  #parseInline(bytes: Uint8Array, at: number, limit: number): Parsed {
    const newline = bytes.subarray(at, limit).indexOf(LF)
    if (newline < 0) return this.#longLine(limit - at, 'too big inline request')
    const line = newline > 0 && bytes[at + newline - 1] === CR ? newline - 1 : newline
    this.next = at + newline + 1
    if (line > this.#limits.maxInlineBytes) return this.#fail('too big inline request')
    const command = inlineCommand(bytes.subarray(at, at + line))
    if (command === null) return this.#fail('unbalanced quotes in request')
    if (command.length === 0) {
      this.end = this.next
      return Parsed.Nothing
    }
    const { next } = this
    this.bytes = command
    this.start = 0
    this.#parseCount(command, 0, command.length)
    const parsed = this.#parseArguments(command, 0, command.length)
    this.next = next
    return parsed
  }

  #longLine(length: number, error: string): Parsed {
    return length > this.#limits.maxInlineBytes ? this.#fail(error) : Parsed.More
  }

  #fail(error: string): Parsed {
    this.reset()
    this.error = error
    return Parsed.Error
  }
}

const NO_BYTES = new Uint8Array(0)

/** The place of the next CR whose LF is there too, or -1. As redis, only CR is looked at. */
function lineEnd(bytes: Uint8Array, at: number, limit: number): number {
  for (let i = at; i < limit; i++) {
    if (bytes[i] === CR) return i + 1 < limit ? i : -1
  }
  return -1
}

/** A whole decimal number of at most 18 digits, or NaN. */
function parseInteger(bytes: Uint8Array, at: number, end: number): number {
  const isNegative = bytes[at] === MINUS
  const first = isNegative ? at + 1 : at
  if (first >= end || end - first > MAX_LENGTH_DIGITS) return Number.NaN
  let value = 0
  for (let i = first; i < end; i++) {
    const digit = bytes[i]! - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}
