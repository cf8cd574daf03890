import { inflateSync } from 'node:zlib'
import { i32At } from './binary-decoder.ts'
import { hex16 } from './binary-reader.ts'
import { createProtocolReader } from './create-reader.ts'
import {
  bytesToKnowUpgrade,
  detectProtocol,
  detectTransport,
  hexBytes,
  PROTOCOL_BYTES,
  TRANSPORT_BYTES,
} from './detect.ts'
import { frameTooShort, messageTooLong, strayBytes } from './errors.ts'
import type { ThriftEvents } from './events.ts'
import { HeaderReader } from './header-reader.ts'
import { THRIFT_LIMITS, type ThriftLimits } from './limits.ts'
import { MessageMetadata } from './message.ts'
import { type ProtocolReader, Read } from './protocol-reader.ts'
import { ExceptionType, MessageType, PROTOCOL_NAMES, ProtocolType, TransportType } from './types.ts'

export interface MessageReaderOptions {
  /** Auto: as the first message shows. */
  readonly transport: TransportType
  readonly protocol: ProtocolType
  readonly limits?: ThriftLimits
  /** True: names of info headers stay as they are; false: lower case, without NUL, CR and LF, as in Envoy. */
  readonly preservesHeaderCase?: boolean
}

/** What comes next on the connection. */
const State = { Frame: 0, Message: 1, Reply: 2, Body: 3, End: 4, Tail: 5 } as const

/**
 * Reads the messages of one side of one connection: transport and protocol, given or detected. For each message call `readBegin`
 * until it is Done, then one of `readBody`, `skipBody` and `passBody` until that is Done.
 *
 * Every call looks at bytes[at] up to bytes[limit], and sets `next` to the place behind what it took: bytes before it are not needed
 * again (but by a caller who passes the body on: see `pieceStart`), bytes from there on must be offered again, with more behind
 * them. After an error nothing on the connection can be understood any more.
 */
export class MessageReader {
  /** Of the message under way or just ended; a new one for each message, so it may be kept. */
  metadata = new MessageMetadata()
  /** Auto until the first message shows it. */
  transport: TransportType
  protocol: ProtocolType
  next = 0
  /** After `More`: bytes from `next` on without which nothing new can be found. */
  needed = 1
  error = ''
  /** What to answer after an error, if anything is answered. */
  errorType: ExceptionType = ExceptionType.ProtocolError
  /** The piece of the body that the last call of `skipBody` or `passBody` went over; valid until the caller's bytes change. */
  pieceBytes: Uint8Array = NO_BYTES
  pieceStart = 0
  pieceEnd = 0
  readonly #limits: ThriftLimits
  readonly #preservesHeaderCase: boolean
  #headerReader: HeaderReader | null = null
  #reader: ProtocolReader | null
  #state: number = State.Frame
  #isEnded = false
  /** Bytes of the frame from `next` on; -1 without frames. */
  #frameLeft = -1
  /** Bytes of the message that were taken, its frame's head aside. */
  #taken = 0
  /** A message that came compressed: it is read instead of the caller's bytes. */
  #inflated: Uint8Array | null = null
  #inflatedAt = 0
  #status: Read = Read.More

