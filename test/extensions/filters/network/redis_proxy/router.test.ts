import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Router } from '../../../../../src/extensions/filters/network/redis_proxy/router.ts'
import type {
  PrefixRoutes,
  Route,
} from '../../../../../src/extensions/filters/network/redis_proxy/schema.ts'

function routes(prefixes: readonly string[], options: Partial<PrefixRoutes> = {}): PrefixRoutes {
  const defaults = { caseInsensitive: false, catchAllRoute: null }
  return { ...defaults, routes: prefixes.map(route), ...options }
}

function route(prefix: string): Route {
  return {
    prefix,
    cluster: prefix,
    removePrefix: false,
    requestMirrorPolicy: [],
    keyFormatter: '',
    readCommandPolicy: null,
  }
}

function look(config: PrefixRoutes, key: string | Uint8Array): string | null {
  const router = new Router(config, ({ prefix }) => prefix)
  const bytes = Buffer.concat([Buffer.from('<'), Buffer.from(key as string), Buffer.from('>')])
  return router.route(bytes, 1, bytes.length - 1)
}

describe('a router', () => {
  const config = routes(['a', 'abc', 'abd', 'b:', 'ü'])

  test('takes the longest prefix', () => {
    const found = ['a', 'ab', 'abc', 'abcd', 'abe', 'b', 'b:', 'ü1', ''].map((key) =>
      look(config, key),
    )
    expect(found).toEqual(['a', 'a', 'abc', 'abc', 'a', null, 'b:', 'ü', null])
  })

  test('has no route for a key that is shorter than the prefix', () => {
    expect(look(routes(['abc']), 'ab')).toBeNull()
    expect(look(routes(['>']), '')).toBeNull()
  })

  test('falls back to the catch-all route, or to the empty prefix before it', () => {
    const catchAllRoute = route('all')
    expect(look(routes(['a'], { catchAllRoute }), 'b')).toBe('all')
    expect(look(routes(['a', ''], { catchAllRoute }), 'b')).toBe('')
    expect(look(routes([], { catchAllRoute }), '')).toBe('all')
  })

  test('tells its catch-all route', () => {
    const config = routes([], { catchAllRoute: route('all') })
    expect(new Router(config, ({ cluster }) => cluster).catchAll).toBe('all')
    expect(new Router({ ...config, catchAllRoute: null }, () => 1).catchAll).toBeNull()
  })

  test('folds ASCII letters only when it is told to', () => {
    expect(look(routes(['User:']), 'user:1')).toBeNull()
    const folding = routes(['User:', 'É'], { caseInsensitive: true })
    expect(['uSER:1', 'É', 'é', 'user;'].map((key) => look(folding, key))).toEqual([
      'User:',
      'É',
      null,
      null,
    ])
  })

  test('reads bytes that are no text, a zero byte too', () => {
    expect(look(routes(['a\0b']), Uint8Array.of(97, 0, 98, 255))).toBe('a\0b')
    expect(look(routes(['a\0b']), Uint8Array.of(97, 0, 99))).toBeNull()
    expect(look(routes(['a']), Uint8Array.of(97, 255, 254))).toBe('a')
  })

  test('gives what the longest of all prefixes that fit would be, for any prefixes and keys', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'c', 'é', '\0'), maxLength: 6 })
    const many = fc.string({ maxLength: 3 })
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(word, many), { maxLength: 30 }),
        fc.array(fc.oneof(word, many), { maxLength: 20 }),
        (prefixes, keys) => {
          const router = new Router(routes(prefixes), (one) => one.prefix)
          for (const key of keys) {
            const bytes = Buffer.from(key)
            const fitting = prefixes.filter((one) => bytes.indexOf(Buffer.from(one)) === 0)
            const sizes = fitting.map((one) => Buffer.byteLength(one))
            const best = fitting[sizes.indexOf(Math.max(...sizes))] ?? null
            expect(router.route(bytes, 0, bytes.length)).toBe(best)
          }
        },
      ),
    )
  })
})
