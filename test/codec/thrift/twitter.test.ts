import { describe, expect, test } from 'bun:test'
import { createMessageWriter } from '../../../src/codec/thrift/create-writer.ts'
import { THRIFT_LIMITS } from '../../../src/codec/thrift/limits.ts'
import type { MessageMetadata } from '../../../src/codec/thrift/message.ts'
import { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import { Read } from '../../../src/codec/thrift/protocol-reader.ts'
import {
  acceptUpgrade,
  isUpgradeAccepted,
  writeUpgradeRequest,
} from '../../../src/codec/thrift/twitter-upgrade.ts'
import { MessageType, ProtocolType, TransportType } from '../../../src/codec/thrift/types.ts'
import type { ThriftStruct } from '../../../src/codec/thrift/value.ts'
import { playValue } from '../../../src/codec/thrift/value-events.ts'
import { cut, hex, metadataOf, readAll, toHex } from './messages.ts'

const FRAMED_TWITTER = { transport: TransportType.Framed, protocol: ProtocolType.Twitter }
const NAME = Buffer.from('__can__finagle__trace__v3__').toString('hex')
const EMPTY: ThriftStruct = { type: 'struct', fields: [] }

function headersOf({ headers }: MessageMetadata): [string, string][] {
  return Array.from({ length: headers.size }, (_, i) => [headers.name(i), headers.value(i)])
}

function upgradedWriter() {
  const writer = createMessageWriter(FRAMED_TWITTER)
  writer.isUpgraded = true
  return writer
}

function upgradedReader() {
  const reader = new MessageReader(FRAMED_TWITTER)
  reader.setUpgraded(true)
  return reader
}

/** Reads one message; its metadata. */
function readOne(bytes: Uint8Array): MessageMetadata {
  return readAll(upgradedReader(), [bytes])[0]!.metadata
}

function write(metadata: MessageMetadata): Uint8Array {
  const writer = upgradedWriter()
  writer.messageBegin(metadata)
  playValue(EMPTY, writer)
  expect(writer.messageEnd()).toBe(true)
  return writer.out.take()
}

describe("the upgrade to Twitter's protocol", () => {
  const request = hex(`00000028 80010001 0000001b ${NAME} 00000000 00`)
  const reply = hex(`00000028 80010002 0000001b ${NAME} 00000000 00`)

  test('is asked for with a call of 40 bytes', () => {
    const writer = createMessageWriter(FRAMED_TWITTER)
    writeUpgradeRequest(writer)
    expect(toHex(writer.out.take())).toBe(toHex(request))
  })

  test('is seen by who detects protocols, whatever way it is cut, and accepted', () => {
    for (let at = 0; at <= request.length; at++) {
      const reader = new MessageReader({
        transport: TransportType.Auto,
        protocol: ProtocolType.Auto,
      })
      const { metadata } = readAll(reader, cut(request, at))[0]!
      expect(reader.protocol).toBe(ProtocolType.Twitter)
      expect(metadata.isProtocolUpgrade).toBe(true)
      const writer = createMessageWriter(FRAMED_TWITTER)
      acceptUpgrade(reader, writer, metadata)
      expect(toHex(writer.out.take())).toBe(toHex(reply))
    }
  })

  test('is accepted by an empty reply and refused by anything else', () => {
    const answer = (bytes: Uint8Array) =>
      isUpgradeAccepted(readAll(new MessageReader(FRAMED_TWITTER), [bytes])[0]!.metadata)
    expect(answer(reply)).toBe(true)
    expect(answer(hex(`0000002f 80010002 0000001b ${NAME} 00000000 08000000000005 00`))).toBe(false)
    expect(answer(hex(`0000002f 80010003 0000001b ${NAME} 00000000 08000200000001 00`))).toBe(false)
  })

  test('is not seen in a call whose name only begins so', () => {
    const reader = new MessageReader({ transport: TransportType.Auto, protocol: ProtocolType.Auto })
    readAll(reader, [hex('80010001 00000005 5f5f63616e 00000000 00')])
    expect(reader.protocol).toBe(ProtocolType.Binary)
  })

  test('is not needed: a client that does not ask is served plain binary', () => {
    const reader = new MessageReader(FRAMED_TWITTER)
    const ping = hex('00000011 80010001 00000004 70696e67 00000001 00')
    expect(readAll(reader, [ping, ping]).map(({ metadata }) => metadata.methodName)).toEqual([
      'ping',
      'ping',
    ])
  })
})

describe("a message of Twitter's protocol", () => {
  test('carries trace ids of zero where nothing is known', () => {
    const bytes = write(metadataOf('m', MessageType.Call, 7))
    expect(toHex(bytes)).toBe(
      toHex(
        hex(`00000025 0a0001 0000000000000000 0a0002 0000000000000000 00
          80010001 00000001 6d 00000007 00`),
      ),
    )
  })

  test('gives its client, destination, delegations and contexts as headers and takes them back', () => {
    const metadata = metadataOf('m', MessageType.Call, 7)
    metadata.headers.add('Trace', 'a')
    metadata.headers.add(':client-id', 'me')
    metadata.headers.add(':dest', '/s/them')
    metadata.headers.add(':d:/a', '/b')
    metadata.headers.add('bin', '\xff\0')
    const bytes = write(metadata)
    const expected = [
      [':client-id', 'me'],
      [':dest', '/s/them'],
      [':d:/a', '/b'],
      ['trace', 'a'],
      ['bin', '\xff\0'],
    ]
    expect(headersOf(readOne(bytes)).sort()).toEqual(expected.sort() as [string, string][])
    expect(headersOf(readOne(write(readOne(bytes)))).sort()).toEqual(expected as [string, string][])
  })

  test('keeps what has no header: trace, flags, spans, and fields to come', () => {
    for (const [head, type] of [
      [
        '0a0001 0102030405060708 0a0002 ffffffffffffffff 020005 01 0a0007 0000000000000001 08001400000009 00',
        '01',
      ],
      ['0f0001 0c 00000001 0a0001 0000000000000005 00 00', '02'],
    ] as const) {
      const bytes = hex(`${head} 800100${type} 00000001 6d 00000007 00`)
      const framed = Uint8Array.from([0, 0, 0, bytes.length, ...bytes])
      expect(toHex(write(readOne(framed)))).toBe(toHex(framed))
    }
  })

  test('is passed on as by Envoy: names in lower case, the rest as it was', () => {
    const trace =
      '0a0001 0000000000000001 0a0002 0000000000000002 0a0003 0000000000000003 020005 01'
    const client = '0c0006 0b0001 00000002 6d65 00 0a0007 0000000000000009'
    const contexts = (first: string) =>
      `0f0008 0c 00000002 0b0001 00000002 ${first} 0b0002 00000002 5631 00
        0b0001 00000002 6b32 0b0002 00000002 7632 00`
    const rest = (source: string) =>
      `0b0009 00000002 2f64 0f000a 0c 00000001 0b0001 00000002 ${source} 0b0002 00000002 2f74 00
        0a000b 000000000000004d 00`
    const call = '80010001 00000001 6d 00000004 00'
    const sent = hex(`${trace} ${client} ${contexts('4b31')} ${rest('2f53')} ${call}`)
    const got = hex(`${trace} ${client} ${contexts('6b31')} ${rest('2f73')} ${call}`)
    const framed = (bytes: Uint8Array) => Uint8Array.from([0, 0, 0, bytes.length, ...bytes])
    expect(toHex(write(readOne(framed(sent))))).toBe(toHex(framed(got)))
  })

  test("answers a request without the request's trace", () => {
    const request = readOne(write(metadataOf('m', MessageType.Call, 7)))
    const answer = request.clone()
    answer.messageType = MessageType.Exception
    expect(toHex(write(answer))).toBe(toHex(hex('0000000f 00 80010003 00000001 6d 00000007 00')))
  })

  test('is refused when its header holds something else', () => {
    for (const head of [
      '080006 00000001 00',
      '0f0008 08 00000001 00000001 00',
      '080009 00000001 00',
    ]) {
      const bytes = hex(`${head} 80010001 00000001 6d 00000007 00`)
      expect(() => readOne(Uint8Array.from([0, 0, 0, bytes.length, ...bytes]))).toThrow(
        /unexpected value in field [689] of the twitter header/,
      )
    }
  })

  test('bounds the nesting of its header, whatever the limits are', () => {
    const reader = new MessageReader({
      ...FRAMED_TWITTER,
      limits: { ...THRIFT_LIMITS, maxDepth: 60_000 },
    })
    reader.setUpgraded(true)
    const size = 3 * 50_000
    const bytes = hex(`${size.toString(16).padStart(8, '0')} ${'0c0014'.repeat(50_000)}`)
    expect(() => readAll(reader, [bytes])).toThrow('nesting exceeds the limit of 1024')
  })

  test('is read whatever way it is cut', () => {
    const metadata = metadataOf('m', MessageType.Call, 7)
    metadata.headers.add('a', 'b')
    const bytes = write(metadata)
    for (let at = 0; at <= bytes.length; at++) {
      const [message] = readAll(upgradedReader(), cut(bytes, at))
      expect(headersOf(message!.metadata)).toEqual([['a', 'b']])
      expect(message!.body).toEqual(EMPTY)
    }
  })

  test('skips over its body alone', () => {
    const bytes = write(metadataOf('m', MessageType.Call, 7))
    const reader = upgradedReader()
    expect(reader.readBegin(bytes, 0, bytes.length)).toBe(Read.Done)
    expect(reader.skipBody(bytes, reader.next, bytes.length)).toBe(Read.Done)
    expect([reader.pieceStart, reader.pieceEnd]).toEqual([bytes.length - 1, bytes.length])
  })
})
