import { describe, expect, test } from 'bun:test'
import {
  compileSanMatcher,
  dnsNameMatches,
} from '../../../../src/extensions/transport_sockets/tls/san-matcher.ts'

const NAMES: readonly (readonly [string, string, boolean])[] = [
  ['one.a.test', 'one.a.test', true],
  ['ONE.a.test', 'one.A.test', true],
  ['one.a.test', '*.a.test', true],
  ['two.one.a.test', '*.a.test', false],
  ['a.test', '*.a.test', false],
  ['one.a.test', 'o*.a.test', true],
  ['one.a.test', 'o*e.a.test', true],
  ['one.a.test', 'one*.a.test', true],
  ['one.a.test', 'one.*.test', false],
  ['one.a.test', '*n*.a.test', false],
  ['xn--1.a.test', 'xn--*.a.test', false],
  ['test', '*', false],
  ['one.a.test', 'other.a.test', false],
]

test.each(NAMES)('the name %s and the certificate for %s: %p', (name, pattern, matches) => {
  expect(dnsNameMatches(name, pattern)).toBe(matches)
})

const exact = (pattern: string) => ({ kind: 'exact', pattern, ignoreCase: false }) as const
const dns = (value: string) => ({ type: 'DNS', value, objectId: '' }) as const

describe('a matcher', () => {
  test('that is exact takes a wildcard of the certificate, another does not', () => {
    const matcher = { type: 'DNS', objectId: '' } as const
    expect(compileSanMatcher({ ...matcher, matcher: exact('x.a.test') })(dns('*.a.test'))).toBe(
      true,
    )
    const suffix = { kind: 'suffix', pattern: 'x.a.test', ignoreCase: false } as const
    expect(compileSanMatcher({ ...matcher, matcher: suffix })(dns('*.a.test'))).toBe(false)
    expect(compileSanMatcher({ ...matcher, matcher: suffix })(dns('y.x.a.test'))).toBe(true)
  })

  test('looks at names of its type only', () => {
    const matches = compileSanMatcher({ type: 'URI', matcher: exact('a.test'), objectId: '' })
    expect(matches(dns('a.test'))).toBe(false)
    expect(matches({ type: 'URI', value: 'a.test', objectId: '' })).toBe(true)
  })

  test('without a type looks at all but other names', () => {
    const matches = compileSanMatcher({ type: null, matcher: exact('x'), objectId: '' })
    for (const type of ['EMAIL', 'URI', 'IP_ADDRESS'] as const) {
      expect(matches({ type, value: 'x', objectId: '' })).toBe(true)
    }
    expect(matches({ type: 'OTHER_NAME', value: 'x', objectId: '1.2' })).toBe(false)
  })

  test('of other names wants the same identifier', () => {
    const matches = compileSanMatcher({ type: 'OTHER_NAME', matcher: exact('x'), objectId: '1.2' })
    expect(matches({ type: 'OTHER_NAME', value: 'x', objectId: '1.2' })).toBe(true)
    expect(matches({ type: 'OTHER_NAME', value: 'x', objectId: '1.3' })).toBe(false)
  })
})
