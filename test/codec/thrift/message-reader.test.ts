import { describe, expect, test } from 'bun:test'
import { THRIFT_LIMITS } from '../../../src/codec/thrift/limits.ts'
import { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import { Read } from '../../../src/codec/thrift/protocol-reader.ts'
import {
  FieldType,
  MessageType,
  ProtocolType,
  TransportType,
} from '../../../src/codec/thrift/types.ts'
import type { ThriftStruct } from '../../../src/codec/thrift/value.ts'
import { ValueBuilder } from '../../../src/codec/thrift/value-events.ts'
import { cut, encode, hex, metadataOf, readAll, toHex } from './messages.ts'

const { Auto, Framed, Unframed, Header } = TransportType
const { Binary, LaxBinary, Compact, Json } = ProtocolType

const EMPTY: ThriftStruct = { type: 'struct', fields: [] }
const STRICT = '80 01 00 01 00 00 00 04 70 69 6e 67 00 00 00 01 00'
const COMPACT = '82 21 01 04 70 69 6e 67 00'
const JSON_PING = Buffer.from('[1,"ping",1,1,{}]').toString('hex')

/** The call `ping` without arguments, sequence id 1, in every form. */
const PINGS = [
  [Unframed, Binary, STRICT],
  [Framed, Binary, `00 00 00 11 ${STRICT}`],
  [Unframed, LaxBinary, '00 00 00 04 70 69 6e 67 01 00 00 00 01 00'],
  [Header, Binary, `00 00 00 1f 0f ff 00 00 00 00 00 01 00 01 00 00 00 00 ${STRICT}`],
  [Unframed, Compact, COMPACT],
  [Framed, Compact, `00 00 00 09 ${COMPACT}`],
  [Header, Compact, `00 00 00 17 0f ff 00 00 00 00 00 01 00 01 02 00 00 00 ${COMPACT}`],
  [Unframed, Json, JSON_PING],
  [Framed, Json, `00 00 00 11 ${JSON_PING}`],
] as const

describe('a message', () => {
  for (const [transport, protocol, bytes] of PINGS) {
    const ping = hex(bytes)

    test(`is written as the facts say (${transport}/${protocol})`, () => {
      const metadata = metadataOf('ping', MessageType.Call, 1)
      expect(toHex(encode(transport, protocol, metadata, EMPTY))).toBe(toHex(ping))
    })

    test(`is read whatever way it is cut (${transport}/${protocol})`, () => {
      for (let at = 0; at <= ping.length; at++) {
        const reader = new MessageReader({ transport, protocol })
        const [message, ...more] = readAll(reader, cut(ping, at))
        expect(more).toEqual([])
        expect(message!.body).toEqual(EMPTY)
        const { methodName, messageType, sequenceId } = message!.metadata
        expect({ methodName, messageType, sequenceId }).toEqual({
          methodName: 'ping',
          messageType: MessageType.Call,
          sequenceId: 1,
        })
      }
    })

    if (protocol !== LaxBinary) {
      test(`is detected (${transport}/${protocol})`, () => {
        const reader = new MessageReader({ transport: Auto, protocol: ProtocolType.Auto })
        expect(readAll(reader, [ping, ping])).toHaveLength(2)
        expect([reader.transport, reader.protocol]).toEqual([transport, protocol])
      })
    }
  }
})

describe('readers of many connections', () => {
  const list = `${STRICT.slice(0, -2)} 0f0001 08 00000003 00000001 00000002 00000003 00`
  const compact = `${COMPACT.slice(0, -2)} 19 35 02 04 06 00`

  test('do not disturb one another in the middle of a message', () => {
    for (const [protocol, text] of [
      [Binary, list],
      [Compact, compact],
    ] as const) {
      const bytes = hex(text)
      const readers = Array.from({ length: 5 }, () => {
        const reader = new MessageReader({ transport: Unframed, protocol })
        return { reader, builder: new ValueBuilder(), at: 0, isBegun: false, isDone: false }
      })
      for (let limit = 1; limit <= bytes.length; limit++) {
        for (const one of readers) {
          if (!one.isBegun) {
            one.isBegun = one.reader.readBegin(bytes, one.at, limit) === Read.Done
            one.at = one.reader.next
          }
          if (!one.isBegun) continue
          one.isDone = one.reader.readBody(bytes, one.at, limit, one.builder) === Read.Done
          one.at = one.reader.next
        }
      }
      const items = [1, 2, 3].map((value) => ({ type: 'i32', value }))
      for (const { isDone, builder } of readers) {
        expect(isDone).toBe(true)
        expect(builder.value.fields).toEqual([
          { id: 1, value: { type: 'list', elementType: FieldType.I32, items } },
        ] as ThriftStruct['fields'])
      }
    }
  })

  test('keep to their own limits', () => {
    const bytes = hex(list)
    for (const maxContainerSize of [3, 2, 3]) {
      const reader = new MessageReader({
        transport: Unframed,
        protocol: Binary,
        limits: { ...THRIFT_LIMITS, maxContainerSize },
      })
      reader.readBegin(bytes, 0, bytes.length)
      const read = reader.skipBody(bytes, reader.next, bytes.length)
      expect(read).toBe(maxContainerSize === 3 ? Read.Done : Read.Error)
    }
  })
})
