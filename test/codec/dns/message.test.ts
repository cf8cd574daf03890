import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { DnsType, decodeResponse, encodeQuery } from '../../../src/codec/dns/message.ts'

/** Header of a response with id 7, one question and so many answers. */
function header(answers: number, flags = '8180'): string {
  return `0007${flags}0001${answers.toString(16).padStart(4, '0')}00000000`
}

/** `a.test`, at byte 12 of a message. */
const NAME = '01610474657374 00'
const QUESTION = `${NAME} 0001 0001`

function decode(hex: string) {
  return decodeResponse(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

describe('encodeQuery', () => {
  test('is one question with recursion desired', () => {
    const hex = Buffer.from(encodeQuery(0x1234, 'a.test', DnsType.AAAA)!).toString('hex')
    expect(hex).toBe(`123401000001000000000000${NAME.replaceAll(' ', '')}001c0001`)
  })

  test('takes a dot at the end as the root that it is', () => {
    expect(encodeQuery(1, 'a.test.', DnsType.A)).toEqual(encodeQuery(1, 'a.test', DnsType.A))
  })

  test.each(['', 'a..b', '.a', `${'x'.repeat(64)}.test`, 'a b', 'bücher.test', 'x.'.repeat(130)])(
    'refuses %p',
    (name) => {
      expect(encodeQuery(1, name, DnsType.A)).toBeNull()
    },
  )
})

describe('decodeResponse', () => {
  test('reads addresses behind compressed names', () => {
    const message = decode(
      `${header(2)}${QUESTION}
      c00c 0001 0001 0000003c 0004 0a000001
      c00c 001c 0001 00000005 0010 20010db8000000000001000000000002`.replaceAll('\n', ''),
    )
    expect(message).toEqual({
      id: 7,
      code: 0,
      truncated: false,
      question: { name: 'a.test', type: 1 },
      answers: [
        { name: 'a.test', type: 1, ttlSeconds: 60, value: '10.0.0.1' },
        { name: 'a.test', type: 28, ttlSeconds: 5, value: '2001:db8::1:0:0:2' },
      ],
    })
  })

  test('reads an alias in lower case', () => {
    const message = decode(`${header(1)}${QUESTION} c00c 0005 0001 00000001 0004 0142c00e`)
    expect(message?.answers[0]).toMatchObject({ type: 5, value: 'b.test' })
  })

  test('skips what it does not read', () => {
    const message = decode(`${header(1)}${QUESTION} c00c 0010 0001 00000001 0003 026869`)
    expect(message?.answers[0]).toMatchObject({ type: 16, value: '' })
  })

  test('takes a TTL with its top bit set for 0', () => {
    const message = decode(`${header(1)}${QUESTION} c00c 0001 0001 80000001 0004 0a000001`)
    expect(message?.answers[0]?.ttlSeconds).toBe(0)
  })

  test('tells a truncated message even if a record is cut', () => {
    const message = decode(`${header(1, '8380')}${QUESTION} c00c 0001`)
    expect(message).toMatchObject({ truncated: true, answers: [] })
  })

  test.each([
    ['a query', `000701000001000000000000${QUESTION}`],
    ['no question', '000781800000000000000000'],
    ['a pointer to itself', `${header(1)}${QUESTION} c018 0001 0001 00000001 0004 0a000001`],
    ['a pointer ahead', `${header(1)}${QUESTION} c0ff 0001 0001 00000001 0004 0a000001`],
    ['a record that ends early', `${header(1)}${QUESTION} c00c 0001 0001 00000001 0004 0a00`],
    ['an address of three bytes', `${header(1)}${QUESTION} c00c 0001 0001 00000001 0003 0a0000`],
    ['fewer records than it says', `${header(2)}${QUESTION} c00c 0001 0001 00000001 0004 0a000001`],
  ])('refuses %s', (_, hex) => {
    expect(decode(hex)).toBeNull()
  })

  test('survives any bytes', () => {
    const start = Buffer.from((header(3) + QUESTION).replaceAll(' ', ''), 'hex')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(start.length), (tail, cut) => {
        const message = decodeResponse(Buffer.concat([start.subarray(0, cut), tail]))
        return message === null || message.answers.length <= 65535
      }),
      { numRuns: 2000 },
    )
  })
})

test.each([
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['fe80::', 'fe800000000000000000000000000000'],
  ['1:0:2:3:4:5:6:7', '00010000000200030004000500060007'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
])('prints %s as RFC 5952 says', (text, hex) => {
  const message = decode(`${header(1)}${QUESTION} c00c 001c 0001 00000001 0010 ${hex}`)
  expect(message?.answers[0]?.value).toBe(text)
})
