/** RESP3 nesting is not limited by a stack here, as nothing is kept per level; elements under way are. */
const MAX_PENDING_ELEMENTS = 2 ** 31
const MAX_BULK_BYTES = 512 * 1024 * 1024
const MAX_ELEMENTS = 2_000_000_000

const CR = 13
const LF = 10

/** What one of the two protocols does not have. */
export const Found = {
  /** A type that only RESP3 has. */
  Resp3: 1,
  /** `$-1` or `*-1`, where RESP3 has `_`. */
  OldNull: 2,
  /** What is said about a value, and is none. */
  Attribute: 4,
} as const

/** What the scanner is in the middle of. */
const State = {
  /** Before a type byte. */
  Type: 0,
  /** In a line that only ends: `+ - : _ # , (`. */
  Line: 1,
  /** Behind the CR of such a line. */
  LineFeed: 2,
  /** In the digits of a length: `$ = ! * ~ % > |`. */
  Length: 3,
  LengthFeed: 4,
  /** In a body of known length, its CR LF included. */
  Body: 5,
} as const

/**
 * Finds where the replies of a server end, in RESP2 and RESP3, whatever pieces they come in. It keeps no bytes and builds no
 * values: a few numbers are all its state, so a reply of any size costs nothing.
 */
export class ReplyScanner {
  /** The first byte of the reply under way or just ended, attributes aside; 0 before it. */
  type = 0
  /** What was in the reply under way or just ended: bits of `Found`. */
  found = 0
  /** True after bytes that no server may send; then nothing more can be understood. */
  failed = false
  #state: number = State.Type
  /** The type byte whose line or length is being read. */
  #kind = 0
  /** Elements until the reply is whole; 0: between two. */
  #pending = 0
  #length = 0
  #digits = 0
  #isNegative = false
  /** Bytes of the body that are still to come. */
  #body = 0

  /** True between two replies. */
  get isBetween(): boolean {
    return this.#pending === 0
  }

  /** Bytes of a string under way that are still to come, CR LF included; 0: none is. */
  get openBytes(): number {
    return this.#state === State.Body ? this.#body : 0
  }

  /**
   * Goes on from bytes[at]. Returns the place behind the reply that ends first, or -1: all up to `limit` is taken and the reply is not
   * whole, or (`failed`) it is none.
   */
  scan(bytes: Uint8Array, start: number, limit: number): number {
    let at = start
    if (this.#pending === 0 && start < limit) {
      this.#pending = 1
      this.type = 0
      this.found = 0
    }
    while (at < limit) {
      if (this.#state === State.Type) {
        at = this.#readHead(bytes, at, limit)
        if (at < 0) return -1
      } else {
        at = this.#resume(bytes, at, limit)
        if (at < 0) return -1
      }
      if (this.#pending === 0) return at
    }
    return -1
  }

  reset(): void {
    this.type = 0
    this.found = 0
    this.failed = false
    this.#state = State.Type
    this.#pending = 0
  }

  /** A type byte and, if they are there, its line and body. */
  #readHead(bytes: Uint8Array, at: number, limit: number): number {
    const kind = bytes[at]!
    this.#kind = kind
    this.found |= FOUND[kind]!
    // Within an attribute more is pending than the value that it is about.
    if (this.type === 0 && kind !== ATTRIBUTE && this.#pending === 1) this.type = kind
    switch (KINDS[kind]) {
      case LINE: {
        for (let i = at + 1; i < limit; i++) {
          if (bytes[i] !== CR) continue
          if (i + 1 >= limit) break
          if (bytes[i + 1] !== LF) return this.#fail()
          this.#pending--
          return i + 2
        }
        return this.#suspendLine(bytes, at + 1, limit)
      }
      case LENGTH: {
        this.#length = 0
        this.#digits = 0
        this.#isNegative = false
        this.#state = State.Length
        return this.#readLength(bytes, at + 1, limit)
      }
      default:
        return this.#fail()
    }
  }

  #suspendLine(bytes: Uint8Array, at: number, limit: number): number {
    this.#state = limit > at && bytes[limit - 1] === CR ? State.LineFeed : State.Line
    return limit
  }

