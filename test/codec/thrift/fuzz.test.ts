import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createMessageWriter } from '../../../src/codec/thrift/create-writer.ts'
import { THRIFT_LIMITS } from '../../../src/codec/thrift/limits.ts'
import { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import { Read } from '../../../src/codec/thrift/protocol-reader.ts'
import { MessageType, ProtocolType, TransportType } from '../../../src/codec/thrift/types.ts'
import { encode, metadataOf } from './messages.ts'
import { anyStruct } from './values.ts'

const { Auto, Framed, Unframed, Header } = TransportType
const { Binary, LaxBinary, Compact, Twitter, Json } = ProtocolType
const WIRES = [
  [Framed, Binary],
  [Unframed, Binary],
  [Unframed, LaxBinary],
  [Framed, Compact],
  [Unframed, Compact],
  [Header, Compact],
  [Framed, Json],
] as const

/** A machine that does much else. */
const SLOW_MS = 30_000

const LIMITS = { ...THRIFT_LIMITS, maxMessageBytes: 10_000, maxDepth: 20 }

/** A message of which some bytes were changed, dropped or added. */
const anyDamaged = fc
  .tuple(
    fc.constantFrom(...WIRES),
    anyStruct(2),
    fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('set', 'cut', 'add'), fc.integer({ min: 0, max: 255 })),
      { maxLength: 4 },
    ),
  )
  .map(([[transport, protocol], body, damages]) => {
    const metadata = metadataOf('method', MessageType.Call, 5)
    let bytes = [...encode(transport, protocol, metadata, body)]
    for (const [place, what, byte] of damages) {
      const at = place % bytes.length
      if (what === 'set') bytes[at] = byte
      else if (what === 'add') bytes.splice(at, 0, byte)
      else if (at > 0) bytes = bytes.slice(0, at)
    }
    return { transport, protocol, bytes: Uint8Array.from(bytes) }
  })

interface Outcome {
  read: Read
  error: string
  /** Bytes taken until the end or the error. */
  taken: number
}

/** Feeds bytes in steps until the message ends, fails, or they are used up. */
function feed(
  reader: MessageReader,
  bytes: Uint8Array,
  step: number,
  way: 'decode' | 'skip',
): Outcome {
  const writer = createMessageWriter({ transport: Framed, protocol: Json, limits: LIMITS })
  let at = 0
  let isBegun = false
  let read: Read = Read.More
  for (let limit = 0; limit < bytes.length; ) {
    limit = Math.min(limit + step, bytes.length)
    if (!isBegun) {
      read = reader.readBegin(bytes, at, limit)
      at = reader.next
      if (read === Read.Error) break
      isBegun = read === Read.Done
      if (!isBegun) continue
      writer.messageBegin(reader.metadata)
    }
    read =
      way === 'decode'
        ? reader.readBody(bytes, at, limit, writer)
        : reader.skipBody(bytes, at, limit)
    at = reader.next
    expect(writer.out.bytes.length).toBeLessThanOrEqual(4 * LIMITS.maxMessageBytes)
    if (read !== Read.More) break
  }
  return { read, error: read === Read.Error ? reader.error : '', taken: at }
}

describe('damaged messages', () => {
  test(
    'end in the same way whether they are decoded or skipped, and whatever way they are cut',
    () => {
      fc.assert(
        fc.property(anyDamaged, fc.integer({ min: 1, max: 60 }), (damaged, step) => {
          const { transport, protocol, bytes } = damaged
          const options = { transport, protocol, limits: LIMITS }
          const whole = feed(new MessageReader(options), bytes, bytes.length, 'decode')
          const skipped = feed(new MessageReader(options), bytes, bytes.length, 'skip')
          const cut = feed(new MessageReader(options), bytes, step, 'decode')
          expect([skipped.read, skipped.error]).toEqual([whole.read, whole.error])
          expect([cut.read, cut.error]).toEqual([whole.read, whole.error])
          if (whole.read === Read.Done) {
            expect([skipped.taken, cut.taken]).toEqual([whole.taken, whole.taken])
          }
        }),
        { numRuns: 200 },
      )
    },
    SLOW_MS,
  )
})

describe('noise', () => {
  const anyNoise = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(
        fc.constantFrom(
          [0x80, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
          [0x82, 0x21, 1, 0],
          [0, 0, 0, 200, 0x0f, 0xff, 0, 0, 0, 0, 0, 1, 0, 10],
          [...Buffer.from('[1,"",1,1,')],
        ),
        fc.uint8Array({ maxLength: 300 }),
      )
      .map(([head, rest]) => Uint8Array.from([...head, ...rest])),
  )

  test(
    'never throws past a reader, and is taken or refused',
    () => {
      fc.assert(
        fc.property(
          anyNoise,
          fc.constantFrom(Auto, Framed, Unframed, Header),
          fc.constantFrom(ProtocolType.Auto, Binary, LaxBinary, Compact, Twitter, Json),
          fc.boolean(),
          (bytes, transport, protocol, isUpgraded) => {
            const reader = new MessageReader({ transport, protocol, limits: LIMITS })
            if (isUpgraded) reader.setUpgraded(true)
            const { read, taken } = feed(reader, bytes, 7, 'decode')
            expect(taken).toBeLessThanOrEqual(bytes.length)
            if (read === Read.Error) expect(reader.error).not.toBe('')
            if (read === Read.More) expect(reader.needed).toBeGreaterThan(0)
          },
        ),
        { numRuns: 800 },
      )
    },
    SLOW_MS,
  )
})
