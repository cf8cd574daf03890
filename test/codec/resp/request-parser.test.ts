import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Parsed, REDIS_LIMITS, RequestParser } from '../../../src/codec/resp/request-parser.ts'
import { FUZZ_RUNS, mutatedStreams, pieces } from './streams.ts'

/** Commands as words, and how it ended: 'open', or redis's error. */
function parse(chunks: readonly Uint8Array[], limits = REDIS_LIMITS): string[][] {
  const parser = new RequestParser(limits)
  const seen: string[][] = []
  let held: Uint8Array = new Uint8Array(0)
  for (const chunk of chunks) {
    held = Buffer.concat([held, chunk])
    let at = 0
    while (at < held.length) {
      const parsed = parser.parse(held, at, held.length)
      if (parsed === Parsed.More) break
      if (parsed === Parsed.Error) return [...seen, [`! ${parser.error}`]]
      if (parsed === Parsed.Command) seen.push(words(parser))
      expect(parser.next).toBeGreaterThan(at)
      at = parser.next
    }
    // The rest is moved, as a buffer does.
    held = held.slice(at)
  }
  return seen
}

function words({ bytes, start, argc, args }: RequestParser): string[] {
  return Array.from({ length: argc }, (_, i) =>
    Buffer.from(bytes.subarray(start + args[2 * i]!, start + args[2 * i + 1]!)).toString('latin1'),
  )
}

function all(text: string, limits = REDIS_LIMITS): string[][] {
  return parse([new Uint8Array(Buffer.from(text, 'latin1'))], limits)
}

describe('a parser of requests', () => {
  test.each([
    ['*1\r\n$4\r\nPING\r\n', [['PING']]],
    ['*2\r\n$3\r\nGET\r\n$0\r\n\r\n', [['GET', '']]],
    ['*2\r\n$3\r\nSET\r\n$12\r\n\r\n*1\r\n$1\r\n$\0\r\n', [['SET', '\r\n*1\r\n$1\r\n$\0']]],
    ['*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n', [['PING'], ['QUIT']]],
    ['*0\r\n*-1\r\n\r\n\n*1\r\n$1\r\na\r\n', [['a']]],
    ['PING\r\nget  "a b" \'c\'\nECHO x\r\n', [['PING'], ['get', 'a b', 'c'], ['ECHO', 'x']]],
    ['!x\r\n\0\n{}\n', [['!x'], ['\0'], ['{}']]],
    // Its line end is not looked at, as in redis.
    ['*1\r\n$4\r\nPINGxx*1\r\n$1\r\na\r\n', [['PING'], ['a']]],
  ])('reads %j', (text, expected) => {
    expect(all(text)).toEqual(expected)
  })

  test.each([
    ['*x\r\n', 'invalid multibulk length'],
    ['*1048577\r\n', 'invalid multibulk length'],
    ['*99999999999999999999\r\n', 'invalid multibulk length'],
    ['*1\r\n:1\r\n', "expected '$', got ':'"],
    ['*1\r\n+PING\r\n', "expected '$', got '+'"],
    ['*2\r\n$1\r\na\r\n*1\r\n', "expected '$', got '*'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    ['*1\r\n$536870913\r\n', 'invalid bulk length'],
    ['GET "a\r\n', 'unbalanced quotes in request'],
    ['GET "a"b\r\n', 'unbalanced quotes in request'],
    [`*${'1'.repeat(70_000)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(70_000)}`, 'too big bulk count string'],
    ['x'.repeat(70_000), 'too big inline request'],
    [`${'x'.repeat(70_000)}\r\n`, 'too big inline request'],
  ])('refuses %j.40s as redis does: %s', (text, error) => {
    expect(all(text)).toEqual([[`! ${error}`]])
  })

  test('keeps to the limits that it is given', () => {
    const limits = { maxBulkBytes: 12, maxArguments: 2, maxInlineBytes: 8 }
    expect(all('*2\r\n$3\r\nGET\r\n$3\r\nabc\r\n', limits)).toEqual([['GET', 'abc']])
    expect(all('*3\r\n', limits)).toEqual([['! invalid multibulk length']])
    expect(all('*1\r\n$13\r\n', limits)).toEqual([['! invalid bulk length']])
    expect(all('123456789\r\n', limits)).toEqual([['! too big inline request']])
  })

  test('gives the same wherever a stream is cut in two', () => {
    const text =
      '*2\r\n$3\r\nGET\r\n$10\r\n\r\n$3\r\nabc\r\r\nECHO "a\\r\\n" x\r\n*0\r\n\r\n*1\r\n$4\r\nPING\r\n'
    const bytes = new Uint8Array(Buffer.from(text))
    const whole = parse([bytes])
    expect(whole).toHaveLength(3)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(parse([bytes.slice(0, cut), bytes.slice(cut)]), `cut at ${cut}`).toEqual(whole)
    }
    expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole)
  })

  test('makes no room for what is only announced', () => {
    const parser = new RequestParser(REDIS_LIMITS)
    const bytes = Buffer.from('*1000000\r\n$500000000\r\nabc')
    expect(parser.parse(bytes, 0, bytes.length)).toBe(Parsed.More)
    expect(parser.args.length).toBe(64)
    expect([parser.openBulkStart, parser.openBulkLength, parser.expected]).toEqual([
      22, 500_000_000, 1_000_000,
    ])
  })

  test('says how far it is, so that nobody looks again too soon', () => {
    const parser = new RequestParser(REDIS_LIMITS)
    const bytes = Buffer.from('*2\r\n$3\r\nGET\r\n$5\r\nab')
    parser.parse(bytes, 0, bytes.length)
    expect([parser.found, parser.expected, parser.needed]).toEqual([1, 2, 17 + 7])
    parser.reset()
    expect(parser.isPartial).toBe(false)
  })

  test('keeps no more memory behind a command with many arguments than before', () => {
    const parser = new RequestParser(REDIS_LIMITS)
    const before = parser.args.length
    const bytes = Buffer.from(`*100000\r\n${'$1\r\nx\r\n'.repeat(100_000)}`)
    expect(parser.parse(bytes, 0, bytes.length - 1)).toBe(Parsed.More)
    parser.release()
    expect(parser.parse(bytes, 0, bytes.length)).toBe(Parsed.Command)
    expect(words(parser).every((word) => word === 'x')).toBe(true)
    parser.release()
    expect(parser.args.length).toBe(before)
  })

  test('neither throws, hangs nor depends on the cuts, whatever comes', () => {
    const right = [
      '*1\r\n$4\r\nPING\r\n',
      '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$11\r\n\r\n$3\r\nabc\r\n*\r\n',
      '*2\r\n$3\r\nGET\r\n$0\r\n\r\n',
      '*0\r\n',
      '*-1\r\n',
      '\r\n',
      'GET "a\\x41" \'b\'\r\n',
      'PING\n',
    ]
    fc.assert(
      fc.property(mutatedStreams(right), (stream) => {
        expect(parse(pieces(stream))).toEqual(parse([stream.bytes]))
      }),
      { numRuns: FUZZ_RUNS },
    )
  }, 3_600_000)
})
