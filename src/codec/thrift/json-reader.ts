import { nameTooLong } from './errors.ts'
import { IgnoredEvents, type ThriftEvents } from './events.ts'
import { isSpace, JsonDecoder } from './json-decoder.ts'
import { JsonEnd } from './json-end.ts'
import { JsonString } from './json-string.ts'
import type { ThriftLimits } from './limits.ts'
import type { MessageMetadata } from './message.ts'
import { methodName } from './name-cache.ts'
import { ProtocolReader, type Read } from './protocol-reader.ts'
import { type MessageType, ReplyType } from './types.ts'

/** What a step returns instead of the place behind what it took. */
const CUT = -1
const INVALID = -2
const MAX_DIGITS = 12
/** Of a method's name, each byte may be escaped; what else stands before the body is small. */
const ESCAPED_BYTES = 6
const REST_OF_BEGIN = 256

/** Apache's JSON protocol. A body is read when it is there as a whole. */
export class JsonReader extends ProtocolReader {
  readonly #limits: ThriftLimits
  readonly #decoder: JsonDecoder
  readonly #end = new JsonEnd()
  readonly #name = new JsonString()
  /** Bytes of the body that were looked at for its end. */
  #scanned = 0
  /** Of an integer. */
  #value = 0

  constructor(limits: ThriftLimits) {
    super()
    this.#limits = limits
    this.#decoder = new JsonDecoder(limits)
  }

  /** [1,"name",type,sequence id, */
  override messageBegin(
    bytes: Uint8Array,
    start: number,
    limit: number,
    metadata: MessageMetadata,
  ): Read {
    let at = this.#char(bytes, start, limit, 91)
    if (at >= 0) at = this.#integer(bytes, at, limit)
    if (at >= 0 && this.#value !== 1) {
      return this.fail(`invalid json protocol version ${this.#value} != 1`)
    }
    if (at >= 0) at = this.#char(bytes, at, limit, 44)
    if (at >= 0) at = this.#readName(bytes, at, limit)
    if (at >= 0) at = this.#char(bytes, at, limit, 44)
    if (at >= 0) at = this.#integer(bytes, at, limit)
    const type = this.#value
    if (at >= 0) at = this.#char(bytes, at, limit, 44)
    if (at >= 0) at = this.#integer(bytes, at, limit)
    const sequenceId = this.#value
    if (at >= 0) at = this.#char(bytes, at, limit, 44)
    if (at === CUT) return this.#cutBegin(start, limit)
    if (at === INVALID) return this.fail('invalid json protocol message begin')
    if (type < 1 || type > 4) return this.fail(`invalid json protocol message type ${type}`)
    const name = this.#name
    const length = name.end - name.start
    if (length > this.#limits.maxMethodNameBytes) {
      return this.fail(nameTooLong(length, this.#limits.maxMethodNameBytes))
    }
    metadata.messageType = type as MessageType
    metadata.methodName = methodName(name.bytes, name.start, name.end)
    metadata.hasMethodName = true
    metadata.sequenceId = sequenceId | 0
    return this.done(at)
  }

  /** {} or {"id": */
  override peekReply(
    bytes: Uint8Array,
    start: number,
    limit: number,
    metadata: MessageMetadata,
  ): Read {
    let at = this.#char(bytes, start, limit, 123)
    if (at < 0) return this.#stopped(at, start, limit, 'struct')
    at = skipSpace(bytes, at, limit)
    if (at >= limit) return this.#stopped(CUT, start, limit, 'struct')
    metadata.isEmptyReply = bytes[at] === 125
    if (!metadata.isEmptyReply) {
      at = this.#char(bytes, at, limit, 34)
      if (at >= 0) at = this.#integer(bytes, at, limit)
      if (at < 0) return this.#stopped(at, start, limit, 'field id')
    }
    const isResult = metadata.isEmptyReply || this.#value === 0
    metadata.replyType = isResult ? ReplyType.Success : ReplyType.Error
    return this.done(start)
  }

  override structBegin(): void {
    this.#scanned = 0
    this.#end.reset()
  }

  override decode(bytes: Uint8Array, at: number, limit: number, events: ThriftEvents): Read {
    const end = this.#end.find(bytes, at + this.#scanned, limit)
    if (end < 0) {
      this.#scanned = limit - at
      return this.more(at, this.#scanned + 1)
    }
    this.structBegin()
    if (!this.#decoder.decode(bytes, at, end, events)) return this.fail(this.#decoder.error)
    return this.done(end)
  }

  override skip(bytes: Uint8Array, at: number, limit: number): Read {
    return this.decode(bytes, at, limit, IGNORED)
  }

  override messageEnd(bytes: Uint8Array, start: number, limit: number): Read {
    const at = this.#char(bytes, start, limit, 93)
    return at < 0 ? this.#stopped(at, start, limit, 'message end') : this.done(at)
  }

  #readName(bytes: Uint8Array, start: number, limit: number): number {
    const at = skipSpace(bytes, start, limit)
    const behind = this.#name.read(bytes, at, limit)
    if (behind >= 0) return behind
    // Not whole yet, if it is a string at all.
    return at >= limit || bytes[at] === 34 ? CUT : INVALID
  }

  #integer(bytes: Uint8Array, start: number, limit: number): number {
    let at = skipSpace(bytes, start, limit)
    const isNegative = at < limit && bytes[at] === 45
    if (isNegative) at++
    const first = at
    let value = 0
    while (at < limit && bytes[at]! >= 48 && bytes[at]! <= 57) {
      value = value * 10 + (bytes[at++]! - 48)
      if (at - first > MAX_DIGITS) return INVALID
    }
    if (at >= limit) return CUT
    if (at === first) return INVALID
    this.#value = isNegative ? -value : value
    return at
  }

  /** That character, spaces before it aside. */
  #char(bytes: Uint8Array, start: number, limit: number, char: number): number {
    const at = skipSpace(bytes, start, limit)
    if (at >= limit) return CUT
    return bytes[at] === char ? at + 1 : INVALID
  }

  #cutBegin(start: number, limit: number): Read {
    const max = this.#limits.maxMethodNameBytes
    if (limit - start > max * ESCAPED_BYTES + REST_OF_BEGIN) {
      return this.fail(nameTooLong(limit - start, max))
    }
    return this.more(start, limit - start + 1)
  }

  #stopped(reason: number, start: number, limit: number, what: string): Read {
    if (reason === INVALID || limit - start > REST_OF_BEGIN) {
      return this.fail(`invalid json protocol ${what}`)
    }
    return this.more(start, limit - start + 1)
  }
}

const IGNORED = new IgnoredEvents()

function skipSpace(bytes: Uint8Array, start: number, limit: number): number {
  let at = start
  while (at < limit && isSpace(bytes[at]!)) at++
  return at
}
