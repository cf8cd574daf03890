import { describe, expect, test } from 'bun:test'
import { compileHeaderMatcher, compileHeaderMatchers } from '../../src/config/header-matcher.ts'
import { isDefault } from '../../src/config/load/is-default.ts'
import { type HeaderMatcher, headerMatcher } from '../../src/config/schema/header-matcher.ts'
import { withContext } from '../../src/config/schema/parse-context.ts'
import { schemaRegistry } from './support/registry.ts'

function read(value: object): HeaderMatcher {
  const context = { registry: schemaRegistry(), isDefault }
  const dataset = withContext(context, () => headerMatcher()['~run']({ value }, {}))
  if (!dataset.typed) throw new Error(JSON.stringify(dataset.issues))
  return dataset.value as HeaderMatcher
}

/** Whether a matcher of `h` takes these values of it. */
function takes(matcher: object, ...values: readonly string[]): boolean {
  const matches = compileHeaderMatcher(read({ name: 'H', ...matcher }))
  return matches({ values: (name) => (name === 'h' ? values : []) })
}

describe('a header matcher', () => {
  test('knows Envoy’s ways to match, the old spellings too', () => {
    expect(takes({ string_match: { prefix: 'ab' } }, 'abc')).toBe(true)
    expect(takes({ string_match: { exact: 'A', ignore_case: true } }, 'a')).toBe(true)
    expect(takes({ exact_match: 'a' }, 'b')).toBe(false)
    expect(takes({ safe_regex_match: { regex: '[0-9]+' } }, '12')).toBe(true)
    expect(takes({ safe_regex_match: { regex: '[0-9]+' } }, '12x')).toBe(false)
    expect(takes({ suffix_match: 'c' }, 'abc')).toBe(true)
    expect(takes({ contains_match: 'b' }, 'abc')).toBe(true)
  })

  test('compares whole numbers with a range that ends before its end', () => {
    const range_match = { start: -1, end: 10 }
    expect(['-1', '9', '10', 'x', '1.5', ''].map((one) => takes({ range_match }, one))).toEqual([
      ...[true, true, false, false, false, false],
    ])
  })

  test('asks whether the header is there, if it says nothing else', () => {
    expect(takes({}, '')).toBe(true)
    expect(takes({})).toBe(false)
    expect(takes({ present_match: false })).toBe(true)
    expect(takes({ present_match: false, invert_match: true })).toBe(false)
  })

  test('takes any of several values, and inverts the outcome of that', () => {
    const string_match = { exact: 'a' }
    expect(takes({ string_match }, 'b', 'a')).toBe(true)
    expect(takes({ string_match, invert_match: true }, 'b', 'a')).toBe(false)
    expect(takes({ string_match, invert_match: true }, 'b')).toBe(true)
    expect(takes({ string_match, invert_match: true })).toBe(true)
  })

  test('may take a missing header for an empty one', () => {
    const string_match = { exact: '' }
    expect(takes({ string_match })).toBe(false)
    expect(takes({ string_match, treat_missing_header_as_empty: true })).toBe(true)
  })

  test('is one of several that must all match; none is no question', () => {
    const both = [read({ name: 'a' }), read({ name: 'b' })]
    const matches = compileHeaderMatchers(both)!
    expect(matches({ values: (name) => (name === 'a' ? ['1'] : []) })).toBe(false)
    expect(matches({ values: () => ['1'] })).toBe(true)
    expect(compileHeaderMatchers([])).toBeNull()
  })
})
