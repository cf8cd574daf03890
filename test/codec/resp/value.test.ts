import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Decoded, decodeValue, RespError } from '../../../src/codec/resp/decode-value.ts'
import { encodeValue } from '../../../src/codec/resp/encode-value.ts'
import { type RespValue, textOf, VALUE_LIMITS } from '../../../src/codec/resp/value.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function decode(text: string): Decoded | null {
  return decodeValue(encoder.encode(text), 0)
}

function translated(text: string, protocol: 2 | 3): string {
  const decoded = decode(text)!
  expect(decoded.end).toBe(encoder.encode(text).length)
  return decoder.decode(encodeValue(decoded.value, protocol))
}

/** A wire form, then what a RESP2 and a RESP3 client get of it. */
const VECTORS: readonly (readonly [string, string, string])[] = [
  ['+OK\r\n', '+OK\r\n', '+OK\r\n'],
  ['+\r\n', '+\r\n', '+\r\n'],
  ['-ERR no\r\n', '-ERR no\r\n', '-ERR no\r\n'],
  [':0\r\n', ':0\r\n', ':0\r\n'],
  [':-7\r\n', ':-7\r\n', ':-7\r\n'],
  [':9223372036854775807\r\n', ':9223372036854775807\r\n', ':9223372036854775807\r\n'],
  [':-9223372036854775808\r\n', ':-9223372036854775808\r\n', ':-9223372036854775808\r\n'],
  ['$0\r\n\r\n', '$0\r\n\r\n', '$0\r\n\r\n'],
  ['$4\r\na\r\nb\r\n', '$4\r\na\r\nb\r\n', '$4\r\na\r\nb\r\n'],
  ['$-1\r\n', '$-1\r\n', '_\r\n'],
  ['*-1\r\n', '*-1\r\n', '_\r\n'],
  ['*0\r\n', '*0\r\n', '*0\r\n'],
  ['*2\r\n:1\r\n$1\r\na\r\n', '*2\r\n:1\r\n$1\r\na\r\n', '*2\r\n:1\r\n$1\r\na\r\n'],
  ['_\r\n', '$-1\r\n', '_\r\n'],
  ['#t\r\n', ':1\r\n', '#t\r\n'],
  ['#f\r\n', ':0\r\n', '#f\r\n'],
  [',1.50\r\n', '$4\r\n1.50\r\n', ',1.50\r\n'],
  [',-inf\r\n', '$4\r\n-inf\r\n', ',-inf\r\n'],
  [',nan\r\n', '$3\r\nnan\r\n', ',nan\r\n'],
  [',1e-7\r\n', '$4\r\n1e-7\r\n', ',1e-7\r\n'],
  ['(349288\r\n', '$6\r\n349288\r\n', '(349288\r\n'],
  ['=8\r\ntxt:some\r\n', '$4\r\nsome\r\n', '=8\r\ntxt:some\r\n'],
  ['=4\r\nmkd:\r\n', '$0\r\n\r\n', '=4\r\nmkd:\r\n'],
  ['!5\r\nERR x\r\n', '-ERR x\r\n', '-ERR x\r\n'],
  ['!7\r\nERR\r\nab\r\n', '-ERR  ab\r\n', '!7\r\nERR\r\nab\r\n'],
  ['%1\r\n+a\r\n:1\r\n', '*2\r\n+a\r\n:1\r\n', '%1\r\n+a\r\n:1\r\n'],
  ['%0\r\n', '*0\r\n', '%0\r\n'],
  ['~2\r\n+a\r\n#t\r\n', '*2\r\n+a\r\n:1\r\n', '~2\r\n+a\r\n#t\r\n'],
  ['>2\r\n+message\r\n+c\r\n', '*2\r\n+message\r\n+c\r\n', '>2\r\n+message\r\n+c\r\n'],
  ['|1\r\n+ttl\r\n:5\r\n+OK\r\n', '+OK\r\n', '+OK\r\n'],
  ['*1\r\n|1\r\n+k\r\n*1\r\n:1\r\n_\r\n', '*1\r\n$-1\r\n', '*1\r\n_\r\n'],
  [
    '*2\r\n*-1\r\n%1\r\n+a\r\n,1\r\n',
    '*2\r\n*-1\r\n*2\r\n+a\r\n$1\r\n1\r\n',
    '*2\r\n_\r\n%1\r\n+a\r\n,1\r\n',
  ],
]

