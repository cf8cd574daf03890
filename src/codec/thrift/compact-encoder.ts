import type { ByteWriter } from './byte-writer.ts'
import { COMPACT_TYPES, CompactType } from './compact-types.ts'
import type { MessageMetadata } from './message.ts'
import { MessageWriter, type MessageWriterOptions } from './message-writer.ts'
import { FieldType } from './types.ts'

const FIRST_DEPTH = 16
/** No field waits for its bool. */
const NONE = 0x10000

/** Writes the compact protocol. */
export class CompactEncoder extends MessageWriter {
  readonly #out: ByteWriter
  /** The last field's id in each open struct, the innermost last. */
  #ids = new Int16Array(FIRST_DEPTH)
  #depth = 0
  /** The id of a field whose type is its value. */
  #boolId = NONE

  constructor(options: MessageWriterOptions) {
    super(options)
    this.#out = this.out
  }

  protected override writeMessageBegin(metadata: MessageMetadata): void {
    const out = this.#out
    this.#depth = 0
    this.#boolId = NONE
    out.u8(0x82)
    out.u8((metadata.messageType << 5) | 1)
    out.varint(metadata.sequenceId)
    out.varint(metadata.methodName.length)
    out.text(metadata.methodName)
  }

  override structBegin(): void {
    if (this.#depth === this.#ids.length) {
      const ids = new Int16Array(this.#depth * 2)
      ids.set(this.#ids)
      this.#ids = ids
    }
    this.#ids[this.#depth++] = 0
  }

  override structEnd(): void {
    this.#depth--
    this.#out.u8(0)
  }

  override fieldBegin(type: number, id: number): void {
    if (type === FieldType.Bool) this.#boolId = id
    else this.#field(COMPACT_TYPES[type]!, id)
  }

  override fieldEnd(): void {}

  override bool(value: boolean): void {
    const type = value ? CompactType.True : CompactType.False
    if (this.#boolId === NONE) {
      // In a container: false is 2, as Apache's libraries write it; Envoy writes 0, and reads 2 as true.
      this.#out.u8(type)
    } else {
      this.#field(type, this.#boolId)
      this.#boolId = NONE
    }
  }

  override byte(value: number): void {
    this.#out.u8(value)
  }

  override i16(value: number): void {
    this.#zigzag32(value)
  }

  override i32(value: number): void {
    this.#zigzag32(value)
  }

  override i64(high: number, low: number): void {
    const sign = high >> 31
    let rest = (low << 1) ^ sign
    let upper = ((high << 1) | (low >>> 31)) ^ sign
    const out = this.#out
    out.reserve(10)
    const { bytes } = out
    let at = out.length
    while (upper !== 0 || rest >>> 0 > 127) {
      bytes[at++] = (rest & 127) | 128
      rest = (rest >>> 7) | (upper << 25)
      upper >>>= 7
    }
    bytes[at++] = rest
    out.length = at
  }

  override double(high: number, low: number): void {
    const out = this.#out
    out.reserve(8)
    const { bytes, length } = out
    for (let i = 0; i < 4; i++) {
      bytes[length + i] = low >> (8 * i)
      bytes[length + 4 + i] = high >> (8 * i)
    }
    out.length = length + 8
  }

  override string(bytes: Uint8Array, start: number, end: number): void {
    this.#out.varint(end - start)
    this.#out.append(bytes, start, end)
  }

  override mapBegin(keyType: number, valueType: number, size: number): void {
    this.#out.varint(size)
    if (size > 0) this.#out.u8((COMPACT_TYPES[keyType]! << 4) | COMPACT_TYPES[valueType]!)
  }

  override mapEnd(): void {}

  override listBegin(elementType: number, size: number): void {
    const out = this.#out
    // An empty list may name a type that nobody knows.
    const type = COMPACT_TYPES[elementType]! || CompactType.Byte
    if (size < 15) {
      out.u8((size << 4) | type)
    } else {
      out.u8(0xf0 | type)
      out.varint(size)
    }
  }

  override listEnd(): void {}

  override setBegin(elementType: number, size: number): void {
    this.listBegin(elementType, size)
  }

  override setEnd(): void {}

  #field(type: number, id: number): void {
    const delta = id - this.#ids[this.#depth - 1]!
    this.#ids[this.#depth - 1] = id
    if (delta > 0 && delta <= 15) {
      this.#out.u8((delta << 4) | type)
    } else {
      this.#out.u8(type)
      this.#zigzag32(id)
    }
  }

  #zigzag32(value: number): void {
    this.#out.varint((value << 1) ^ (value >> 31))
  }
}
