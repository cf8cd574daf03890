import { varint } from './thrift-value.ts'
import { REPLIES } from './thrift-wire.ts'

const HEADER_MAGIC = 0x0fff
const COMPACT_REPLY = 0x41
const STRICT_REPLY = 0x8001_0002
/** Frame size, magic, flags, id, header's words; then protocol 2, no transforms and two bytes of padding. */
const HEADER_BYTES = 18

/** Reads one connection's calls, wherever they are cut, and gives the replies to those that are whole. */
export class ThriftScanner {
  #rest: Buffer | null = null
  /** Given out: what is returned is valid until the next call of any. */
  static #out = Buffer.allocUnsafe(1 << 20)
  #length = 0

  /** Null for what is no call of the rows. */
  answer(chunk: Buffer): Buffer | null {
    const input = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk])
    this.#length = 0
    let at = 0
    while (input.length - at >= 4) {
      const end = at + 4 + input.readUInt32BE(at)
      if (end > input.length) break
      const isRight =
        input.readUInt16BE(at + 4) === HEADER_MAGIC
          ? this.#compact(input, at)
          : this.#binary(input, at)
      if (!isRight) return null
      at = end
    }
    this.#rest = at < input.length ? Buffer.from(input.subarray(at)) : null
    return ThriftScanner.#out.subarray(0, this.#length)
  }

  #binary(input: Buffer, at: number): boolean {
    const nameLength = input.readUInt32BE(at + 8)
    const nameEnd = at + 12 + nameLength
    const reply = REPLIES.get(input.toString('latin1', at + 12, nameEnd))
    if (reply === undefined) return false
    const out = this.#room(16 + nameLength + reply.binary.length)
    let to = this.#length
    to = out.writeUInt32BE(12 + nameLength + reply.binary.length, to)
    to = out.writeUInt32BE(STRICT_REPLY, to)
    to += input.copy(out, to, at + 8, nameEnd + 4)
    this.#length = to + reply.binary.copy(out, to)
    return true
  }

  /** The id stands in the header and again in the message, which decides. */
  #compact(input: Buffer, at: number): boolean {
    let from = at + 14 + input.readUInt16BE(at + 12) * 4 + 2
    let id = 0
    for (let shift = 0; ; shift += 7) {
      const byte = input[from++]!
      id |= (byte & 127) << shift
      if (byte < 128) break
    }
    const nameLength = input[from]!
    const reply = REPLIES.get(input.toString('latin1', from + 1, from + 1 + nameLength))
    if (reply === undefined) return false
    const idBytes = varint(id)
    const size = HEADER_BYTES + 2 + idBytes.length + 1 + nameLength + reply.compact.length
    const out = this.#room(size)
    let to = this.#length
    to = out.writeUInt32BE(size - 4, to)
    to = out.writeUInt32BE(HEADER_MAGIC << 16, to)
    to = out.writeInt32BE(id, to)
    to = out.writeUInt16BE(1, to)
    to = out.writeUInt32BE(0x0200_0000, to)
    out[to++] = 0x82
    out[to++] = COMPACT_REPLY
    to += idBytes.copy(out, to)
    to += input.copy(out, to, from, from + 1 + nameLength)
    this.#length = to + reply.compact.copy(out, to)
    return true
  }

  #room(bytes: number): Buffer {
    if (this.#length + bytes > ThriftScanner.#out.length) {
      const larger = Buffer.allocUnsafe((this.#length + bytes) * 2)
      larger.set(ThriftScanner.#out.subarray(0, this.#length))
      ThriftScanner.#out = larger
    }
    return ThriftScanner.#out
  }
}
