import { ByteWriter } from './byte-writer.ts'
import { messageTooLong, nameTooLong } from './errors.ts'
import type { ThriftEvents } from './events.ts'
import { writeHeaderFrame } from './header-writer.ts'
import { THRIFT_LIMITS, type ThriftLimits } from './limits.ts'
import type { MessageMetadata } from './message.ts'
import { type ProtocolType, TransportType } from './types.ts'

export interface MessageWriterOptions {
  readonly transport: TransportType
  readonly protocol: ProtocolType
  readonly limits?: ThriftLimits
}

/**
 * Writes messages of one transport and protocol (neither Auto) into `out`: events in, bytes out. A message that cannot be written is
 * taken back as a whole: `messageEnd` returns false and `error` says why; the ones before it stay.
 *
 *   messageBegin(metadata) · events of the body, or `raw` pieces of one that is in this protocol already · messageEnd()
 */
export abstract class MessageWriter implements ThriftEvents {
  /** The bytes written: the owner takes them out. */
  readonly out: ByteWriter
  readonly transport: TransportType
  readonly protocol: ProtocolType
  /** Why the last message was not written; ''. */
  error = ''
  /** True after an upgrade to Twitter's protocol, which alone looks at it. */
  isUpgraded = false
  protected readonly limits: ThriftLimits
  /** Where the frame's length counts from. */
  #frameStart = 0

  constructor(options: MessageWriterOptions) {
    this.transport = options.transport
    this.protocol = options.protocol
    this.limits = options.limits ?? THRIFT_LIMITS
    this.out = new ByteWriter(this.limits.maxMessageBytes)
  }

  /** Writes all that stands before the body. */
  messageBegin(metadata: MessageMetadata): void {
    const { out } = this
    out.mark()
    this.error = ''
    if (this.transport !== TransportType.Unframed) {
      // The length; known at the end.
      out.i32(0)
      this.#frameStart = out.length
      if (this.transport === TransportType.Header) {
        this.error = writeHeaderFrame(out, metadata, this.protocol)
      }
    }
    if (metadata.methodName.length > this.limits.maxMethodNameBytes) {
      this.error = nameTooLong(metadata.methodName.length, this.limits.maxMethodNameBytes)
    }
    this.writeMessageBegin(metadata)
  }

  /** A piece of a body that is in this protocol already. */
  raw(bytes: Uint8Array, start: number, end: number): void {
    this.out.append(bytes, start, end)
  }

  /** True if the message stands in `out` now. */
  messageEnd(): boolean {
    const { out } = this
    this.writeMessageEnd()
    if (out.isOverflown) this.error = messageTooLong(this.limits.maxMessageBytes)
    if (this.transport !== TransportType.Unframed && this.error === '') this.#closeFrame()
    if (this.error === '') return true
    out.rewind()
    return false
  }

  /** Takes the message under way back. */
  abort(): void {
    this.out.rewind()
  }

  protected abstract writeMessageBegin(metadata: MessageMetadata): void
  protected writeMessageEnd(): void {}

  #closeFrame(): void {
    const { out } = this
    const size = out.length - this.#frameStart
    if (this.transport === TransportType.Framed) {
      if (size > this.limits.maxFrameBytes) {
        this.error = `invalid thrift framed transport frame size ${size}`
      }
    } else if (size > this.limits.maxHeaderFrameBytes) {
      this.error = `invalid thrift header transport frame size ${size}`
    }
    out.setI32(this.#frameStart - 4, size)
  }

  abstract structBegin(): void
  abstract structEnd(): void
  abstract fieldBegin(type: number, id: number): void
  abstract fieldEnd(): void
  abstract bool(value: boolean): void
  abstract byte(value: number): void
  abstract i16(value: number): void
  abstract i32(value: number): void
  abstract i64(high: number, low: number): void
  abstract double(high: number, low: number): void
  abstract string(bytes: Uint8Array, start: number, end: number): void
  abstract mapBegin(keyType: number, valueType: number, size: number): void
  abstract mapEnd(): void
  abstract listBegin(elementType: number, size: number): void
  abstract listEnd(): void
  abstract setBegin(elementType: number, size: number): void
  abstract setEnd(): void
}
