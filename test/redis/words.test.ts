import { expect, test } from 'bun:test'
import { splitWords } from '../../src/redis/words.ts'

function words(text: string): string[] | null {
  return splitWords(text)?.map((word) => Buffer.from(word).toString('latin1')) ?? null
}

test.each([
  ['GET user:1', ['GET', 'user:1']],
  ['  GET \t user:1\n', ['GET', 'user:1']],
  ['SET k "a b"', ['SET', 'k', 'a b']],
  ["SET k 'a \"b'", ['SET', 'k', 'a "b']],
  ['SET k "a\\n\\r\\t\\b\\a\\"\\\\\\q"', ['SET', 'k', 'a\n\r\t\b\x07"\\q']],
  ['SET k "\\x00\\xFf"', ['SET', 'k', '\x00\xff']],
  ["SET k 'it\\'s\\n'", ['SET', 'k', "it's\\n"]],
  ['SET k ""', ['SET', 'k', '']],
  ['', []],
  ['   ', []],
])('%j', (text, expected) => {
  expect(words(text)).toEqual(expected)
})

test.each(["a'b", 'SET k "a', "SET k 'a", 'SET k "a"b', '"'])('%j is not closed', (text) => {
  expect(words(text)).toBeNull()
})

test('bytes that are no ASCII stay as they are', () => {
  expect(splitWords('GET ü')?.[1]).toEqual(Buffer.from('ü'))
})
