import { describe, expect, test } from 'bun:test'
import { deflateSync } from 'node:zlib'
import { IgnoredEvents } from '../../../src/codec/thrift/events.ts'
import { THRIFT_LIMITS, type ThriftLimits } from '../../../src/codec/thrift/limits.ts'
import { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import { Read } from '../../../src/codec/thrift/protocol-reader.ts'
import { ExceptionType, ProtocolType, TransportType } from '../../../src/codec/thrift/types.ts'
import { hex } from './messages.ts'

const { Auto, Framed, Unframed, Header } = TransportType
const { Binary, LaxBinary, Compact, Json } = ProtocolType

const CALL: Partial<Record<ProtocolType, string>> = {
  [Binary]: '80010001 00000001 6d 00000009',
  [LaxBinary]: '00000001 6d 01 00000009',
  [Compact]: '82210901 6d',
}

interface Outcome {
  readonly error: string
  readonly canAnswer: boolean
  readonly errorType: ExceptionType
}

/** What is said about bytes that are no message; '' if they are, 'more' if they could become one. */
function outcome(reader: MessageReader, bytes: Uint8Array, skips: boolean): Outcome {
  let read: Read = reader.readBegin(bytes, 0, bytes.length)
  if (read === Read.Done) {
    read = skips
      ? reader.skipBody(bytes, reader.next, bytes.length)
      : reader.readBody(bytes, reader.next, bytes.length, new IgnoredEvents())
  }
  const error = read === Read.Error ? reader.error : read === Read.More ? 'more' : ''
  return { error, canAnswer: reader.canAnswer, errorType: reader.errorType }
}

function unframed(protocol: ProtocolType, text: string, limits?: ThriftLimits): Outcome {
  const bytes = hex(text)
  const options = { transport: Unframed, protocol, limits: limits ?? THRIFT_LIMITS }
  const decoded = outcome(new MessageReader(options), bytes, false)
  const skipped = outcome(new MessageReader(options), bytes, true)
  expect(skipped).toEqual(decoded)
  return decoded
}

function framed(transport: TransportType, text: string): Outcome {
  const bytes = hex(text)
  const decoded = outcome(
    new MessageReader({ transport, protocol: ProtocolType.Auto }),
    bytes,
    false,
  )
  const skipped = outcome(
    new MessageReader({ transport, protocol: ProtocolType.Auto }),
    bytes,
    true,
  )
  expect(skipped).toEqual(decoded)
  return decoded
}

const N = 'ffffffff'
const BODIES: readonly (readonly [ProtocolType, string, string])[] = [
  [Binary, `0b0001 ${N}`, 'negative binary protocol string/binary length -1'],
  [Binary, `0f0001 08 ${N}`, 'negative binary protocol list/set size -1'],
  [Binary, '0e0001 08 fffffffb', 'negative binary protocol list/set size -5'],
  [Binary, `0d0001 0808 ${N}`, 'negative binary protocol map size -1'],
  [Binary, '0f0001 63 00000001', 'unknown field type 99'],
  [Binary, '0f0001 00 00000001', 'unknown field type 0'],
  [Binary, '0d0001 6308 00000001', 'unknown field type 99'],
  [Binary, '100001', 'unknown field type 16'],
  [Binary, '010001', 'unknown field type 1'],
  [Binary, 'ff0001', 'unknown field type -1'],
  [Binary, '0f0001 10 00000000 00', ''],
  [LaxBinary, `0b0001 ${N}`, 'negative binary protocol string/binary length -1'],
  [LaxBinary, '050001', 'unknown field type 5'],
  [Compact, '18 ffffffffffff', 'invalid compact protocol varint i32'],
  [Compact, '18 ffffffff0f', 'negative compact protocol string/binary length -1'],
  [Compact, '19 f5 ffffffff0f', 'negative compact protocol list/set size -1'],
  [Compact, '1b ffffffff0f 55', 'negative compact protocol map size -1'],
  [Compact, '1d', 'unknown compact protocol field type 13'],
  [Compact, '19 10', 'unknown compact protocol field type 0'],
  [Compact, '1b 01 00', 'unknown compact protocol field type 0'],
  [Compact, '14 808008', 'compact protocol i16 exceeds allowable range 65536'],
  [Compact, '15 8080808080 01', 'invalid compact protocol zig-zag i32'],
  [Compact, '16 80808080808080808080 01', 'invalid compact protocol zig-zag i64'],
  [Compact, '03 808004 01', 'invalid compact protocol field id 32768'],
  [Compact, '03 feff03 01 13 02 00', ''],
  [Compact, '10', ''],
]

const HEADS: readonly (readonly [ProtocolType, string, string])[] = [
  [
    Binary,
    '80010001 ffffffff 6d 00000001',
    'method name length 4294967295 exceeds the limit of 65536',
  ],
  [Binary, '80020001 00000001 6d 00000001', 'invalid binary protocol version 0x8002 != 0x8001'],
  [Binary, '80010000 00000001 6d 00000001', 'invalid binary protocol message type 0'],
  [Binary, '800100ff 00000001 6d 00000001', 'invalid binary protocol message type -1'],
  [LaxBinary, '00000001 6d 09 00000001', 'invalid (lax) binary protocol message type 9'],
  [Compact, '8201 01016d', 'invalid compact protocol message type 0'],
  [Compact, '8222 01016d', 'invalid compact protocol version 0x8202 != 0x8201'],
  [Compact, '8221 01 ffffffff0f 6d', 'negative compact protocol message name length -1'],
  [Compact, '8221 ffffffffffff 01 6d', 'invalid compact protocol varint i32'],
]

describe('a body that is wrong', () => {
  for (const [protocol, body, error] of BODIES) {
    test(`says so after the name is known: ${protocol} ${body}`, () => {
      const found = unframed(protocol, `${CALL[protocol]} ${body}`)
      expect(found).toEqual({
        error: error,
        canAnswer: true,
        errorType: ExceptionType.ProtocolError,
      })
    })
  }
})

describe('a message begin that is wrong', () => {
  for (const [protocol, head, error] of HEADS) {
    test(`says so, and nothing can be answered: ${protocol} ${head}`, () => {
      expect(unframed(protocol, head)).toEqual({
        error,
        canAnswer: false,
        errorType: ExceptionType.ProtocolError,
      })
    })
  }
})

describe('JSON that is wrong', () => {
  const json = (text: string) => unframed(Json, Buffer.from(text).toString('hex')).error

  test('says where a message begin is none', () => {
    expect(json('[2,"m",1,1,{}]')).toBe('invalid json protocol version 2 != 1')
    expect(json('[1,"m",7,1,{}]')).toBe('invalid json protocol message type 7')
    expect(json('{"a":1}')).toBe('invalid json protocol message begin')
    expect(json('[1,m,1,1,{}]')).toBe('invalid json protocol message begin')
  })

  test('says what it expected in a body', () => {
    const body = (text: string) => json(`[1,"m",1,1,{"1":${text}}]`)
    expect(body('{"i32":1}')).toBe('')
    expect(body('{"u8":1}')).toBe("unknown json protocol field type 'u8'")
    expect(body('{"i8":128}')).toBe("invalid json protocol i8 '128'")
    expect(body('{"i64":9223372036854775808}')).toBe(
      "invalid json protocol i64 '9223372036854775808'",
    )
    expect(body('{"dbl":1e}')).toBe("invalid json protocol double '1e'")
    expect(body(`{"dbl":1.${'0'.repeat(500)}e5}`)).toBe(
      'json protocol number of 504 bytes exceeds 400',
    )
    expect(body('{"tf":2}')).toBe("invalid json protocol bool '2'")
    expect(body('{"str":5}')).toBe("invalid json protocol struct: expected a string, got '5'")
    expect(body('{"str":"\\x"}')).toBe("invalid json protocol struct: expected a string, got '\"'")
    expect(body('{"lst":["i8",-1]}')).toBe('negative json protocol container size -1')
    expect(body('{"lst":["i8",2,1]}')).toBe("invalid json protocol struct: expected ',', got ']'")
    expect(body('[1]')).toBe("invalid json protocol struct: expected '{', got '['")
    expect(json('[1,"m",1,1,[]]')).toBe("invalid json protocol struct: expected '{', got '['")
    expect(json('[1,"m",1,1,{},')).toBe('invalid json protocol message end')
  })
})

describe('a transport that is wrong', () => {
  const PING = '80010001 00000004 70696e67 00000001 00'
  const HEAD = '0fff 0000 00000001'
  for (const [transport, bytes, error] of [
    [Framed, '00000000', 'invalid thrift framed transport frame size 0'],
    [Framed, 'ffffffff', 'invalid thrift framed transport frame size -1'],
    [Framed, '00fa0001', 'invalid thrift framed transport frame size 16384001'],
    [Auto, '0001020304050607', 'unknown thrift auto transport frame start 00 01 02 03 04 05 06 07'],
    [Framed, '00000011 1234', 'unknown thrift auto protocol message start 1234'],
    [Header, `0000000d ${HEAD} 0001 00000000`, 'invalid thrift header transport frame size 13'],
    [
      Header,
      `40000000 ${HEAD} 0001 00000000`,
      'invalid thrift header transport frame size 1073741824',
    ],
    [
      Header,
      `0000001f 0ffe 0000 00000001 0001 00000000`,
      'invalid thrift header transport magic 0ffe',
    ],
    [Header, `0000001f ${HEAD} 0000`, 'no header data'],
    [Header, `0000001f ${HEAD} ffff`, 'invalid thrift header transport header size -4 (ffff)'],
    [Header, `0000001f ${HEAD} 4001`, 'invalid thrift header transport header size 65540 (4001)'],
    [Header, `0000001f ${HEAD} 0064`, 'invalid thrift header transport frame size 31'],
    [Header, `0000001f ${HEAD} 0001 03000000 ${PING}`, 'Unknown protocol 3'],
    [
      Header,
      `0000001f ${HEAD} 0001 00ffff03 ${PING}`,
      'header transport transform count: value 65535 exceeds max i16 (32767)',
    ],
    [
      Header,
      `0000001f ${HEAD} 0001 00000105 ${PING}`,
      'unable to read header transport header key: header too small',
    ],
    [
      Header,
      `0000001f ${HEAD} 0001 00000180 ${PING}`,
      'unable to read header transport header count: header too small',
    ],
    [
      Header,
      `00000023 ${HEAD} 0002 000001ffffffff0f ${PING}`,
      'invalid header transport header count -1',
    ],
  ] as const) {
    test(`says so: ${bytes}`, () => {
      expect(framed(transport, bytes)).toEqual({
        error,
        canAnswer: false,
        errorType: ExceptionType.ProtocolError,
      })
    })
  }

  test('of a transform that nobody knows can be answered', () => {
    const reader = new MessageReader({ transport: Auto, protocol: ProtocolType.Auto })
    const bytes = hex(`0000001f ${HEAD} 0001 00010200 ${PING}`)
    expect(outcome(reader, bytes, true)).toEqual({
      error: 'Unknown transform 2',
      canAnswer: true,
      errorType: ExceptionType.MissingResult,
    })
    expect([reader.transport, reader.protocol]).toEqual([Header, Binary])
  })

  test('of another protocol than the configured one is refused', () => {
    const reader = new MessageReader({ transport: Header, protocol: Compact })
    expect(outcome(reader, hex(`0000001f ${HEAD} 0001 00000000 ${PING}`), true)).toEqual({
      error: 'transport reports protocol binary, but configured for compact',
      canAnswer: false,
      errorType: ExceptionType.ProtocolError,
    })
  })

  test('whose frame ends within its message is not waited for', () => {
    expect(framed(Framed, `00000010 ${PING.slice(0, -2)}`).error).toBe(
      'frame of 16 bytes ends within its message',
    )
    expect(framed(Framed, '0000000c 80010001 00000004 70696e67').error).toBe(
      'frame of 12 bytes ends within its message',
    )
  })

  test('whose frame holds more than its message is refused, unless it is zeros', () => {
    expect(framed(Framed, `00000013 ${PING} 0000`).error).toBe('')
    expect(framed(Framed, `00000013 ${PING} 0100`).error).toBe(
      'frame holds 2 bytes behind its message',
    )
    expect(framed(Framed, `00000013 ${PING} 00`).error).toBe('more')
    expect(framed(Framed, `00000022 ${PING}`).error).toBe('frame holds 17 bytes behind its message')
  })

  test('whose zeros come later leaves the body as it was', () => {
    const bytes = hex(`00000013 ${PING} 0000`)
    const reader = new MessageReader({ transport: Framed, protocol: Binary })
    reader.readBegin(bytes, 0, bytes.length)
    expect(reader.skipBody(bytes, reader.next, bytes.length - 1)).toBe(Read.More)
    expect(reader.skipBody(bytes, reader.next, bytes.length)).toBe(Read.Done)
    expect([reader.pieceEnd, reader.next]).toEqual([bytes.length - 2, bytes.length])
  })
})

describe('the zlib transform', () => {
  const PING = hex('80010001 00000004 70696e67 00000001 00')

  function deflated(message: Uint8Array): Uint8Array {
    const body = deflateSync(message)
    const head = hex(`000000${(14 + body.length).toString(16)} 0fff 0000 00000001 0001 00010100`)
    return Uint8Array.from([...head, ...body])
  }

  test('is accepted, whatever way it is cut', () => {
    const bytes = deflated(PING)
    for (let at = 0; at < bytes.length; at++) {
      const reader = new MessageReader({ transport: Header, protocol: ProtocolType.Auto })
      expect(reader.readBegin(bytes, 0, at)).toBe(Read.More)
      expect(reader.readBegin(bytes, reader.next, bytes.length)).toBe(Read.Done)
      expect(reader.metadata.methodName).toBe('ping')
      expect(reader.next).toBe(bytes.length)
      expect(reader.skipBody(bytes, reader.next, bytes.length)).toBe(Read.Done)
      expect([...reader.pieceBytes.slice(reader.pieceStart, reader.pieceEnd)]).toEqual([0])
      expect(reader.next).toBe(bytes.length)
    }
  })

  test('of something else can be answered', () => {
    const found = outcome(
      new MessageReader({ transport: Header, protocol: ProtocolType.Auto }),
      hex('0000001f 0fff 0000 00000001 0001 00010100 80010001 00000004 70696e67 00000001 00'),
      false,
    )
    expect(found.error).toStartWith('invalid header transport transform 1: ')
    expect([found.canAnswer, found.errorType]).toEqual([true, ExceptionType.InvalidTransform])
  })

  test('of more than a message may hold is refused before it is all there', () => {
    const limits = { ...THRIFT_LIMITS, maxMessageBytes: 1000 }
    const reader = new MessageReader({ transport: Header, protocol: ProtocolType.Auto, limits })
    const found = outcome(reader, deflated(new Uint8Array(5000)), false)
    expect(found.error).toStartWith('invalid header transport transform 1: ')
  })
})

describe('limits', () => {
  const limits = (some: Partial<ThriftLimits>): ThriftLimits => ({ ...THRIFT_LIMITS, ...some })

  test('hold for nesting', () => {
    const text = `${CALL[Binary]} ${'0c0001'.repeat(3)} 00000000`
    expect(unframed(Binary, text, limits({ maxDepth: 4 })).error).toBe('')
    expect(unframed(Binary, text, limits({ maxDepth: 3 })).error).toBe(
      'nesting exceeds the limit of 3',
    )
    const compact = `${CALL[Compact]} ${'1c'.repeat(1100)}`
    expect(unframed(Compact, compact).error).toBe('nesting exceeds the limit of 1024')
    const json = Buffer.from(`[1,"m",1,1,${'{"1":{"rec":'.repeat(1100)}${'}}'.repeat(1100)}`)
    expect(unframed(Json, json.toString('hex')).error).toBe('nesting exceeds the limit of 1024')
  })

  test('hold for strings and containers, before anything of them is there', () => {
    const some = limits({ maxStringBytes: 10, maxContainerSize: 10 })
    expect(unframed(Binary, `${CALL[Binary]} 0b0001 0000000b`, some).error).toBe(
      'string/binary length 11 exceeds the limit of 10',
    )
    expect(unframed(Compact, `${CALL[Compact]} 18 0b`, some).error).toBe(
      'string/binary length 11 exceeds the limit of 10',
    )
    expect(unframed(Binary, `${CALL[Binary]} 0f0001 03 0000000b`, some).error).toBe(
      'container size 11 exceeds the limit of 10',
    )
    expect(unframed(Compact, `${CALL[Compact]} 1b 0b 33`, some).error).toBe(
      'container size 11 exceeds the limit of 10',
    )
  })

  test('hold for messages without frames', () => {
    const some = limits({ maxMessageBytes: 100 })
    expect(unframed(Binary, `${CALL[Binary]} 0b0001 00000030`, some).error).toBe('more')
    const bytes = hex(`${CALL[Binary]} 0b0001 00000060`)
    const reader = new MessageReader({ transport: Unframed, protocol: Binary, limits: some })
    expect(outcome(reader, bytes, false).error).toBe('message exceeds the limit of 100 bytes')
  })
})
