import { type PlainServer, servePlainTcp } from '../../network/plain-tcp.ts'

/**
 * Thrift in its framed transport and binary protocol:
 *
 *   frame   length u32 | message
 *   message 80 01 00 kind | name length u32 | name | sequence id u32 | struct
 *   struct  0b field id u16 | string length u32 | string | 00
 */
export interface ThriftMessage {
  readonly kind: 'call' | 'reply'
  readonly name: string
  readonly sequenceId: number
  readonly text: string
}

const VERSION = 0x8001_0000
const KINDS = { call: 1, reply: 2 } as const
const STRING_FIELD = 0x0b

/** A thrift service with one method: `string echo(1: string text)`. */
export function startThriftServer(): PlainServer {
  return servePlainTcp(() => {
    let pending = Buffer.alloc(0)
    return (bytes) => {
      pending = Buffer.concat([pending, bytes])
      const replies: Buffer[] = []
      while (isWholeFrame(pending)) {
        const call = decodeMessage(pending)
        pending = pending.subarray(4 + pending.readUInt32BE(0))
        replies.push(encodeMessage({ ...call, kind: 'reply' }))
      }
      return Buffer.concat(replies)
    }
  })
}

export function isWholeFrame(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)
}

/** An argument has field id 1, a result field id 0. */
export function encodeMessage({ kind, name, sequenceId, text }: ThriftMessage): Buffer {
  const nameLength = Buffer.byteLength(name)
  const textLength = Buffer.byteLength(text)
  const bytes = Buffer.alloc(4 + 4 + 4 + nameLength + 4 + 3 + 4 + textLength + 1)
  let at = bytes.writeUInt32BE(bytes.length - 4, 0)
  at = bytes.writeUInt32BE(VERSION + KINDS[kind], at)
  at = bytes.writeUInt32BE(nameLength, at)
  at += bytes.write(name, at)
  at = bytes.writeUInt32BE(sequenceId, at)
  at = bytes.writeUInt8(STRING_FIELD, at)
  at = bytes.writeUInt16BE(kind === 'call' ? 1 : 0, at)
  at = bytes.writeUInt32BE(textLength, at)
  bytes.write(text, at)
  return bytes
}

/** Throws on what is no message of the shape above. */
export function decodeMessage(frame: Buffer): ThriftMessage {
  const kind = frame.readUInt32BE(4) === VERSION + KINDS.call ? 'call' : 'reply'
  if (frame.readUInt32BE(4) !== VERSION + KINDS[kind]) throw new Error('not a binary message')
  const nameEnd = 12 + frame.readUInt32BE(8)
  const textAt = nameEnd + 4 + 3 + 4
  if (frame[nameEnd + 4] !== STRING_FIELD) throw new Error('expected a string')
  return {
    kind,
    name: frame.toString('utf8', 12, nameEnd),
    sequenceId: frame.readUInt32BE(nameEnd),
    text: frame.toString('utf8', textAt, textAt + frame.readUInt32BE(textAt - 4)),
  }
}
