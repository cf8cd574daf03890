import { RespError } from '../codec/resp/decode-value.ts'
import { Found, ReplyScanner } from '../codec/resp/reply-scanner.ts'
import type { RequestQueue } from './request-queue.ts'
import type { SentCommands } from './sent-commands.ts'
import { translateReply } from './translate-reply.ts'
import type { UpstreamRequest } from './upstream-request.ts'

const MINUS = 45
const PUSH = 62
const NO_BYTES = new Uint8Array(0)
/** A reply up to this size waits until it is whole. */
const MAX_WAITING_BYTES = 16 * 1024

/** The connection that is read. */
export interface ReplyReaderOwner {
  readonly isClosed: boolean
  /** Somebody takes what comes to nobody's request. */
  readonly takesUnasked: boolean
  /** A push, or a reply to nothing; `isPush` tells which. */
  onUnasked(bytes: Uint8Array, start: number, end: number, isWhole: boolean, isPush: boolean): void
  /** True when the error reply sent the request's command elsewhere. */
  redirect(request: UpstreamRequest, line: Uint8Array, start: number, end: number): boolean
  onProtocolError(): void
}

export interface ReplyReaderSettings {
  readonly followsRedirects: boolean
  /** The protocol of those whose replies these are. */
  readonly speaks: 2 | 3
  /** For `enable_command_stats`; null: it is off. */
  readonly commands: SentCommands | null
}

/**
 * Finds the replies in what a server sends and gives each to the request that it answers. They are not looked into, and those to one
 * request are told of together; only what must be looked at is: redirects, and what the client's protocol does not have.
 */
export class ReplyReader {
  readonly #owner: ReplyReaderOwner
  readonly #queue: RequestQueue
  readonly #followsRedirects: boolean
  readonly #commands: SentCommands | null
  readonly #scanner = new ReplyScanner()
  /** The protocol of those whose replies these are, and what of the other one has to be translated for them. */
  #speaks: 2 | 3
  #foreign: number
  /** The beginning of a reply of which nobody has been told yet. */
  #partial: Uint8Array | null = null
  /** True while a reply is under way whose beginning went out already. */
  isCut = false

  constructor(owner: ReplyReaderOwner, queue: RequestQueue, settings: ReplyReaderSettings) {
    this.#owner = owner
    this.#queue = queue
    this.#followsRedirects = settings.followsRedirects
    this.#commands = settings.commands
    this.#speaks = settings.speaks
    this.#foreign = foreignTo(settings.speaks)
  }

  translateTo(protocol: 2 | 3): void {
    this.#speaks = protocol
    this.#foreign = foreignTo(protocol)
  }

  read(bytes: Uint8Array): void {
    const scanner = this.#scanner
    const limit = bytes.length
    let at = 0
    /** Where the bytes begin that nobody has been told of. */
    let from = 0
    let ended = 0
    while (at < limit) {
      const request = this.#queue.first
      const end = scanner.scan(bytes, at, limit)
      if (end < 0) break
      if (this.#commands !== null) {
        this.#commands.onReply(request, scanner.type, this.#queue.eventMs)
      }
      const isOdd = this.#partial !== null || (scanner.found & this.#foreign) !== 0
      if (isOdd || request === null || this.#isSpecial(scanner.type)) {
        this.#tellWhole(bytes, from, at, ended)
        ended = 0
        if (this.#owner.isClosed) return
        this.#onSpecial(bytes, at, end)
        if (this.#owner.isClosed) return
        at = end
        from = end
        continue
      }
      ended++
      at = end
      if (ended < request.awaited && !request.wantsEach) continue
      this.#tellWhole(bytes, from, end, ended)
      if (this.#owner.isClosed) return
      from = end
      ended = 0
    }
    this.#tellWhole(bytes, from, at, ended)
    if (scanner.failed) this.#owner.onProtocolError()
    else if (at < limit && !this.#owner.isClosed) this.#onBeginning(bytes, at)
  }

  /** Bytes that end with a reply; none if `ended` is 0. */
  #tellWhole(bytes: Uint8Array, start: number, end: number, ended: number): void {
    if (ended === 0) return
    this.isCut = false
    this.#queue.tell(bytes, start, end, ended)
  }

  /** Pushes, and errors that may be redirects. */
  #isSpecial(type: number): boolean {
    return type === PUSH || (type === MINUS && this.#followsRedirects)
  }

  /** A whole reply that is not simply the next one of the first request. */
  #onSpecial(bytes: Uint8Array, start: number, end: number): void {
    const { type } = this.#scanner
    const partial = this.#partial
    this.#partial = null
    if (type === PUSH || this.#queue.first === null) {
      if (partial !== null) this.#onUnasked(partial, 0, partial.length, false)
      this.#onUnasked(bytes, start, end, true)
    } else if (this.#followsRedirects && type === MINUS && !this.isCut) {
      if (partial === null) this.#onError(bytes, start, end)
      else {
        const line = Buffer.concat([partial, bytes.subarray(start, end)])
        this.#onError(line, 0, line.length)
      }
    } else if ((this.#scanner.found & this.#foreign) !== 0 && !this.isCut) {
      const head = partial ?? NO_BYTES
      this.#translate(Buffer.concat([head, bytes.subarray(start, end)]))
    } else {
      if (partial !== null) this.#queue.tell(partial, 0, partial.length, 0)
      this.#queue.tell(bytes, start, end, 1)
    }
    this.isCut = false
  }

  /** A reply that the protocol of the connection does not have, for clients who would not understand it. */
  #translate(reply: Uint8Array): void {
    try {
      const translated = translateReply(reply, this.#speaks)
      this.#queue.tell(translated, 0, translated.length, 1)
    } catch (error) {
      if (!(error instanceof RespError)) throw error
      this.#owner.onProtocolError()
    }
  }

  /** The beginning of a reply, or more of it: a small one waits here until it is whole, so that no client gets half of it. */
  #onBeginning(bytes: Uint8Array, start: number): void {
    const partial = this.#partial
    if (this.#queue.first === null && this.#scanner.type !== PUSH && !this.#owner.takesUnasked) {
      // It must not become the beginning of the next reply that somebody asks for.
      this.#owner.onProtocolError()
      return
    }
    const size = bytes.length - start + (partial === null ? 0 : partial.length)
    if (!this.isCut && size <= MAX_WAITING_BYTES) {
      this.#partial =
        partial === null ? bytes.slice(start) : Buffer.concat([partial, bytes.subarray(start)])
      return
    }
    this.#partial = null
    this.isCut = true
    if (this.#queue.first === null || this.#scanner.type === PUSH) {
      if (partial !== null) this.#onUnasked(partial, 0, partial.length, false)
      this.#onUnasked(bytes, start, bytes.length, false)
      return
    }
    if (partial !== null) this.#queue.tell(partial, 0, partial.length, 0)
    this.#queue.tell(bytes, start, bytes.length, 0)
  }

  #onUnasked(bytes: Uint8Array, start: number, end: number, isWhole: boolean): void {
    this.#owner.onUnasked(bytes, start, end, isWhole, this.#scanner.type === PUSH)
  }

  /** A whole error reply: perhaps it says that the key lives elsewhere. */
  #onError(line: Uint8Array, start: number, end: number): void {
    const request = this.#queue.first!
    this.#queue.end(request, 1)
    if (request.isCancelled || this.#owner.redirect(request, line, start, end)) return
    request.onReplies(line, start, end, 1)
  }
}

function foreignTo(protocol: 2 | 3): number {
  return protocol === 2 ? Found.Resp3 : Found.OldNull | Found.Attribute
}
