import { hex16 } from './binary-reader.ts'
import { CompactDecoder } from './compact-decoder.ts'
import { CompactSkipper } from './compact-skipper.ts'
import { nameTooLong } from './errors.ts'
import type { ThriftEvents } from './events.ts'
import type { ThriftLimits } from './limits.ts'
import type { MessageMetadata } from './message.ts'
import { methodName } from './name-cache.ts'
import { ProtocolReader, type Read } from './protocol-reader.ts'
import { Spares } from './spares.ts'
import { type MessageType, ReplyType } from './types.ts'

const MAGIC = 0x8201
const MAGIC_MASK = 0xff1f
const MIN_BEGIN_BYTES = 4

/** The compact protocol. */
export class CompactReader extends ProtocolReader {
  readonly #limits: ThriftLimits
  /** Of the struct under way; null: none is. */
  #decoder: CompactDecoder | null = null
  #skipper: CompactSkipper | null = null
  /** Of a varint. */
  #value = 0

  constructor(limits: ThriftLimits) {
    super()
    this.#limits = limits
  }

  /** 82 · type << 5 | 1 · sequence id · name length · name */
  override messageBegin(
    bytes: Uint8Array,
    at: number,
    limit: number,
    metadata: MessageMetadata,
  ): Read {
    if (limit - at < MIN_BEGIN_BYTES) return this.more(at, MIN_BEGIN_BYTES)
    const version = (bytes[at]! << 8) | bytes[at + 1]!
    if ((version & MAGIC_MASK) !== MAGIC) {
      const found = hex16(version & MAGIC_MASK)
      return this.fail(`invalid compact protocol version 0x${found} != 0x8201`)
    }
    const type = (bytes[at + 1]! >> 5) & 7
    if (type < 1 || type > 4) return this.fail(`invalid compact protocol message type ${type}`)
    const lengthAt = this.#varint(bytes, at + 2, limit)
    if (lengthAt < 0) return this.#incomplete(lengthAt, at, limit)
    const sequenceId = this.#value
    const nameAt = this.#varint(bytes, lengthAt, limit)
    if (nameAt < 0) return this.#incomplete(nameAt, at, limit)
    const length = this.#value
    if (length < 0) {
      return this.fail(`negative compact protocol message name length ${length}`)
    }
    if (length > this.#limits.maxMethodNameBytes) {
      return this.fail(nameTooLong(length, this.#limits.maxMethodNameBytes))
    }
    const end = nameAt + length
    if (end > limit) return this.more(at, end - at)
    metadata.messageType = type as MessageType
    metadata.methodName = methodName(bytes, nameAt, end)
    metadata.hasMethodName = true
    metadata.sequenceId = sequenceId
    return this.done(end)
  }

  override peekReply(
    bytes: Uint8Array,
    at: number,
    limit: number,
    metadata: MessageMetadata,
  ): Read {
    if (at >= limit) return this.more(at, 1)
    const head = bytes[at]!
    metadata.isEmptyReply = (head & 15) === 0
    let isResult = metadata.isEmptyReply
    if (!isResult && head < 16) {
      const behind = this.#varint(bytes, at + 1, limit)
      if (behind < 0) return this.#incomplete(behind, at, limit)
      isResult = this.#value === 0
    }
    metadata.replyType = isResult ? ReplyType.Success : ReplyType.Error
    return this.done(at)
  }

  override structBegin(): void {
    this.#decoder = null
    this.#skipper = null
  }

  override decode(bytes: Uint8Array, at: number, limit: number, events: ThriftEvents): Read {
    this.#decoder ??= decoders.take(this.#limits)
    const decoder = this.#decoder
    if (decoder.decode(bytes, at, limit, events)) {
      decoders.giveBack(decoder)
      this.#decoder = null
      return this.done(decoder.next)
    }
    return decoder.error === '' ? this.more(decoder.next, decoder.needed) : this.fail(decoder.error)
  }

  override skip(bytes: Uint8Array, at: number, limit: number): Read {
    this.#skipper ??= skippers.take(this.#limits)
    const skipper = this.#skipper
    if (skipper.skip(bytes, at, limit)) {
      skippers.giveBack(skipper)
      this.#skipper = null
      return this.done(skipper.next)
    }
    return skipper.error === '' ? this.more(skipper.next, skipper.needed) : this.fail(skipper.error)
  }

  /** The place behind it, its value in #value; `CUT` or `INVALID`. */
  #varint(bytes: Uint8Array, at: number, limit: number): number {
    let value = 0
    for (let i = 0; i < 5; i++) {
      if (at + i >= limit) return CUT
      const byte = bytes[at + i]!
      value |= (byte & 127) << (7 * i)
      if (byte < 128) {
        this.#value = value
        return at + i + 1
      }
    }
    return INVALID
  }

  #incomplete(reason: number, at: number, limit: number): Read {
    if (reason === CUT) return this.more(at, limit - at + 1)
    return this.fail('invalid compact protocol varint i32')
  }
}

const CUT = -1
const INVALID = -2

const decoders = new Spares((limits) => new CompactDecoder(limits))
const skippers = new Spares((limits) => new CompactSkipper(limits))
