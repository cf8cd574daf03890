import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createMessageWriter } from '../../src/codec/thrift/create-writer.ts'
import { MessageMetadata } from '../../src/codec/thrift/message.ts'
import { MessageReader } from '../../src/codec/thrift/message-reader.ts'
import { Read } from '../../src/codec/thrift/protocol-reader.ts'
import {
  FieldType,
  MessageType,
  PROTOCOL_NAMES,
  ProtocolType,
  ReplyType,
  TRANSPORT_NAMES,
  TransportType,
} from '../../src/codec/thrift/types.ts'
import type { ThriftStruct } from '../../src/codec/thrift/value.ts'
import { doubleOf } from '../../src/codec/thrift/value.ts'
import { playValue } from '../../src/codec/thrift/value-events.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import { MessageInput } from '../../src/thrift/message-input.ts'
import type { Wire } from '../../src/thrift/message-output.ts'
import { ThriftTap } from '../../src/thrift/tap.ts'
import type { WholeMessage } from '../../src/thrift/whole-message.ts'
import { FakeTime } from '../support/fake-time.ts'

const { Framed, Unframed, Header } = TransportType
const { Binary, LaxBinary, Compact, Json, Twitter } = ProtocolType
const WIRES: readonly Wire[] = [
  ...[Framed, Unframed].flatMap((transport) =>
    [Binary, LaxBinary, Compact, Json, Twitter].map((protocol) => ({ transport, protocol })),
  ),
  { transport: Header, protocol: Binary },
  { transport: Header, protocol: Compact },
]

const STRUCT: ThriftStruct = {
  type: 'struct',
  fields: [
    { id: 1, value: { type: 'bool', value: true } },
    { id: 2, value: { type: 'i64', value: -5n } },
    { id: 3, value: doubleOf(0.5) },
    { id: 4, value: { type: 'string', bytes: Buffer.from('grüße') } },
    {
      id: 5,
      value: {
        type: 'map',
        keyType: FieldType.I32,
        valueType: FieldType.String,
        items: [
          { type: 'i32', value: 1 },
          { type: 'string', bytes: Buffer.from('one') },
        ],
      },
    },
    {
      id: 6,
      value: {
        type: 'list',
        elementType: FieldType.Bool,
        items: [
          { type: 'bool', value: false },
          { type: 'bool', value: true },
        ],
      },
    },
  ],
}
const SHOWN = { 1: true, 2: -5, 3: 0.5, 4: 'grüße', 5: { map: [[1, 'one']] }, 6: [false, true] }

function messageIn(wire: Wire): WholeMessage {
  const writer = createMessageWriter(wire)
  const metadata = new MessageMetadata()
  metadata.methodName = 'm'
  metadata.sequenceId = 3
  writer.messageBegin(metadata)
  playValue(STRUCT, writer)
  if (!writer.messageEnd()) throw new Error(writer.error)
  const input = new MessageInput(new MessageReader(wire), false)
  input.append(writer.out.take())
  expect(input.next()).toBe(Read.Done)
  return input
}

function tapOf(lines: string[]): ThriftTap {
  const time = new FakeTime()
  const timers = new TimerWheel(time, (error) => {
    throw error
  })
  const tap = new ThriftTap({
    timers,
    timeSource: time,
    post: (batches) => {
      for (const batch of batches) lines.push(...batch.lines.trimEnd().split('\n'))
      timers.stop()
    },
  })
  const filter = { method: null, client: null, listener: null, errorsOnly: false, slowerThanMs: 0 }
  tap.setFilters([{ id: 0, ...filter }])
  return tap
}

const CLIENT = { listener: 'l', address: 'a' }

describe('arguments are shown alike in', () => {
  test.each(
    WIRES.map((wire) => ({
      ...wire,
      name: `${TRANSPORT_NAMES[wire.transport]} ${PROTOCOL_NAMES[wire.protocol]}`,
    })),
  )('$name', ({ transport, protocol, name }) => {
    const message = messageIn({ transport, protocol })
    const lines: string[] = []
    const tap = tapOf(lines)
    tap.endOneway(tap.begin(CLIENT, message), 'h')
    tap.onTimer()
    expect(JSON.parse(lines[0]!)).toMatchObject({
      method: 'm',
      id: 3,
      wire: name,
      arguments: SHOWN,
    })
    expect(lines[0]).not.toContain('"more"')
  })
})

test('whatever the bytes are, a line of JSON comes of them', () => {
  const protocols = fc.constantFrom(Binary, LaxBinary, Compact, Json, Twitter)
  const types = fc.constantFrom(MessageType.Reply, MessageType.Exception)
  const bodies = fc.uint8Array({ maxLength: 700 })
  const property = fc.property(protocols, types, bodies, bodies, (protocol, type, asked, got) => {
    const lines: string[] = []
    const tap = tapOf(lines)
    tap.end(
      tap.begin(CLIENT, wrong(protocol, MessageType.Call, asked)),
      'h',
      wrong(protocol, type, got),
    )
    tap.onTimer()
    expect(lines.length).toBe(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({ host: 'h' })
    expect(lines[0]!.length).toBeLessThan(16 * 1024)
  })
  fc.assert(property, { numRuns: 2000 })
})

/** As a filter that passes bodies on unread would have it. */
function wrong(protocol: ProtocolType, messageType: MessageType, bytes: Uint8Array): WholeMessage {
  const metadata = new MessageMetadata()
  Object.assign(metadata, { protocol, messageType, methodName: 'm', replyType: ReplyType.Success })
  const end = bytes.length
  const body = { bodyBytes: bytes, bodyStart: 0, bodyEnd: end }
  return { metadata, bytes, start: 0, end, ...body, isChecked: false }
}
