import { test } from 'bun:test'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A Python that has redis-py: `.ci/install` makes it. */
export const PYTHON_WITH_REDIS =
  process.env['TSPROXY_REDIS_PY'] ?? join(homedir(), '.cache/tsproxy/redis-py-8.1.0/bin/python')

/** What tests need of the machine, and how to see that it is there. */
const PROGRAMS = {
  redis: 'redis-server',
  'redis-cli': 'redis-cli',
  'redis-py': PYTHON_WITH_REDIS,
  envoy: 'envoy',
  haproxy: 'haproxy',
  nginx: 'nginx',
  curl: 'curl',
  openssl: 'openssl',
} as const

export type Program = keyof typeof PROGRAMS

/**
 * True if the program is there. If not, the tests that need it are skipped by name (`describe.if(needs('redis'))`), or, when
 * TSPROXY_REQUIRE lists it (`redis,envoy`), one that fails says so.
 */
export function needs(program: Program): boolean {
  if (Bun.which(PROGRAMS[program]) !== null) return true
  const required = (process.env['TSPROXY_REQUIRE'] ?? '').split(',')
  if (required.includes(program)) {
    test(`${program} is there, as TSPROXY_REQUIRE asks`, () => {
      throw new Error(`${PROGRAMS[program]} is not there`)
    })
  }
  return false
}
