import { describe, expect, test } from 'bun:test'
import { SessionCache } from '../../../../src/extensions/transport_sockets/tls/session-cache.ts'
import type { TlsSocket } from '../../../../src/network/tls-socket.ts'

const FLIGHT = { group: 29, signatureAlgorithm: 0 }

function socket(ticket: number | null, fields: Partial<TlsSocket> = {}): TlsSocket {
  return {
    version: 'TLSv1.2',
    serverName: 'a.test',
    takeSession: () => (ticket === null ? null : Uint8Array.of(ticket)),
    ...fields,
  } as TlsSocket
}

const taken = (cache: SessionCache, name = 'a.test') => cache.take(name)?.ticket[0] ?? null

describe('sessions', () => {
  test('of TLS 1.2 are used again and again, the newest of a name', () => {
    const cache = new SessionCache(2)
    cache.keepOf(socket(1), FLIGHT)
    cache.keepOf(socket(2), FLIGHT)
    expect([taken(cache), taken(cache)]).toEqual([2, 2])
    expect(cache.take('a.test')!.flight).toEqual(FLIGHT)
  })

  test('of TLS 1.3 are used once', () => {
    const cache = new SessionCache(2)
    cache.keepOf(socket(1, { version: 'TLSv1.3' }), FLIGHT)
    expect([taken(cache), taken(cache)]).toEqual([1, null])
  })

  test('are for the name that was asked for', () => {
    const cache = new SessionCache(2)
    cache.keepOf(socket(1, { serverName: 'b.test' }), FLIGHT)
    expect([taken(cache), taken(cache, 'b.test')]).toEqual([null, 1])
  })

  test('are as many as the config says, be it none', () => {
    const cache = new SessionCache(1)
    cache.keepOf(socket(1), FLIGHT)
    cache.keepOf(socket(2, { serverName: 'b.test' }), FLIGHT)
    expect([taken(cache), taken(cache, 'b.test')]).toEqual([null, 2])
    const none = new SessionCache(0)
    none.keepOf(socket(1), FLIGHT)
    expect(taken(none)).toBeNull()
  })

  test('are not kept when there is none', () => {
    const cache = new SessionCache(1)
    cache.keepOf(socket(null), FLIGHT)
    expect(taken(cache)).toBeNull()
  })
})
