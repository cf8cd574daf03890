import { describe, expect, test } from 'bun:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { createMessageWriter } from '../../src/codec/thrift/create-writer.ts'
import { THRIFT_LIMITS } from '../../src/codec/thrift/limits.ts'
import { MessageMetadata } from '../../src/codec/thrift/message.ts'
import { MessageReader } from '../../src/codec/thrift/message-reader.ts'
import { Read } from '../../src/codec/thrift/protocol-reader.ts'
import { FieldType, ProtocolType, TransportType } from '../../src/codec/thrift/types.ts'
import { MessageInput } from '../../src/thrift/message-input.ts'
import { MessageOutput, type Wire } from '../../src/thrift/message-output.ts'

const WIRES: Wire[] = [TransportType.Framed, TransportType.Unframed, TransportType.Header].flatMap(
  (transport) =>
    [ProtocolType.Binary, ProtocolType.Compact, ProtocolType.Json].map((protocol) => ({
      transport,
      protocol,
    })),
)

/** A call with one list of numbers. */
function call(wire: Wire, id: number, values: readonly number[]): Uint8Array {
  const writer = createMessageWriter(wire)
  const metadata = new MessageMetadata()
  metadata.methodName = 'sum'
  metadata.sequenceId = id
  writer.messageBegin(metadata)
  writer.structBegin()
  writer.fieldBegin(FieldType.List, 1)
  writer.listBegin(FieldType.I32, values.length)
  for (const value of values) writer.i32(value)
  writer.listEnd()
  writer.fieldEnd()
  writer.structEnd()
  writer.messageEnd()
  return writer.out.take()
}

function input(wire: Wire, passes = false): MessageInput {
  return new MessageInput(new MessageReader({ ...wire, limits: THRIFT_LIMITS }), passes)
}

const numbers = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 40 })

describe('messages', () => {
  for (const wire of WIRES) {
    test(`come out of any pieces whole, and go to any other side equal: ${JSON.stringify(wire)}`, () => {
      const output = new MessageOutput(THRIFT_LIMITS)
      fc.assert(
        fc.property(
          numbers,
          numbers,
          fc.integer({ min: 1, max: 9 }),
          fc.boolean(),
          (a, b, size, passes) => {
            const bytes = Buffer.concat([call(wire, 1, a), call(wire, 2, b)])
            const from = input(wire, passes)
            const made: string[] = []
            for (let at = 0; at < bytes.length; at += size) {
              from.append(new Uint8Array(bytes.subarray(at, at + size)))
              while (from.next() === Read.Done) {
                for (const to of WIRES) {
                  expect(output.encode(from, from.metadata, to, false)).toBe(true)
                  made.push(Buffer.from(output.view()).toString('hex'))
                }
              }
              from.settle()
            }
            const wanted = [a, b].flatMap((values, index) =>
              WIRES.map((to) => Buffer.from(call(to, index + 1, values)).toString('hex')),
            )
            expect(made).toEqual(wanted)
          },
        ),
        { numRuns: 15 },
      )
    })
  }

  test('that need nothing but another id are sent from where they lie', () => {
    const wire = { transport: TransportType.Framed, protocol: ProtocolType.Binary }
    const bytes = call(wire, 1, [7])
    const from = input(wire)
    from.append(bytes)
    expect(from.next()).toBe(Read.Done)
    const output = new MessageOutput(THRIFT_LIMITS)
    from.metadata.sequenceId = 99
    expect(output.encode(from, from.metadata, wire, true)).toBe(true)
    expect(output.bytes).toBe(bytes)
    expect(output.view()).toEqual(call(wire, 99, [7]))
  })

  test('that came compressed are inflated for the other side', () => {
    const wire = { transport: TransportType.Header, protocol: ProtocolType.Binary }
    const plain = call({ ...wire, transport: TransportType.Unframed }, 1, [7])
    const packed = deflateSync(plain)
    // Protocol 0, one transform: zlib; padded to four bytes.
    const head = Buffer.from([0x0f, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0])
    const frame = Buffer.concat([Buffer.alloc(4), head, packed])
    frame.writeInt32BE(frame.length - 4)
    const from = input(wire)
    from.append(new Uint8Array(frame))
    expect(from.next()).toBe(Read.Done)
    const output = new MessageOutput(THRIFT_LIMITS)
    const framed = { transport: TransportType.Framed, protocol: ProtocolType.Compact }
    expect(output.encode(from, from.metadata, framed, true)).toBe(true)
    expect(output.view()).toEqual(call(framed, 1, [7]))
  })

  test('that cannot be read say why when they are converted', () => {
    const wire = { transport: TransportType.Framed, protocol: ProtocolType.Binary }
    const bytes = call(wire, 1, [7])
    bytes[bytes.length - 10] = 99
    const from = input(wire, true)
    from.append(bytes)
    expect(from.next()).toBe(Read.Done)
    const output = new MessageOutput(THRIFT_LIMITS)
    const compact = { ...wire, protocol: ProtocolType.Compact }
    expect(output.encode(from, from.metadata, compact, true)).toBe(false)
    expect(output.error).not.toBe('')
  })
})
