import { describe, expect, test } from 'bun:test'
import type { StringMatcher, ValueMatcher } from '../../src/config/schema/matcher.ts'
import { createValueMatcher } from '../../src/config/value-matcher.ts'
import { compileStringMatcher } from '../../src/stats/string-matcher.ts'

describe('compileStringMatcher', () => {
  test.each<[StringMatcher['kind'], string, boolean, string, boolean]>([
    ['exact', 'Ab', false, 'Ab', true],
    ['exact', 'Ab', false, 'ab', false],
    ['exact', 'Ab', true, 'aB', true],
    ['prefix', 'ab', false, 'abc', true],
    ['prefix', 'ab', false, 'cab', false],
    ['suffix', 'BC', true, 'abc', true],
    ['contains', 'b', false, 'abc', true],
    ['contains', 'x', false, 'abc', false],
    ['regex', 'a.c', false, 'abc', true],
    ['regex', 'b', false, 'abc', false],
  ])('%s %j (ignore case: %p) on %j is %p', (kind, pattern, ignoreCase, text, expected) => {
    expect(compileStringMatcher({ kind, pattern, ignoreCase })(text)).toBe(expected)
  })
})

describe('createValueMatcher', () => {
  const matches = (config: ValueMatcher, value: unknown) => createValueMatcher(config)(value)

  test('tells null, absent and present apart', () => {
    expect(matches({ kind: 'null' }, null)).toBeTrue()
    expect(matches({ kind: 'null' }, undefined)).toBeFalse()
    expect(matches({ kind: 'present', present: true }, null)).toBeTrue()
    expect(matches({ kind: 'present', present: true }, undefined)).toBeFalse()
    expect(matches({ kind: 'present', present: false }, undefined)).toBeTrue()
  })

  test('takes numbers alone, or in a half-open range', () => {
    expect(matches({ kind: 'double', value: 1.5 }, 1.5)).toBeTrue()
    expect(matches({ kind: 'double', value: 1.5 }, '1.5')).toBeFalse()
    expect(matches({ kind: 'range', start: 1, end: 2 }, 1)).toBeTrue()
    expect(matches({ kind: 'range', start: 1, end: 2 }, 2)).toBeFalse()
    expect(matches({ kind: 'range', start: 1, end: 2 }, '1')).toBeFalse()
  })

  test('takes bools, lists with one fitting item, and alternatives', () => {
    const yes = { kind: 'bool', value: true } as const
    expect(matches(yes, true)).toBeTrue()
    expect(matches(yes, 1)).toBeFalse()
    expect(matches({ kind: 'list', matcher: yes }, [false, true])).toBeTrue()
    expect(matches({ kind: 'list', matcher: yes }, true)).toBeFalse()
    expect(matches({ kind: 'or', matchers: [{ kind: 'null' }, yes] }, true)).toBeTrue()
    expect(matches({ kind: 'or', matchers: [] }, true)).toBeFalse()
  })
})
