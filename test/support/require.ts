import { test } from 'bun:test'

/** What tests need of the machine, and how to see that it is there. */
const PROGRAMS = {
  redis: 'redis-server',
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
      throw new Error(`${PROGRAMS[program]} is not on the PATH`)
    })
  }
  return false
}
