import { VALUE } from './redis-commands.ts'

const CR = 13
const DOLLAR = 36
const STAR = 42
const ZERO = 48
/** Makes a letter upper case. */
const UPPER = 0xdf
const LINE_END = 2

const OK = Buffer.from('+OK\r\n')
const PONG = Buffer.from('+PONG\r\n')
const ZERO_REPLY = Buffer.from(':0\r\n')
const ONE_REPLY = Buffer.from(':1\r\n')
const BULK = Buffer.from(`$${VALUE.length}\r\n${VALUE}\r\n`)
const UNKNOWN = Buffer.from('-ERR unknown command\r\n')
/** A command that the bench asks the responder itself: how many connections it has. */
export const CONNECTIONS_NAME = 'CONNECTIONS'

/** Reads one connection's requests, wherever they are cut, and gives the replies to those that are whole. */
export class RequestScanner {
  readonly #connections: () => number
  /** A request that is not whole yet. */
  #rest: Buffer | null = null
  /** Grows as needed, and is given out: what is returned is valid until the next call. */
  static #out = Buffer.allocUnsafe(1 << 20)
  #length = 0
  #at = 0

  constructor(connections: () => number) {
    this.#connections = connections
  }

  /** Null for what is not a request. */
  answer(chunk: Buffer): Buffer | null {
    const input = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk])
    this.#length = 0
    this.#at = 0
    let whole = 0
    while (this.#at < input.length) {
      const state = this.#command(input)
      if (state === BAD) return null
      if (state === PARTIAL) break
      whole = this.#at
    }
    this.#rest = whole < input.length ? Buffer.from(input.subarray(whole)) : null
    return RequestScanner.#out.subarray(0, this.#length)
  }

  #command(input: Buffer): number {
    const words = this.#number(input, STAR)
    if (words < 1) return words === 0 ? BAD : words
    let nameAt = 0
    let nameLength = 0
    for (let word = 0; word < words; word++) {
      const length = this.#number(input, DOLLAR)
      if (length < 0) return length
      if (word === 0) {
        nameAt = this.#at
        nameLength = length
      }
      this.#at += length + LINE_END
      if (this.#at > input.length) return PARTIAL
    }
    this.#reply(input, nameAt, nameLength)
    return WHOLE
  }

  /** Reads `<kind><digits>\r\n`; below 0: PARTIAL or BAD. */
  #number(input: Buffer, kind: number): number {
    let at = this.#at
    if (at >= input.length) return PARTIAL
    if (input[at] !== kind) return BAD
    let value = 0
    for (at++; at < input.length; at++) {
      const byte = input[at]!
      if (byte === CR) {
        this.#at = at + LINE_END
        return value
      }
      const digit = byte - ZERO
      if (digit < 0 || digit > 9) return BAD
      value = value * 10 + digit
    }
    return PARTIAL
  }

  #reply(input: Buffer, at: number, length: number): void {
    const first = input[at]! & UPPER
    const second = input[at + 1]! & UPPER
    const name = length * 1_000_000 + first * 1000 + second
    if (name === GET || name === HGET) this.#copy(BULK)
    else if (name === SET || name === MSET || name === SELECT) this.#copy(OK)
    else if (name === INCRBY) this.#copy(ZERO_REPLY)
    else if (name === HSET) this.#copy(ONE_REPLY)
    else if (name === PING) this.#copy(PONG)
    else if (name === CONNECTIONS) this.#copy(Buffer.from(`:${this.#connections()}\r\n`))
    else this.#copy(UNKNOWN)
  }

  #copy(bytes: Buffer): void {
    if (this.#length + bytes.length > RequestScanner.#out.length) {
      const larger = Buffer.allocUnsafe(RequestScanner.#out.length * 2)
      larger.set(RequestScanner.#out.subarray(0, this.#length))
      RequestScanner.#out = larger
    }
    const out = RequestScanner.#out
    let to = this.#length
    for (let i = 0; i < bytes.length; i++) out[to++] = bytes[i]!
    this.#length = to
  }
}

const WHOLE = 1
const PARTIAL = -1
const BAD = -2

/** A name as a number: its length and its first two letters tell those that the loads use apart. */
function named(name: string): number {
  return name.length * 1_000_000 + name.charCodeAt(0) * 1000 + name.charCodeAt(1)
}
const GET = named('GET')
const SET = named('SET')
const HGET = named('HGET')
const HSET = named('HSET')
const MSET = named('MSET')
const PING = named('PING')
const INCRBY = named('INCRBY')
const SELECT = named('SELECT')
const CONNECTIONS = named(CONNECTIONS_NAME)
