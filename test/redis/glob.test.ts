import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Glob } from '../../src/redis/glob.ts'

function matches(pattern: string, text: string): boolean {
  const bytes = Buffer.from(`<${text}>`)
  return new Glob(pattern).matches(bytes, 1, bytes.length - 1)
}

const CASES: readonly [pattern: string, matching: string[], others: string[]][] = [
  ['user:1', ['user:1'], ['user:', 'user:10', '']],
  ['', [''], ['a']],
  ['*', ['', 'a', 'abc'], []],
  ['user:*', ['user:', 'user:1'], ['user', 'xuser:1']],
  ['*:1*2', ['a:12', ':1:12', ':1x2'], [':1', 'a:123']],
  ['h?llo', ['hello', 'hallo'], ['hllo', 'heello']],
  ['h[ae]llo', ['hello', 'hallo'], ['hillo', 'hllo']],
  ['h[^e]llo', ['hallo', 'h^llo'], ['hello']],
  ['h[a-c]llo', ['hbllo'], ['hdllo', 'h-llo']],
  ['h[c-a]llo', ['hbllo'], ['hdllo']],
  ['h[a-]llo', ['h-llo', 'hallo'], ['hbllo']],
  ['h[\\]]llo', ['h]llo'], ['hallo']],
  ['h\\*llo', ['h*llo'], ['hello']],
  ['h[ab', ['ha', 'hb'], ['h', 'hc', 'hab']],
  ['a\\', ['a\\'], ['a']],
]

for (const [pattern, matching, others] of CASES) {
  test(`${pattern || '(nothing)'} as redis reads it`, () => {
    expect(matching.filter((text) => !matches(pattern, text))).toEqual([])
    expect(others.filter((text) => matches(pattern, text))).toEqual([])
  })
}

test('many stars take no more than the product of both lengths', () => {
  const started = performance.now()
  expect(matches(`${'*a'.repeat(200)}b`, 'a'.repeat(10_000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(2000)
})

test('never reads beyond the key, whatever the pattern', () => {
  const piece = fc.constantFrom('*', '?', '[', ']', '^', '-', '\\', 'a', 'b')
  fc.assert(
    fc.property(
      fc.array(piece),
      fc.string({ unit: fc.constantFrom('a', 'b', '-') }),
      (parts, text) => {
        const glob = new Glob(parts.join(''))
        const bytes = Buffer.from(text)
        const longer = Buffer.from(`${text}ab*`)
        expect(glob.matches(longer, 0, bytes.length)).toBe(glob.matches(bytes, 0, bytes.length))
      },
    ),
  )
})
