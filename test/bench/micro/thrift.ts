import { createMessageWriter } from '../../../src/codec/thrift/create-writer.ts'
import { MessageMetadata } from '../../../src/codec/thrift/message.ts'
import { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import {
  FieldType,
  MessageType,
  ProtocolType,
  TransportType,
} from '../../../src/codec/thrift/types.ts'
import { doubleOf, type ThriftStruct, type ThriftValue } from '../../../src/codec/thrift/value.ts'
import { playValue } from '../../../src/codec/thrift/value-events.ts'
import type { MicroCase } from '../micro.ts'

type Wire = readonly [TransportType, ProtocolType]

const FRAMED_BINARY: Wire = [TransportType.Framed, ProtocolType.Binary]
const UNFRAMED_BINARY: Wire = [TransportType.Unframed, ProtocolType.Binary]
const FRAMED_COMPACT: Wire = [TransportType.Framed, ProtocolType.Compact]
const HEADER_COMPACT: Wire = [TransportType.Header, ProtocolType.Compact]
const FRAMED_JSON: Wire = [TransportType.Framed, ProtocolType.Json]

const text = (value: string): ThriftValue => ({ type: 'string', bytes: Buffer.from(value) })
const i32 = (value: number): ThriftValue => ({ type: 'i32', value })

function structOf(...values: ThriftValue[]): ThriftStruct {
  return { type: 'struct', fields: values.map((value, i) => ({ id: i + 1, value })) }
}

/** `Calculator.calculate(1, Work)` of Apache's tutorial, and some more: about 100 bytes. */
const SMALL = structOf(
  i32(1),
  structOf(i32(15), i32(10), i32(2), text('what is said about it')),
  { type: 'i64', value: 2n ** 40n },
  doubleOf(1.5),
  { type: 'bool', value: true },
)
/** About 10 KB: half of it one string, half a list of structs. */
const LARGE = structOf(text('x'.repeat(5000)), {
  type: 'list',
  elementType: FieldType.Struct,
  items: Array.from({ length: 150 }, (_, i) => structOf(i32(i), text('abcdefghij'), i32(-i))),
})

function call([transport, protocol]: Wire, body: ThriftStruct): Uint8Array {
  const metadata = new MessageMetadata()
  metadata.messageType = MessageType.Call
  metadata.methodName = 'calculate'
  metadata.sequenceId = 7
  const writer = createMessageWriter({ transport, protocol })
  writer.messageBegin(metadata)
  playValue(body, writer)
  writer.messageEnd()
  return writer.out.take()
}

/** A call on its way through: `way` is what happens to its body. */
function passed(
  name: string,
  [from, to]: readonly [Wire, Wire],
  body: ThriftStruct,
  way: 'readBody' | 'skipBody' | 'passBody',
): MicroCase {
  const bytes = call(from, body)
  return {
    name: `thrift: ${name} (${bytes.length} bytes)`,
    run: (count) => {
      const reader = new MessageReader({ transport: from[0], protocol: from[1] })
      const writer = createMessageWriter({ transport: to[0], protocol: to[1] })
      let written = 0
      for (let i = 0; i < count; i++) {
        reader.readBegin(bytes, 0, bytes.length)
        const { metadata } = reader
        metadata.sequenceId = i
        writer.messageBegin(metadata)
        if (way === 'readBody') {
          reader.readBody(bytes, reader.next, bytes.length, writer)
        } else {
          reader[way](bytes, reader.next, bytes.length)
          writer.raw(reader.pieceBytes, reader.pieceStart, reader.pieceEnd)
        }
        if (writer.messageEnd()) written += writer.out.length
        writer.out.clear()
      }
      return written
    },
  }
}

const SAME = [FRAMED_BINARY, FRAMED_BINARY] as const
const TO_COMPACT = [FRAMED_BINARY, HEADER_COMPACT] as const

/** Budget: 400 ns for an envelope, 2 µs for a conversion of 100 bytes. */
export const cases: readonly MicroCase[] = [
  passed('envelope alone', SAME, SMALL, 'passBody'),
  passed('checked, passed on', SAME, SMALL, 'skipBody'),
  passed('checked, passed on, unframed', [UNFRAMED_BINARY, UNFRAMED_BINARY], SMALL, 'skipBody'),
  passed('checked, passed on, compact', [FRAMED_COMPACT, FRAMED_COMPACT], SMALL, 'skipBody'),
  passed('framed binary to header compact', TO_COMPACT, SMALL, 'readBody'),
  passed('header compact to framed binary', [HEADER_COMPACT, FRAMED_BINARY], SMALL, 'readBody'),
  passed('framed binary to JSON', [FRAMED_BINARY, FRAMED_JSON], SMALL, 'readBody'),
  passed('large: envelope alone', SAME, LARGE, 'passBody'),
  passed('large: checked, passed on', SAME, LARGE, 'skipBody'),
  passed('large: framed binary to header compact', TO_COMPACT, LARGE, 'readBody'),
]
