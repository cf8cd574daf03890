import type { MessageMetadata } from './message.ts'

/**
 * What a message consists of, in the order of the wire. A decoder calls it, an encoder implements it; so one protocol becomes
 * another without a tree in between. A struct's field is fieldBegin, its value, fieldEnd; a map's pair is two values.
 */
export interface ThriftEvents {
  messageBegin(metadata: MessageMetadata): void
  messageEnd(): void
  structBegin(): void
  structEnd(): void
  /** `type` is a `FieldType` that has values, `id` a signed 16-bit number. */
  fieldBegin(type: number, id: number): void
  fieldEnd(): void
  bool(value: boolean): void
  byte(value: number): void
  i16(value: number): void
  i32(value: number): void
  /** Two signed 32-bit halves, because a number does not hold 64 bits and a BigInt is slow. */
  i64(high: number, low: number): void
  /** The halves of its IEEE 754 form, so that no NaN changes. */
  double(high: number, low: number): void
  /** bytes[start] up to bytes[end], text or not; valid during the call. */
  string(bytes: Uint8Array, start: number, end: number): void
  /** Types of an empty map are `Stop` where the protocol does not say them. */
  mapBegin(keyType: number, valueType: number, size: number): void
  mapEnd(): void
  listBegin(elementType: number, size: number): void
  listEnd(): void
  setBegin(elementType: number, size: number): void
  setEnd(): void
}

/** Listens to nothing; what wants some events only extends it. */
export class IgnoredEvents implements ThriftEvents {
  messageBegin(_metadata: MessageMetadata): void {}
  messageEnd(): void {}
  structBegin(): void {}
  structEnd(): void {}
  fieldBegin(_type: number, _id: number): void {}
  fieldEnd(): void {}
  bool(_value: boolean): void {}
  byte(_value: number): void {}
  i16(_value: number): void {}
  i32(_value: number): void {}
  i64(_high: number, _low: number): void {}
  double(_high: number, _low: number): void {}
  string(_bytes: Uint8Array, _start: number, _end: number): void {}
  mapBegin(_keyType: number, _valueType: number, _size: number): void {}
  mapEnd(): void {}
  listBegin(_elementType: number, _size: number): void {}
  listEnd(): void {}
  setBegin(_elementType: number, _size: number): void {}
  setEnd(): void {}
}
