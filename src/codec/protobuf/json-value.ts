/** What a `google.protobuf.Value` holds, in the terms of JSON. */
export type JsonValue =
  | null
  | number
  | string
  | boolean
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** Values in values; protobuf's own limit. */
const MAX_DEPTH = 100
const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

class Malformed extends Error {}

/** A `google.protobuf.Value` from its bytes; undefined when they are none. A value without a kind is null. */
export function decodeJsonValue(bytes: Uint8Array): JsonValue | undefined {
  try {
    return new Message(bytes).value(0)
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}

/** Reads the fields of one message; unknown ones are passed over, and of a field that occurs again the last counts. */
class Message {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw new Malformed()
    let value: JsonValue = null
    for (let tag = this.#tag(); tag !== 0; tag = this.#tag()) {
      if (tag === field(1, VARINT)) {
        this.#varint()
        value = null
      } else if (tag === field(2, FIXED64)) value = this.#double()
      else if (tag === field(3, LENGTH)) value = this.#text()
      else if (tag === field(4, VARINT)) value = this.#varint() !== 0
      else if (tag === field(5, LENGTH)) value = this.#inner().struct(depth + 1)
      else if (tag === field(6, LENGTH)) value = this.#inner().list(depth + 1)
      else this.#skip(tag)
    }
    return value
  }

  list(depth: number): JsonValue[] {
    const values: JsonValue[] = []
    for (let tag = this.#tag(); tag !== 0; tag = this.#tag()) {
      if (tag === field(1, LENGTH)) values.push(this.#inner().value(depth))
      else this.#skip(tag)
    }
    return values
  }

  struct(depth: number): { [key: string]: JsonValue } {
    const entries: (readonly [string, JsonValue])[] = []
    for (let tag = this.#tag(); tag !== 0; tag = this.#tag()) {
      if (tag === field(1, LENGTH)) entries.push(this.#inner().entry(depth))
      else this.#skip(tag)
    }
    return Object.fromEntries(entries)
  }

  entry(depth: number): readonly [string, JsonValue] {
    let key = ''
    let value: JsonValue = null
    for (let tag = this.#tag(); tag !== 0; tag = this.#tag()) {
      if (tag === field(1, LENGTH)) key = this.#text()
      else if (tag === field(2, LENGTH)) value = this.#inner().value(depth)
      else this.#skip(tag)
    }
    return [key, value]
  }

  /** 0: the end. */
  #tag(): number {
    if (this.#at === this.#bytes.length) return 0
    const tag = this.#varint()
    if (tag < 8) throw new Malformed()
    return tag
  }

  #varint(): number {
    let value = 0
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new Malformed()
      value += (byte & 127) * 2 ** (7 * i)
      if (byte < 128) return value
    }
    throw new Malformed()
  }

  #take(size: number): Uint8Array {
    const end = this.#at + size
    if (end > this.#bytes.length) throw new Malformed()
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  #double(): number {
    const { buffer, byteOffset } = this.#take(8)
    return new DataView(buffer, byteOffset, 8).getFloat64(0, true)
  }

  #text(): string {
    return Buffer.from(this.#take(this.#varint())).toString()
  }

  #inner(): Message {
    return new Message(this.#take(this.#varint()))
  }

  #skip(tag: number): void {
    const kind = tag & 7
    if (kind === VARINT) this.#varint()
    else if (kind === FIXED64) this.#take(8)
    else if (kind === LENGTH) this.#take(this.#varint())
    else if (kind === FIXED32) this.#take(4)
    else throw new Malformed()
  }
}

function field(number: number, kind: number): number {
  return (number << 3) | kind
}
