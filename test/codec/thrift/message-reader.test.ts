import { describe, expect, test } from 'bun:test'
import { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import { MessageType, ProtocolType, TransportType } from '../../../src/codec/thrift/types.ts'
import type { ThriftStruct } from '../../../src/codec/thrift/value.ts'
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
