import { describe, expect, test } from 'bun:test'
import { createMessageWriter } from '../../../src/codec/thrift/create-writer.ts'
import type { MessageMetadata } from '../../../src/codec/thrift/message.ts'
import { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import { MessageType, ProtocolType, TransportType } from '../../../src/codec/thrift/types.ts'
import { cut, hex, metadataOf, readAll, toHex } from './messages.ts'

const HEADER_BINARY = { transport: TransportType.Header, protocol: ProtocolType.Binary }

function write(
  metadata: MessageMetadata,
  protocol: ProtocolType = ProtocolType.Binary,
): Uint8Array {
  const writer = createMessageWriter({ transport: TransportType.Header, protocol })
  writer.messageBegin(metadata)
  writer.structBegin()
  writer.structEnd()
  if (!writer.messageEnd()) throw new Error(writer.error)
  return writer.out.take()
}

function read(bytes: Uint8Array, preservesHeaderCase = false): MessageMetadata {
  return readAll(new MessageReader({ ...HEADER_BINARY, preservesHeaderCase }), [bytes])[0]!.metadata
}

function pairs({ headers }: MessageMetadata): [string, string][] {
  return Array.from({ length: headers.size }, (_, i) => [headers.name(i), headers.value(i)])
}

const ping = () => metadataOf('ping', MessageType.Call, 1)
const PING = '80010001 00000004 70696e67 00000001 00'

describe('the header transport', () => {
  test('writes an info block, padded as Apache does', () => {
    const metadata = ping()
    metadata.headers.add('k', 'v')
    expect(toHex(write(metadata))).toBe(
      toHex(hex(`00000027 0fff 0000 00000001 0003 00 00 01 01 016b 0176 00000000 ${PING}`)),
    )
  })

  test('keeps order, repeats, empty names and values, and any byte', () => {
    const metadata = ping()
    const headers: [string, string][] = [
      ['b', ''],
      ['a', '2'],
      ['a', '3'],
      ['', 'x'],
      ['bin', '\0\xff\r\n'],
      ['long', 'v'.repeat(300)],
    ]
    for (const [name, value] of headers) metadata.headers.add(name, value)
    metadata.headerFlags = 0x8005
    const back = read(write(metadata))
    expect(pairs(back)).toEqual(headers)
    expect(back.headerFlags).toBe(0x8005)
  })

  test('is read whatever way it is cut, its headers once', () => {
    const metadata = ping()
    metadata.headers.add('k', 'v')
    const bytes = write(metadata)
    for (let at = 0; at <= bytes.length; at++) {
      const [message] = readAll(new MessageReader(HEADER_BINARY), cut(bytes, at))
      expect(pairs(message!.metadata)).toEqual([['k', 'v']])
    }
  })

  test('has names in lower case and without line ends, unless they are to be kept', () => {
    const metadata = ping()
    metadata.headers.add('Tr\r\n\0ace-ID', 'AbC')
    expect(pairs(read(write(metadata)))).toEqual([['trace-id', 'AbC']])
    expect(pairs(read(write(metadata), true))).toEqual([['Tr\r\n\0ace-ID', 'AbC']])
  })

  test('has names that begin with a colon first, in their order', () => {
    const metadata = ping()
    for (const name of ['a', ':x', 'b', ':y']) metadata.headers.add(name, '1')
    expect(pairs(metadata).map(([name]) => name)).toEqual([':x', ':y', 'a', 'b'])
    expect(metadata.headers.remove(':x')).toBe(true)
    expect(metadata.headers.remove(':x')).toBe(false)
    metadata.headers.set(':z', '1')
    expect(pairs(metadata).map(([name]) => name)).toEqual([':y', ':z', 'a', 'b'])
    expect(metadata.headers.get('nobody')).toBeNull()
  })

  test('reads several blocks and passes over those that it does not know', () => {
    const metadata = read(
      hex(`0000002b 0fff 0000 00000001 0004 00 00 01 01 01610131 01 01 0162 00 000000 ${PING}`),
    )
    expect(pairs(metadata)).toEqual([
      ['a', '1'],
      ['b', ''],
    ])
    expect(
      pairs(read(hex(`00000023 0fff 0000 00000001 0002 00 00 05 01 01610131 ${PING}`))),
    ).toEqual([])
  })

  test('says why it cannot write', () => {
    const long = ping()
    long.headers.add('k', 'v'.repeat(32_768))
    expect(() => write(long)).toThrow('header string too long: 32768')
    const large = ping()
    for (let i = 0; i < 3; i++) large.headers.add('k', 'v'.repeat(30_000))
    expect(() => write(large)).toThrow('invalid thrift header transport header size 90020')
    const many = ping()
    for (let i = 0; i < 32_769; i++) many.headers.add('', '')
    expect(() => write(many)).toThrow('invalid thrift header transport too many headers 32769')
    expect(() => write(ping(), ProtocolType.LaxBinary)).toThrow(
      'invalid header transport protocol binary/non-strict',
    )
    expect(() => write(ping(), ProtocolType.Twitter)).toThrow(
      'invalid header transport protocol twitter',
    )
  })

  test('leaves what was written before a message that cannot be written', () => {
    const writer = createMessageWriter(HEADER_BINARY)
    const bad = ping()
    bad.headers.add('k', 'v'.repeat(32_768))
    for (const metadata of [ping(), bad, ping()]) {
      writer.messageBegin(metadata)
      writer.structBegin()
      writer.structEnd()
      expect(writer.messageEnd()).toBe(metadata !== bad)
    }
    expect(readAll(new MessageReader(HEADER_BINARY), [writer.out.take()])).toHaveLength(2)
  })
})
