import { BinaryDecoder, i32At } from './binary-decoder.ts'
import { BinarySkipper } from './binary-skipper.ts'
import { nameTooLong } from './errors.ts'
import type { ThriftEvents } from './events.ts'
import type { ThriftLimits } from './limits.ts'
import type { MessageMetadata } from './message.ts'
import { methodName } from './name-cache.ts'
import { ProtocolReader, type Read } from './protocol-reader.ts'
import { Spares } from './spares.ts'
import { FieldType, type MessageType, ReplyType } from './types.ts'

/** The binary protocol, whose messages begin with a version, and its lax form, without one. */
export class BinaryReader extends ProtocolReader {
  readonly #limits: ThriftLimits
  readonly #isLax: boolean
  /** Of the struct under way; null: none is. */
  #decoder: BinaryDecoder | null = null
  #skipper: BinarySkipper | null = null

  constructor(limits: ThriftLimits, isLax: boolean) {
    super()
    this.#limits = limits
    this.#isLax = isLax
  }

  override messageBegin(
    bytes: Uint8Array,
    at: number,
    limit: number,
    metadata: MessageMetadata,
  ): Read {
    return this.#isLax
      ? this.#laxBegin(bytes, at, limit, metadata)
      : this.#strictBegin(bytes, at, limit, metadata)
  }

  override peekReply(
    bytes: Uint8Array,
    at: number,
    limit: number,
    metadata: MessageMetadata,
  ): Read {
    if (at >= limit) return this.more(at, 1)
    metadata.isEmptyReply = bytes[at] === FieldType.Stop
    if (!metadata.isEmptyReply && limit - at < 3) return this.more(at, 3)
    const isResult = metadata.isEmptyReply || (bytes[at + 1] === 0 && bytes[at + 2] === 0)
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

  /** 80 01 · unused(1) · type(1) · name length(4) · name · sequence id(4) */
  #strictBegin(bytes: Uint8Array, at: number, limit: number, metadata: MessageMetadata): Read {
    if (limit - at < 12) return this.more(at, 12)
    const version = (bytes[at]! << 8) | bytes[at + 1]!
    if (version !== 0x8001) {
      return this.fail(`invalid binary protocol version 0x${hex16(version)} != 0x8001`)
    }
    const type = bytes[at + 3]!
    if (type < 1 || type > 4) {
      return this.fail(`invalid binary protocol message type ${(type << 24) >> 24}`)
    }
    const length = i32At(bytes, at + 4) >>> 0
    if (length > this.#limits.maxMethodNameBytes) return this.#longName(length)
    const end = at + 8 + length
    if (limit - end < 4) return this.more(at, 12 + length)
    metadata.messageType = type as MessageType
    metadata.methodName = methodName(bytes, at + 8, end)
    metadata.hasMethodName = true
    metadata.sequenceId = i32At(bytes, end)
    return this.done(end + 4)
  }

  /** name length(4) · name · type(1) · sequence id(4) */
  #laxBegin(bytes: Uint8Array, at: number, limit: number, metadata: MessageMetadata): Read {
    if (limit - at < 9) return this.more(at, 9)
    const length = i32At(bytes, at) >>> 0
    if (length > this.#limits.maxMethodNameBytes) return this.#longName(length)
    const end = at + 4 + length
    if (limit - end < 5) return this.more(at, 9 + length)
    const type = bytes[end]!
    if (type < 1 || type > 4) {
      return this.fail(`invalid (lax) binary protocol message type ${(type << 24) >> 24}`)
    }
    metadata.messageType = type as MessageType
    metadata.methodName = methodName(bytes, at + 4, end)
    metadata.hasMethodName = true
    metadata.sequenceId = i32At(bytes, end + 1)
    return this.done(end + 5)
  }

  #longName(length: number): Read {
    return this.fail(nameTooLong(length, this.#limits.maxMethodNameBytes))
  }
}

export function hex16(value: number): string {
  return value.toString(16).padStart(4, '0')
}

const decoders = new Spares((limits) => new BinaryDecoder(limits))
const skippers = new Spares((limits) => new BinarySkipper(limits))
