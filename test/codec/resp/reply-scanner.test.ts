import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ReplyScanner } from '../../../src/codec/resp/reply-scanner.ts'
import { FUZZ_RUNS, mutatedStreams, pieces } from './streams.ts'

/** Ends of the replies in the text, cut in two at a place; null: it is no reply. */
function ends(text: string, cut: number): number[] | null {
  const bytes = Buffer.from(text, 'latin1')
  const scanner = new ReplyScanner()
  const found: number[] = []
  for (const [from, to] of [
    [0, cut],
    [cut, bytes.length],
  ] as const) {
    const piece = new Uint8Array(bytes.subarray(from, to))
    for (let at = 0; at < piece.length; ) {
      const end = scanner.scan(piece, at, piece.length)
      if (scanner.failed) return null
      if (end < 0) break
      found.push(from + end)
      at = end
    }
  }
  return found
}

test('strings end where they say, wherever they are cut', () => {
  const text = '$3\r\nabc\r\n$0\r\n\r\n*2\r\n$2\r\n\r\n\r\n=5\r\ntxt:x\r\n!1\r\ne\r\n'
  for (let cut = 0; cut <= text.length; cut++) expect(ends(text, cut)).toEqual([9, 15, 38, 45])
})

test.each([
  '$3\r\nabcdef\r\n',
  '$3\r\nab\r\n\r\n',
  '$0\r\nab',
  '$1\r\na\n\r',
  '*1\r\n$1\r\nab\r\n',
  '$1\r\na\rb',
])('%j has a string without its line end, wherever it is cut', (text) => {
  for (let cut = 0; cut <= text.length; cut++) expect(ends(text, cut)).toBeNull()
})

/** Where replies end in a stream of pieces, and whether it is one. */
function scan(chunks: readonly Uint8Array[]): { ends: number[]; failed: boolean; types: string } {
  const scanner = new ReplyScanner()
  const ends: number[] = []
  let types = ''
  let offset = 0
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const end = scanner.scan(chunk, at, chunk.length)
      if (end < 0) break
      expect(end).toBeGreaterThan(at)
      ends.push(offset + end)
      types += String.fromCharCode(scanner.type)
      at = end
    }
    if (scanner.failed) break
    offset += chunk.length
  }
  return { ends, failed: scanner.failed, types }
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))

const REPLIES = [
  '+OK\r\n',
  '-ERR x y\r\n',
  ':-12\r\n',
  '$5\r\na\r\nbc\r\n',
  '$-1\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*3\r\n:1\r\n*1\r\n$1\r\na\r\n+x\r\n',
  '%2\r\n+a\r\n:1\r\n+b\r\n~1\r\n#t\r\n',
  '>2\r\n+message\r\n$1\r\nx\r\n',
  '|1\r\n+ttl\r\n:1\r\n$1\r\nv\r\n',
  '_\r\n',
  ',1.5\r\n',
  '(123456789012345678901\r\n',
  '=7\r\ntxt:abc\r\n',
  '!3\r\nERR\r\n',
]

describe('a scanner of replies', () => {
  test('finds the end and the type of each kind, wherever they are cut', () => {
    const text = REPLIES.join('')
    const bytes = bytesOf(text)
    const whole = scan([bytes])
    expect(whole.failed).toBe(false)
    expect(whole.types).toBe('+-:$$***%>$_,(=!')
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(scan([bytes.slice(0, cut), bytes.slice(cut)]), `cut at ${cut}`).toEqual(whole)
    }
  })

  test.each([
    '?x\r\n',
    'HTTP/1.1 400\r\n',
    '$x\r\n',
    '$-2\r\n',
    '*-2\r\n',
    '$\r\n',
    '+OK\rX',
    '%-1\r\n',
    '$1x\r\n',
    '$536870913\r\n',
  ])('finds that %j is no reply', (text) => {
    for (let cut = 0; cut <= text.length; cut++) {
      const bytes = bytesOf(text)
      expect(scan([bytes.slice(0, cut), bytes.slice(cut)])).toMatchObject({
        ends: [],
        failed: true,
      })
    }
  })

  test('says how much of a string is still to come', () => {
    const scanner = new ReplyScanner()
    scanner.scan(bytesOf('*2\r\n$10\r\nabc'), 0, 12)
    expect([scanner.openBytes, scanner.isBetween]).toEqual([9, false])
    scanner.reset()
    expect(scanner.isBetween).toBe(true)
  })

  test('keeps nothing per level or element', () => {
    const deep = bytesOf('*1\r\n'.repeat(100_000))
    expect(scan([deep]).failed).toBe(false)
    expect(scan([bytesOf('*2000000000\r\n'), bytesOf(':1\r\n'.repeat(1000))])).toMatchObject({
      ends: [],
      failed: false,
    })
  })

  test('neither throws, hangs nor depends on the cuts, whatever comes', () => {
    fc.assert(
      fc.property(mutatedStreams(REPLIES), (stream) => {
        expect(scan(pieces(stream))).toEqual(scan([stream.bytes]))
      }),
      { numRuns: FUZZ_RUNS },
    )
  }, 3_600_000)
})
