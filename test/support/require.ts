import { test } from 'bun:test'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { whyNoThrift } from './thrift-library.ts'

/** A Python that has redis-py: `.ci/install` makes it. */
export const PYTHON_WITH_REDIS =
  process.env['TSPROXY_REDIS_PY'] ?? join(homedir(), '.cache/tsproxy/redis-py-8.1.0/bin/python')

/** What tests need of the machine: a program, or what says what is missing. */
const NEEDED = {
  redis: 'redis-server',
  'redis-cli': 'redis-cli',
  'redis-py': PYTHON_WITH_REDIS,
  thrift: whyNoThrift,
  envoy: 'envoy',
  haproxy: 'haproxy',
  nginx: 'nginx',
  curl: 'curl',
  openssl: 'openssl',
} as const

export type Program = keyof typeof NEEDED

/**
 * True if the program is there. If not, the tests that need it are skipped by name (`describe.if(needs('redis'))`), or, when
 * TSPROXY_REQUIRE lists it (`redis,envoy`), one that fails says so.
 */
export function needs(program: Program): boolean {
  const why = whyMissing(NEEDED[program])
  if (why === null) return true
  const required = (process.env['TSPROXY_REQUIRE'] ?? '').split(',')
  if (required.includes(program)) {
    test(`${program} is there, as TSPROXY_REQUIRE asks`, () => {
      throw new Error(why)
    })
  }
  return false
}

function whyMissing(needed: string | (() => string | null)): string | null {
  if (typeof needed !== 'string') return needed()
  return Bun.which(needed) === null ? `${needed} is not there` : null
}
