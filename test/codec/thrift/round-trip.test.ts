import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createMessageWriter } from '../../../src/codec/thrift/create-writer.ts'
import { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import { Read } from '../../../src/codec/thrift/protocol-reader.ts'
import {
  MessageType,
  PROTOCOL_NAMES,
  ProtocolType,
  TRANSPORT_NAMES,
  TransportType,
} from '../../../src/codec/thrift/types.ts'
import { encode, type Message, metadataOf, readAll } from './messages.ts'
import { anyStruct } from './values.ts'

type Wire = readonly [TransportType, ProtocolType]

const { Framed, Unframed, Header } = TransportType
const { Binary, LaxBinary, Compact, Json } = ProtocolType
const WIRES: readonly Wire[] = [
  [Framed, Binary],
  [Unframed, Binary],
  [Header, Binary],
  [Framed, LaxBinary],
  [Unframed, LaxBinary],
  [Framed, Compact],
  [Unframed, Compact],
  [Header, Compact],
  [Framed, Json],
  [Unframed, Json],
  [Header, Json],
]

/** A machine that does much else. */
const SLOW_MS = 30_000

const anyMessage = fc
  .tuple(
    fc.string({ unit: 'binary-ascii', maxLength: 40 }),
    fc.constantFrom(MessageType.Call, MessageType.Exception, MessageType.Oneway),
    fc.integer(),
    anyStruct(),
  )
  .map(([name, type, id, body]): Message => ({ metadata: metadataOf(name, type, id), body }))

function nameOf([transport, protocol]: Wire): string {
  return `${TRANSPORT_NAMES[transport]}/${PROTOCOL_NAMES[protocol]}`
}

function read([transport, protocol]: Wire, pieces: readonly Uint8Array[]): Message[] {
  return readAll(new MessageReader({ transport, protocol }), pieces)
}

/** As a proxy does it: the reader's events go to the writer, in pieces as they come. */
function convert([from, to]: readonly [Wire, Wire], bytes: Uint8Array, step: number): Uint8Array {
  const reader = new MessageReader({ transport: from[0], protocol: from[1] })
  const writer = createMessageWriter({ transport: to[0], protocol: to[1] })
  let at = 0
  let isBegun = false
  for (let limit = Math.min(step, bytes.length); ; limit = Math.min(limit + step, bytes.length)) {
    if (!isBegun) {
      isBegun = reader.readBegin(bytes, at, limit) === Read.Done
      at = reader.next
      if (isBegun) writer.messageBegin(reader.metadata)
    }
    if (isBegun) {
      const status = reader.readBody(bytes, at, limit, writer)
      at = reader.next
      if (status === Read.Done) break
      expect(reader.error).toBe('')
    }
    expect(limit).toBeLessThan(bytes.length)
  }
  expect(writer.messageEnd()).toBe(true)
  expect(at).toBe(bytes.length)
  return writer.out.take()
}

function said({ metadata, body }: Message): unknown {
  const { methodName, messageType, sequenceId } = metadata
  return { methodName, messageType, sequenceId, body }
}

describe('any message', () => {
  for (const wire of WIRES) {
    test(
      `comes back as it was from ${nameOf(wire)}, whatever way it is cut`,
      () => {
        fc.assert(
          fc.property(anyMessage, fc.integer({ min: 1, max: 9 }), (message, step) => {
            const bytes = encode(wire[0], wire[1], message.metadata, message.body)
            const pieces: Uint8Array[] = []
            for (let at = 0; at < bytes.length; at += step) pieces.push(bytes.slice(at, at + step))
            expect(read(wire, pieces).map(said)).toEqual([said(message)])
          }),
          { numRuns: 40 },
        )
      },
      SLOW_MS,
    )
  }

  test(
    'is the same after a journey through all of them',
    () => {
      fc.assert(
        fc.property(
          anyMessage,
          fc.shuffledSubarray([...WIRES], { minLength: WIRES.length }),
          fc.integer({ min: 1, max: 200 }),
          (message, journey, step) => {
            let bytes = encode(journey[0]![0], journey[0]![1], message.metadata, message.body)
            for (let i = 1; i < journey.length; i++) {
              bytes = convert([journey[i - 1]!, journey[i]!], bytes, step)
            }
            expect(read(journey.at(-1)!, [bytes]).map(said)).toEqual([said(message)])
          },
        ),
        { numRuns: 40 },
      )
    },
    SLOW_MS,
  )

  for (const wire of WIRES) {
    test(
      `is passed on byte for byte on ${nameOf(wire)}`,
      () => {
        fc.assert(
          fc.property(anyMessage, fc.integer({ min: 1, max: 50 }), (message, step) => {
            const bytes = encode(wire[0], wire[1], message.metadata, message.body)
            for (const way of ['skipBody', 'passBody'] as const) {
              if (way === 'passBody' && wire[0] === Unframed) continue
              const reader = new MessageReader({ transport: wire[0], protocol: wire[1] })
              const writer = createMessageWriter({ transport: wire[0], protocol: wire[1] })
              let at = 0
              let isBegun = false
              for (let limit = 0; limit < bytes.length; ) {
                limit = Math.min(limit + step, bytes.length)
                if (!isBegun) {
                  isBegun = reader.readBegin(bytes, at, limit) === Read.Done
                  at = reader.next
                  if (isBegun) writer.messageBegin(reader.metadata)
                }
                if (!isBegun) continue
                reader[way](bytes, at, limit)
                at = reader.next
                writer.raw(reader.pieceBytes, reader.pieceStart, reader.pieceEnd)
              }
              expect(reader.isBetween).toBe(true)
              expect(writer.messageEnd()).toBe(true)
              expect(writer.out.take()).toEqual(bytes)
            }
          }),
          { numRuns: 40 },
        )
      },
      SLOW_MS,
    )
  }
})
