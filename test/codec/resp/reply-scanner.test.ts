import { expect, test } from 'bun:test'
import { ReplyScanner } from '../../../src/codec/resp/reply-scanner.ts'

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