  constructor(options: MessageReaderOptions) {
    this.transport = options.transport
    this.protocol = options.protocol
    this.#limits = options.limits ?? THRIFT_LIMITS
    this.#preservesHeaderCase = options.preservesHeaderCase ?? false
    this.#reader =
      options.protocol === ProtocolType.Auto
        ? null
        : createProtocolReader(options.protocol, this.#limits)
  }

  /** True before the first byte of a message that was not taken yet. */
  get isBetween(): boolean {
    return this.#state === State.Frame
  }

  /** After an error: whether an exception may say so (its text `error`, its type `errorType`), before the connection is closed. */
  get canAnswer(): boolean {
    return this.metadata.hasMethodName || this.errorType !== ExceptionType.ProtocolError
  }

  /** What became of an upgrade: see `twitter-upgrade.ts`. From then on, or not, a header stands before each message. */
  setUpgraded(isUpgraded: boolean): void {
    this.#reader?.setUpgraded(isUpgraded)
  }

  /** Up to the body: then `metadata` is whole. */
  readBegin(bytes: Uint8Array, at: number, limit: number): Read {
    this.next = at
    if (this.#isEnded) {
      this.metadata = new MessageMetadata()
      this.#isEnded = false
    }
    if (this.#state === State.Frame) {
      const read = this.#frame(bytes, at, limit)
      if (read !== Read.Done) return read
      this.#state = State.Message
    }
    if (this.#state === State.Message) {
      const read = this.#message(bytes, limit)
      if (read !== Read.Done) return read
    }
    if (this.#state === State.Reply) {
      const start = this.#start()
      const source = this.#inflated ?? bytes
      const read = this.#reader!.peekReply(source, start, this.#stop(limit), this.metadata)
      if (this.#settle(read, start) !== Read.Done) return this.#status
      this.#state = State.Body
    }
    return Read.Done
  }

  /** Turns the body into events, from structBegin to structEnd; `messageBegin` and `messageEnd` are the caller's. */
  readBody(bytes: Uint8Array, at: number, limit: number, events: ThriftEvents): Read {
    this.next = at
    if (this.#state === State.Body) {
      const start = this.#start()
      const source = this.#inflated ?? bytes
      const read = this.#reader!.decode(source, start, this.#stop(limit), events)
      if (this.#settle(read, start) !== Read.Done) return this.#status
      this.#state = State.End
    }
    return this.#finish(bytes, limit)
  }

  /** Goes over the body, checked, without events. */
  skipBody(bytes: Uint8Array, at: number, limit: number): Read {
    this.next = at
    const start = this.#start()
    const source = this.#inflated ?? bytes
    this.#piece(source, start, start)
    if (this.#state === State.Body) {
      const read = this.#reader!.skip(source, start, this.#stop(limit))
      this.#settle(read, start)
      this.#piece(source, start, this.#start())
      if (this.#status !== Read.Done) return this.#status
      this.#state = State.End
    }
    return this.#finish(bytes, limit)
  }

  /** Goes over what the frame says is the body, unchecked; only where `metadata.hasFrameSize`. */
  passBody(bytes: Uint8Array, at: number, limit: number): Read {
    // JSON has something behind the body.
    if (this.protocol === ProtocolType.Json) return this.skipBody(bytes, at, limit)
    this.next = at
    const start = this.#start()
    const stop = this.#stop(limit)
    this.#piece(this.#inflated ?? bytes, start, stop)
    this.#take(stop - start)
    if (this.#frameLeft > 0) return this.#more(Math.min(this.#frameLeft, 1))
    return this.#end()
  }

  /** Where the next byte is: in the caller's bytes or in the inflated ones. */
  #start(): number {
    return this.#inflated === null ? this.next : this.#inflatedAt
  }

  /** Up to where there are bytes that belong to this message. */
  #stop(limit: number): number {
    if (this.#inflated !== null) return this.#inflated.length
    return this.#frameLeft < 0 ? limit : Math.min(limit, this.next + this.#frameLeft)
  }

  #take(count: number): void {
    this.#taken += count
    if (this.#frameLeft >= 0) this.#frameLeft -= count
    if (this.#inflated === null) this.next += count
    else this.#inflatedAt += count
  }

  /** Takes over what the protocol's reader found; asks whether what is missing can still come. */
  #settle(read: Read, start: number): Read {
    const reader = this.#reader!
    if (read === Read.Error) return this.#fail(reader.error)
    this.#take(reader.next - start)
    if (read === Read.Done) {
      this.#status = Read.Done
      return Read.Done
    }
    if (this.#frameLeft >= 0) {
      if (reader.needed > this.#frameLeft) return this.#fail(frameTooShort(this.metadata.frameSize))
    } else if (this.#taken + reader.needed > this.#limits.maxMessageBytes) {
      return this.#fail(messageTooLong(this.#limits.maxMessageBytes))
    }
    return this.#more(reader.needed)
  }

  #frame(bytes: Uint8Array, at: number, limit: number): Read {
    if (this.transport === TransportType.Auto) {
      if (limit - at < TRANSPORT_BYTES) return this.#more(TRANSPORT_BYTES)
      this.transport = detectTransport(bytes, at, this.#limits)
      if (this.transport === TransportType.Auto) {
        const start = hexBytes(bytes, at, at + TRANSPORT_BYTES)
        return this.#fail(`unknown thrift auto transport frame start ${start}`)
      }
    }
    if (limit <= at) return this.#more(1)
    this.#taken = 0
    this.metadata.transport = this.transport
    if (this.transport === TransportType.Framed) return this.#framed(bytes, at, limit)
    if (this.transport === TransportType.Header) return this.#header(bytes, at, limit)
    return Read.Done
  }

  #framed(bytes: Uint8Array, at: number, limit: number): Read {
    if (limit - at < 4) return this.#more(4)
    const size = i32At(bytes, at)
    if (size <= 0 || size > this.#limits.maxFrameBytes) {
      return this.#fail(`invalid thrift framed transport frame size ${size}`)
    }
    this.metadata.frameSize = size
    this.#frameLeft = size
    this.next = at + 4
    return Read.Done
  }

  #header(bytes: Uint8Array, at: number, limit: number): Read {
    this.#headerReader ??= new HeaderReader(this.#limits, this.#preservesHeaderCase)
    const reader = this.#headerReader
    const { metadata } = this
    // What was read of the header until more came is read again.
    const read = reader.read(bytes, at, limit, metadata)
    if (read === Read.More) return this.#more(reader.needed)
    if (read === Read.Error) {
      this.errorType = reader.errorType
      // To answer, the protocol must be known.
      if (this.canAnswer && !this.#adopt(metadata.protocol)) return Read.Error
      return this.#fail(reader.error)
    }
    if (!this.#adopt(metadata.protocol)) return Read.Error
    if (metadata.frameSize > this.#limits.maxMessageBytes) {
      return this.#fail(messageTooLong(this.#limits.maxMessageBytes))
    }
    this.#frameLeft = metadata.frameSize
    this.next = reader.next
    return reader.isDeflated ? this.#inflate(bytes, at, limit) : Read.Done
  }

  /** The header says which protocol follows. */
  #adopt(protocol: ProtocolType): boolean {
    if (this.protocol === ProtocolType.Auto) {
      this.protocol = protocol
      this.#reader = createProtocolReader(protocol, this.#limits)
    }
    if (this.protocol === protocol) return true
    const names = `${PROTOCOL_NAMES[protocol]}, but configured for ${PROTOCOL_NAMES[this.protocol]}`
    this.#fail(`transport reports protocol ${names}`)
    return false
  }

  /** Waits for the frame's end; the message is then read from what it inflates to. */
  #inflate(bytes: Uint8Array, at: number, limit: number): Read {
    const start = this.next
    const end = start + this.#frameLeft
    if (limit < end) {
      this.next = at
      this.metadata = new MessageMetadata()
      return this.#more(end - at)
    }
    try {
      const options = { maxOutputLength: this.#limits.maxMessageBytes }
      this.#inflated = inflateSync(bytes.subarray(start, end), options)
    } catch (error) {
      this.errorType = ExceptionType.InvalidTransform
      const reason = error instanceof Error ? error.message : String(error)
      return this.#fail(`invalid header transport transform 1: ${reason}`)
    }
    this.#inflatedAt = 0
    this.#frameLeft = this.#inflated.length
    this.metadata.frameSize = this.#frameLeft
    this.next = end
    return Read.Done
  }

  #message(bytes: Uint8Array, limit: number): Read {
    const start = this.#start()
    const stop = this.#stop(limit)
    const source = this.#inflated ?? bytes
    if (this.#reader === null) {
      const read = this.#detectProtocol(source, start, stop)
      if (read !== Read.Done) return read
    }
    const { metadata } = this
    metadata.protocol = this.protocol
    const read = this.#reader!.messageBegin(source, start, stop, metadata)
    if (this.#settle(read, start) !== Read.Done) return this.#status
    this.#reader!.structBegin()
    this.#state = metadata.messageType === MessageType.Reply ? State.Reply : State.Body
    return Read.Done
  }

  #detectProtocol(bytes: Uint8Array, at: number, limit: number): Read {
    if (limit - at < PROTOCOL_BYTES) return this.#more(PROTOCOL_BYTES)
    let protocol = detectProtocol(bytes, at)
    if (protocol === ProtocolType.Auto) {
      const found = hex16((bytes[at]! << 8) | bytes[at + 1]!)
      return this.#fail(`unknown thrift auto protocol message start ${found}`)
    }
    if (protocol === ProtocolType.Binary) {
      const needed = bytesToKnowUpgrade(bytes, at, limit)
      if (needed > limit - at) return this.#more(needed)
      if (needed > 0) protocol = ProtocolType.Twitter
    }
    this.protocol = protocol
    this.#reader = createProtocolReader(protocol, this.#limits)
    return Read.Done
  }

  #piece(bytes: Uint8Array, start: number, end: number): void {
    this.pieceBytes = bytes
    this.pieceStart = start
    this.pieceEnd = end
  }

  /** What stands behind the body: of the protocol, and in the frame. */
  #finish(bytes: Uint8Array, limit: number): Read {
    const source = this.#inflated ?? bytes
    if (this.#state === State.End) {
      const start = this.#start()
      const read = this.#reader!.messageEnd(source, start, this.#stop(limit))
      if (this.#settle(read, start) !== Read.Done) return this.#status
      this.#state = State.Tail
    }
    if (this.#frameLeft > 0 && this.#tail(source, limit) !== Read.Done) return this.#status
    return this.#end()
  }

  /** Envoy's health checker sends a zero too many; anything else in the frame may be a call that would be lost. */
  #tail(source: Uint8Array, limit: number): Read {
    const start = this.#start()
    const stop = this.#stop(limit)
    const count = this.#frameLeft
    for (let i = start; i < stop; i++) {
      if (source[i] !== 0) return this.#fail(strayBytes(count))
    }
    if (count > MAX_TAIL_BYTES) return this.#fail(strayBytes(count))
    if (stop - start < count) return this.#more(count)
    this.#take(count)
    return Read.Done
  }

  #end(): Read {
    this.#state = State.Frame
    this.#frameLeft = -1
    this.#inflated = null
    this.#isEnded = true
    this.#status = Read.Done
    return Read.Done
  }

  #more(needed: number): Read {
    this.needed = needed
    this.#status = Read.More
    return Read.More
  }

  #fail(error: string): Read {
    this.error = error
    this.#status = Read.Error
    return Read.Error
  }
}

/** Zeros behind a message in its frame. */
const MAX_TAIL_BYTES = 16

const NO_BYTES = new Uint8Array(0)