describe('a value', () => {
  for (const [wire, resp2, resp3] of VECTORS) {
    test(`${JSON.stringify(wire)} reaches clients of both protocols`, () => {
      expect(translated(wire, 2)).toBe(resp2)
      expect(translated(wire, 3)).toBe(resp3)
    })

    test(`${JSON.stringify(wire)} cut anywhere is not whole`, () => {
      const bytes = encoder.encode(`<${wire}>`)
      for (let limit = 1; limit < bytes.length - 1; limit++) {
        expect(decodeValue(bytes, 1, limit)).toBeNull()
      }
      expect(decodeValue(bytes, 1)?.end).toBe(bytes.length - 1)
    })
  }

  test('keeps bytes that are no UTF-8', () => {
    const wire = new Uint8Array([36, 51, 13, 10, 0, 255, 13, 13, 10])
    expect(encodeValue(decodeValue(wire, 0)!.value, 2)).toEqual(wire)
  })

  test('keeps a verbatim format that is no ASCII', () => {
    const wire = new Uint8Array([61, 52, 13, 10, 0x80, 0xff, 0x9f, 58, 13, 10])
    expect(encodeValue(decodeValue(wire, 0)!.value, 3)).toEqual(wire)
  })

  test('has a text where it is like one', () => {
    expect(textOf(decode('=8\r\ntxt:some\r\n')!.value)).toBe('some')
    expect(textOf(decode(':12\r\n')!.value)).toBe('12')
    expect(textOf(decode(',1.5\r\n')!.value)).toBe('1.5')
    expect(textOf(decode('*0\r\n')!.value)).toBe('')
  })
})

describe('what is no value', () => {
  const wrong = [
    'PING\r\n',
    '?\r\n',
    '+a\rb\r\n',
    ':+1\r\n',
    ':\r\n',
    ':1a\r\n',
    ':9223372036854775808\r\n',
    ':-9223372036854775809\r\n',
    ':999999999999999999999\r\n',
    '$-2\r\n',
    '$+1\r\na\r\n',
    '$\r\n',
    '$1\r\nab\r\n',
    '$1\r\na\rb',
    '$1 \r\na\r\n',
    '$1\ra',
    '$99999999999\r\n',
    '$536870913\r\n',
    '*-2\r\n',
    '*2000001\r\n',
    '%1000001\r\n',
    '%-1\r\n',
    '~-1\r\n',
    '!-1\r\n',
    '=-1\r\n',
    '=3\r\ntxt\r\n',
    '=4\r\ntxt.\r\n',
    '_x\r\n',
    '#x\r\n',
    '#\r\n',
    ',\r\n',
    ',1,5\r\n',
    ',one\r\n',
    `,${'1'.repeat(65)}\r\n`,
    '(\r\n',
    '(1.5\r\n',
    `(${'1'.repeat(16 * 1024 + 1)}\r\n`,
    '|1\r\n+a\r\n',
    '*1\r\n?',
  ]
  for (const text of wrong.filter((one) => one !== '|1\r\n+a\r\n')) {
    test(`${JSON.stringify(text.slice(0, 30))} is an error`, () => {
      expect(() => decode(text)).toThrow(RespError)
    })
  }

  test('is an error as soon as it is seen, not when it is whole', () => {
    expect(() => decode('$-2')).not.toThrow()
    expect(() => decode('*3\r\n:1\r\n?')).toThrow(RespError)
    expect(() => decode(`,${'1'.repeat(65)}`)).toThrow(RespError)
  })

  test('nests 127 deep and not deeper', () => {
    const nested = (depth: number) => `${'*1\r\n'.repeat(depth)}:1\r\n`
    expect(decode(nested(VALUE_LIMITS.depth))).not.toBeNull()
    expect(() => decode(nested(VALUE_LIMITS.depth + 1))).toThrow(RespError)
  })

  test('has at most 32 attributes in a row', () => {
    expect(decode(`${'|0\r\n'.repeat(32)}:1\r\n`)).not.toBeNull()
    expect(() => decode(`${'|0\r\n'.repeat(33)}:1\r\n`)).toThrow(RespError)
  })

  test('has at most four million elements in all, announced ones included', () => {
    const one = '*2000000\r\n'
    expect(decode(one + one)).toBeNull()
    expect(() => decode(one + one + one)).toThrow(RespError)
  })
})

