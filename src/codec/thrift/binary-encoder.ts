import type { ByteWriter } from './byte-writer.ts'
import type { MessageMetadata } from './message.ts'
import { MessageWriter, type MessageWriterOptions } from './message-writer.ts'
import { FieldType, ProtocolType } from './types.ts'

/** Writes the binary protocol, strict or lax. */
export class BinaryEncoder extends MessageWriter {
  readonly #out: ByteWriter
  readonly #isLax: boolean

  constructor(options: MessageWriterOptions) {
    super(options)
    this.#out = this.out
    this.#isLax = options.protocol === ProtocolType.LaxBinary
  }

  protected override writeMessageBegin(metadata: MessageMetadata): void {
    const out = this.#out
    const name = metadata.methodName
    if (!this.#isLax) out.i32(0x80010000 | metadata.messageType)
    out.i32(name.length)
    out.text(name)
    if (this.#isLax) out.u8(metadata.messageType)
    out.i32(metadata.sequenceId)
  }

  override structBegin(): void {}

  override structEnd(): void {
    this.#out.u8(FieldType.Stop)
  }

  override fieldBegin(type: number, id: number): void {
    const out = this.#out
    out.reserve(3)
    const { bytes, length } = out
    bytes[length] = type
    bytes[length + 1] = id >> 8
    bytes[length + 2] = id
    out.length = length + 3
  }

  override fieldEnd(): void {}

  override bool(value: boolean): void {
    this.#out.u8(value ? 1 : 0)
  }

  override byte(value: number): void {
    this.#out.u8(value)
  }

  override i16(value: number): void {
    this.#out.i16(value)
  }

  override i32(value: number): void {
    this.#out.i32(value)
  }

  override i64(high: number, low: number): void {
    this.#out.i32(high)
    this.#out.i32(low)
  }

  override double(high: number, low: number): void {
    this.#out.i32(high)
    this.#out.i32(low)
  }

  override string(bytes: Uint8Array, start: number, end: number): void {
    this.#out.i32(end - start)
    this.#out.append(bytes, start, end)
  }

  override mapBegin(keyType: number, valueType: number, size: number): void {
    // An empty map of the compact protocol has no types; readers that check them refuse those of Stop.
    this.#out.u8(keyType || FieldType.String)
    this.#out.u8(valueType || FieldType.String)
    this.#out.i32(size)
  }

  override mapEnd(): void {}

  override listBegin(elementType: number, size: number): void {
    this.#out.u8(elementType)
    this.#out.i32(size)
  }

  override listEnd(): void {}

  override setBegin(elementType: number, size: number): void {
    this.listBegin(elementType, size)
  }

  override setEnd(): void {}
}
