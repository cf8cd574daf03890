import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { hashTag } from '../../../src/codec/hash/hash-tag.ts'

function tagOf(key: string, before = '', after = ''): string {
  const bytes = Buffer.from(before + key + after)
  const start = Buffer.byteLength(before)
  const range = hashTag(bytes, start, start + Buffer.byteLength(key), { start: 0, end: 0 })
  return bytes.toString('utf8', range.start, range.end)
}

test('a key counts with what its first braces hold, if anything', () => {
  const tags: Readonly<Record<string, string>> = {
    '': '',
    plain: 'plain',
    '{user1000}.following': 'user1000',
    'foo{}{bar}': 'foo{}{bar}',
    'foo{{bar}}zap': '{bar',
    'foo{bar}{zap}': 'bar',
    '{}x': '{}x',
    'x{': 'x{',
    'x{y': 'x{y',
    'x}y{z}': 'z',
    'x}y{': 'x}y{',
    '{a}': 'a',
  }
  for (const [key, tag] of Object.entries(tags)) expect(tagOf(key)).toBe(tag)
})

test('braces outside the key do not count', () => {
  const part = fc.string({ unit: fc.constantFrom('{', '}', 'a', 'b'), maxLength: 12 })
  fc.assert(
    fc.property(part, part, part, (before, key, after) => {
      const tag = /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key
      expect(tagOf(key, before, after)).toBe(tag)
    }),
    { numRuns: 5000 },
  )
})