const leaf: fc.Arbitrary<RespValue> = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map((bytes): RespValue => ({ type: 'bulk', bytes })),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(
    (value): RespValue => ({
      type: 'integer',
      value: Number.isSafeInteger(Number(value)) ? Number(value) : value,
    }),
  ),
  fc.boolean().map((value): RespValue => ({ type: 'boolean', value })),
  fc
    .double()
    .map(
      (value): RespValue => ({ type: 'double', text: String(value).replace('Infinity', 'inf') }),
    ),
  fc.bigInt().map((value): RespValue => ({ type: 'bignum', text: String(value) })),
  fc.constant<RespValue>({ type: 'null', isArray: false }),
  fc.string({ unit: fc.constantFrom('a', ' ', 'é') }).map(
    (text): RespValue => ({
      type: 'simple',
      bytes: encoder.encode(text),
    }),
  ),
)

const tree = fc.letrec<{ node: RespValue }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc
      .tuple(fc.constantFrom('array', 'set', 'push'), fc.array(tie('node'), { maxLength: 5 }))
      .map(([type, items]): RespValue => ({ type, items })),
    fc
      .array(fc.tuple(tie('node'), tie('node')), { maxLength: 3 })
      .map((pairs): RespValue => ({ type: 'map', items: pairs.flat() })),
  ),
})).node

describe('any', () => {
  test('tree comes back as it was from RESP3', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = encodeValue(value, 3)
        expect(decodeValue(bytes, 0)).toEqual({ value, end: bytes.length })
      }),
      { seed: 2, numRuns: 1000 },
    )
  })

  test('tree is RESP2 that says the same again', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = encodeValue(value, 2)
        const decoded = decodeValue(bytes, 0)!
        expect(decoded.end).toBe(bytes.length)
        expect(encodeValue(decoded.value, 2)).toEqual(bytes)
        expect(typesOf(decoded.value)).toEqual(
          new Set([...typesOf(decoded.value)].filter((type) => RESP2_TYPES.has(type))),
        )
      }),
      { seed: 3, numRuns: 1000 },
    )
  })

  test('mutated stream gives a value, nothing yet, or one error', () => {
    const wires = VECTORS.map(([wire]) => wire).join('')
    const change = fc.record({
      at: fc.nat(wires.length - 1),
      byte: fc.nat(255),
      start: fc.nat(wires.length - 1),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = encoder.encode(wires)
        for (const { at, byte } of changes) bytes[at] = byte
        let at = changes[0]!.start
        while (at < bytes.length) {
          const decoded = decodeOrError(bytes, at)
          if (decoded === null) break
          expect(decoded.end).toBeGreaterThan(at)
          at = decoded.end
        }
      }),
      { seed: 4, numRuns: 20_000 },
    )
  })

  test('announced size costs nothing before it is there', () => {
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 1000; i++) expect(decode('*2000000\r\n$500000000\r\n')).toBeNull()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50e6)
  })

  test('large reply takes time in proportion to it', () => {
    const timed = (count: number) => {
      const bytes = encoder.encode(`*${count}\r\n${'$3\r\nabc\r\n'.repeat(count)}`)
      let best = Number.POSITIVE_INFINITY
      for (let i = 0; i < 5; i++) {
        const startedAt = Bun.nanoseconds()
        encodeValue(decodeValue(bytes, 0)!.value, 3)
        best = Math.min(best, Bun.nanoseconds() - startedAt)
      }
      return best
    }
    timed(20_000)
    // Ten times the elements: quadratic would be a hundred times.
    expect(timed(200_000) / timed(20_000)).toBeLessThan(40)
  })
})

const RESP2_TYPES: ReadonlySet<string> = new Set([
  'simple',
  'error',
  'integer',
  'bulk',
  'null',
  'array',
])

function typesOf(value: RespValue): Set<string> {
  const types = new Set<string>([value.type])
  if ('items' in value)
    for (const item of value.items) for (const type of typesOf(item)) types.add(type)
  return types
}

function decodeOrError(bytes: Uint8Array, at: number): Decoded | null {
  try {
    return decodeValue(bytes, at)
  } catch (error) {
    expect(error).toBeInstanceOf(RespError)
    return null
  }
}
