import { expect, test } from 'bun:test'
import { writeException } from '../../../src/codec/thrift/application-exception.ts'
import { createMessageWriter } from '../../../src/codec/thrift/create-writer.ts'
import {
  ExceptionType,
  MessageType,
  ProtocolType,
  TransportType,
} from '../../../src/codec/thrift/types.ts'
import { hex, metadataOf, toHex } from './messages.ts'

const TEXT = Buffer.from("no route for method 'ping'").toString('hex')
const STRICT = `80010003 00000004 70696e67 00000001 0b0001 0000001a ${TEXT} 080002 00000001 00`

for (const [transport, protocol, bytes] of [
  [TransportType.Unframed, ProtocolType.Binary, STRICT],
  [TransportType.Framed, ProtocolType.Binary, `00000039 ${STRICT}`],
  [
    TransportType.Header,
    ProtocolType.Binary,
    `00000047 0fff 0000 00000001 0001 00000000 ${STRICT}`,
  ],
  [TransportType.Unframed, ProtocolType.Compact, `826101 04 70696e67 181a ${TEXT} 15 02 00`],
] as const) {
  test(`an exception answers with the call's name and id (${transport}/${protocol})`, () => {
    const writer = createMessageWriter({ transport, protocol })
    const metadata = metadataOf('ping', MessageType.Call, 1)
    const text = "no route for method 'ping'"
    expect(writeException(writer, metadata, ExceptionType.UnknownMethod, text)).toBe(true)
    expect(toHex(writer.out.take())).toBe(toHex(hex(bytes)))
    expect(metadata.messageType).toBe(MessageType.Call)
  })
}

test('an exception says a name that is not ASCII as it came', () => {
  const writer = createMessageWriter({
    transport: TransportType.Unframed,
    protocol: ProtocolType.Json,
  })
  const name = 'h\xc3\xa9'
  writeException(writer, metadataOf(name, MessageType.Call, 1), ExceptionType.InternalError, name)
  expect(new TextDecoder().decode(writer.out.take())).toBe(
    '[1,"hé",3,1,{"1":{"str":"hé"},"2":{"i32":6}}]',
  )
})
