/** The calls of the thrift rows and their replies, on both sides of a proxy: framed binary, and header compact. */
import { binary, compact, int32, type Value } from './thrift-value.ts'

/** How much a call carries, and its reply likewise: one string of that size, or a hundred structs. */
export type Payload = '100 B' | '10 KB' | '10 KB list'

/** A message whose sequence id is to be filled in. */
export interface Message {
  readonly bytes: Buffer
  /** Where its sequence id stands: 4 bytes. */
  readonly idAt: number
}

const VERSION = 0x8001_0000

/** The struct of a reply by the method's name, in each protocol. */
export const REPLIES: ReadonlyMap<string, { readonly binary: Buffer; readonly compact: Buffer }> =
  new Map([
    ['ping', { binary: binary({ struct: [] }), compact: compact({ struct: [] }) }],
    ...(['100 B', '10 KB', '10 KB list'] as const).map((payload) => {
      const reply: Value = { struct: [[0, work(payload)]] }
      return [method(payload), { binary: binary(reply), compact: compact(reply) }] as const
    }),
  ])

/** `ping()`: what asks whether a proxy serves. */
export const PING_CALL = framed(1, 'ping', binary({ struct: [] })).bytes
export const PING_REPLY = framed(2, 'ping', REPLIES.get('ping')!.binary).bytes

/** `calculate(1: i32 logid, 2: Work work)`, framed binary. */
export function callOf(payload: Payload): Message {
  const args: Value = {
    struct: [
      [1, { i32: 42 }],
      [2, work(payload)],
    ],
  }
  return framed(1, method(payload), binary(args))
}

/** What the client sees: framed binary, whatever is spoken behind the proxy. */
export function replyOf(payload: Payload): Message {
  return framed(2, method(payload), REPLIES.get(method(payload))!.binary)
}

function method(payload: Payload): string {
  return payload === '100 B' ? 'calculate' : payload === '10 KB' ? 'calculateLong' : 'calculateMany'
}

/** The tutorial's Work, whose comment holds the payload. */
function work(payload: Payload): Value {
  const one = (comment: string): Value => ({
    struct: [
      [1, { i32: 15 }],
      [2, { i32: -10 }],
      [3, { i32: 2 }],
      [4, { text: comment }],
    ],
  })
  if (payload === '100 B') return one('c'.repeat(100))
  if (payload === '10 KB') return one('c'.repeat(10_000))
  return { list: Array.from({ length: 100 }, () => one('c'.repeat(70))) }
}

/** Frame size, version and type, name, sequence id, struct. */
function framed(type: number, name: string, struct: Buffer): Message {
  const head = Buffer.alloc(12 + name.length)
  const size = 12 + name.length + struct.length
  head.writeInt32BE(size, 0)
  head.writeUInt32BE(VERSION + type, 4)
  head.writeInt32BE(name.length, 8)
  head.write(name, 12, 'latin1')
  return { bytes: Buffer.concat([head, int32(0), struct]), idAt: head.length }
}
