/** Tags of the universal types that certificates are made of. */
export const DerTag = {
  Boolean: 0x01,
  Integer: 0x02,
  BitString: 0x03,
  OctetString: 0x04,
  ObjectId: 0x06,
  Utf8String: 0x0c,
  UtcTime: 0x17,
  GeneralizedTime: 0x18,
  BmpString: 0x1e,
  UniversalString: 0x1c,
  Sequence: 0x30,
  Set: 0x31,
} as const

/** The bytes are no DER, or not what the reader expects. */
export class DerError extends Error {}

/** One element: its tag, and where its content lies in `bytes`. */
export interface DerElement {
  readonly tag: number
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** Reads the elements of one level in order; each reader is asked for what must come next. */
export class DerReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  /** The tag of what comes next; -1 at the end. */
  peekTag(): number {
    return this.done ? -1 : this.#bytes[this.#at]!
  }

  next(): DerElement {
    const bytes = this.#bytes
    if (this.#at + 2 > this.#end) throw new DerError('the bytes end within a header')
    const tag = bytes[this.#at]!
    if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of several bytes')
    let length = bytes[this.#at + 1]!
    let start = this.#at + 2
    if (length >= 0x80) {
      const count = length & 0x7f
      if (count === 0 || count > 4 || start + count > this.#end) {
        throw new DerError('a length that is not definite, or too long')
      }
      length = 0
      for (let i = 0; i < count; i++) length = length * 256 + bytes[start + i]!
      start += count
    }
    if (length > this.#end - start) throw new DerError('an element longer than what holds it')
    this.#at = start + length
    return { tag, bytes, start, end: this.#at }
  }

  /** The next element, which must have this tag. */
  expect(tag: number): DerElement {
    const element = this.next()
    if (element.tag !== tag) throw new DerError(`tag ${element.tag}, expected ${tag}`)
    return element
  }

  /** The next element if it has this tag. */
  optional(tag: number): DerElement | null {
    return this.peekTag() === tag ? this.next() : null
  }
}

/** The elements within a constructed one. */
export function within(element: DerElement): DerReader {
  return new DerReader(element.bytes, element.start, element.end)
}

export function contentOf({ bytes, start, end }: DerElement): Uint8Array {
  return bytes.subarray(start, end)
}

/** `2.5.29.17`. */
export function objectId(element: DerElement): string {
  const content = contentOf(element)
  if (content.length === 0) throw new DerError('an empty object identifier')
  const parts: number[] = []
  let value = 0
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f)
    if (value > Number.MAX_SAFE_INTEGER) throw new DerError('an object identifier too long')
    if (byte >= 0x80) continue
    parts.push(value)
    value = 0
  }
  const first = parts[0] ?? 0
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...parts.slice(1)].join('.')
}

/** A non-negative whole number, at most four bytes of it. */
export function smallInteger(element: DerElement): number {
  const content = contentOf(element)
  if (content.length === 0 || content.length > 4) throw new DerError('an integer out of range')
  return content.reduce((sum, byte) => sum * 256 + byte, 0)
}