  #resume(bytes: Uint8Array, start: number, limit: number): number {
    let at = start
    switch (this.#state) {
      case State.Line:
        while (at < limit && bytes[at] !== CR) at++
        if (at < limit) {
          this.#state = State.LineFeed
          at++
        }
        return at
      case State.LineFeed:
        if (bytes[at] !== LF) return this.#fail()
        this.#state = State.Type
        this.#pending--
        return at + 1
      case State.Length:
        return this.#readLength(bytes, at, limit)
      case State.LengthFeed:
        if (bytes[at] !== LF) return this.#fail()
        return this.#onLength(bytes, at + 1, limit)
      default:
        return this.#skipBody(bytes, at, limit)
    }
  }

  #readLength(bytes: Uint8Array, start: number, limit: number): number {
    let at = start
    while (at < limit) {
      const byte = bytes[at]!
      if (byte >= 48 && byte <= 57) {
        this.#length = this.#length * 10 + (byte - 48)
        this.#digits++
        if (this.#digits > 18) return this.#fail()
        at++
      } else if (byte === CR) {
        if (this.#digits === 0) return this.#fail()
        this.#state = State.LengthFeed
        if (at + 1 >= limit) return limit
        if (bytes[at + 1] !== LF) return this.#fail()
        return this.#onLength(bytes, at + 2, limit)
      } else if (byte === 45 && this.#digits === 0 && !this.#isNegative) {
        this.#isNegative = true
        at++
      } else {
        return this.#fail()
      }
    }
    return at
  }

  /** The length of a string or the number of elements is known; `at` is behind its line. */
  #onLength(bytes: Uint8Array, at: number, limit: number): number {
    const length = this.#length
    const kind = this.#kind
    this.#state = State.Type
    if (this.#isNegative) {
      // Only -1 means null, and only in RESP2's two types.
      if (length !== 1 || (kind !== BULK && kind !== ARRAY)) return this.#fail()
      this.found |= Found.OldNull
      this.#pending--
      return at
    }
    if (kind === BULK || kind === VERBATIM || kind === BULK_ERROR) {
      if (length > MAX_BULK_BYTES) return this.#fail()
      this.#body = length + 2
      this.#state = State.Body
      return this.#skipBody(bytes, at, limit)
    }
    if (length > MAX_ELEMENTS) return this.#fail()
    const elements = kind === MAP || kind === ATTRIBUTE ? length * 2 : length
    // An attribute is no element: what it describes follows.
    this.#pending += elements - (kind === ATTRIBUTE ? 0 : 1)
    if (this.#pending > MAX_PENDING_ELEMENTS) return this.#fail()
    return at
  }

  #skipBody(bytes: Uint8Array, at: number, limit: number): number {
    const here = limit - at
    const body = this.#body
    if (here < body) {
      this.#body = body - here
      // Its CR came, its LF did not.
      if (here === body - 1 && here > 0 && bytes[limit - 1] !== CR) return this.#fail()
      return limit
    }
    const end = at + body
    if (bytes[end - 1] !== LF || (body > 1 && bytes[end - 2] !== CR)) return this.#fail()
    this.#state = State.Type
    this.#pending--
    return end
  }

  #fail(): number {
    this.failed = true
    return -1
  }
}

const LINE = 1
const LENGTH = 2
const BULK = 36
const ARRAY = 42
const VERBATIM = 61
const BULK_ERROR = 33
const MAP = 37
const ATTRIBUTE = 124

/** By type byte: + - : _ # , ( are lines; $ * = ! % ~ > | have a length. */
const KINDS = new Uint8Array(256)
for (const char of '+-:_#,(') KINDS[char.charCodeAt(0)] = LINE
for (const char of '$*=!%~>|') KINDS[char.charCodeAt(0)] = LENGTH

/** By type byte: bits of `Found`. */
const FOUND = new Uint8Array(256)
for (const char of '_#,(=!%~>') FOUND[char.charCodeAt(0)] = Found.Resp3
FOUND[ATTRIBUTE] = Found.Resp3 | Found.Attribute
