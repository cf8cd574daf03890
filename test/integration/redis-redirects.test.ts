import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { DnsServer } from '../support/dns-server.ts'
import { eventually } from '../support/eventually.ts'
import {
  byPrefix,
  client,
  endScene,
  MIB,
  proxy,
  send,
  serve,
  start,
} from '../support/redis-scene.ts'
import { socketAddress } from '../support/tcp-config.ts'

setDefaultTimeout(20_000)
afterEach(endScene)

describe('redirects', () => {
  const settings = { enable_redirection: true }

  test('of a value that streams goes to the client, not half a command to the other host', async () => {
    const other = serve()
    const first = serve(() => `-MOVED 1 127.0.0.1:${other.port}\r\n`)
    await start(byPrefix([first], settings))
    const peer = await client()
    const size = 32 * MIB
    peer.write(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${size}\r\n`)
    peer.write(Buffer.alloc(size, 'v'))
    peer.write('\r\n')
    await peer.sees(`-MOVED 1 127.0.0.1:${other.port}\r\n`)
    expect(other.server.peers.length).toBe(0)
  })

  test('of a value that is not that big is followed', async () => {
    const other = serve(() => '+other\r\n')
    const first = serve(() => `-MOVED 1 127.0.0.1:${other.port}\r\n`)
    await start(byPrefix([first], settings))
    const peer = await client()
    const size = MIB
    peer.write(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${size}\r\n`)
    peer.write(Buffer.alloc(size / 2, 'v'))
    await Bun.sleep(50)
    peer.write(Buffer.alloc(size / 2, 'v'))
    peer.write('\r\n')
    await peer.sees('+other\r\n')
    expect(other.seen[0]!.words[2]!.length).toBe(size)
  })

  test('in a transaction goes to the client: elsewhere it would be no transaction', async () => {
    const other = serve()
    const first = serve((words) =>
      words[0] === 'MULTI' ? '+OK\r\n' : `-MOVED 1 127.0.0.1:${other.port}\r\n`,
    )
    await start(byPrefix([first], settings))
    const peer = await client()
    send(peer, 'MULTI', 'SET a 1')
    await peer.sees('+OK\r\n-MOVED 1 ')
    expect(other.seen.length).toBe(0)
  })

  test('of a blocking command does not block others at the new host', async () => {
    const other = serve((words) => (words[0] === 'BLPOP' ? null : '+other\r\n'))
    const first = serve(() => `-MOVED 1 127.0.0.1:${other.port}\r\n`)
    await start(byPrefix([first], settings))
    const blocked = await client()
    send(blocked, 'BLPOP a 0')
    await eventually(() => other.names === 'blpop')
    const peer = await client()
    send(peer, 'GET a')
    await peer.sees('+other\r\n')
    blocked.reset()
    await eventually(() => other.open === 1)
  })

  test('hosts that only redirects name are forgotten with their last connection', async () => {
    let target = 0
    const first = serve(() => `-MOVED 1 127.0.0.1:${target}\r\n`)
    await start(byPrefix([first], { ...settings, max_upstream_unknown_connections: 1 }))
    const peer = await client()
    const one = serve(() => '+one\r\n')
    target = one.port
    send(peer, 'GET a')
    await peer.sees('+one\r\n')
    one.stop()
    await eventually(() => one.open === 0)
    const two = serve(() => '+two\r\n')
    target = two.port
    await Bun.sleep(100)
    send(peer, 'GET a')
    await peer.sees('+two\r\n')
  })
})

describe('redirects to names', () => {
  let dns: DnsServer
  beforeAll(async () => {
    dns = await DnsServer.start()
  })
  afterAll(() => dns.stop())

  function names(fields: object = {}) {
    const resolver = {
      name: 'envoy.network.dns_resolver.cares',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
        resolvers: [socketAddress(dns.port)],
        dns_resolver_options: { no_default_search_domain: true },
      },
    }
    const cache = { name: 'c', dns_lookup_family: 'V4_ONLY', typed_dns_resolver_config: resolver }
    return { enable_redirection: true, dns_cache_config: { ...cache, ...fields } }
  }

  test('are followed after a lookup, which the next one does not need', async () => {
    dns.setAddresses('other.test', 'A', ['127.0.0.1'])
    const other = serve(() => '+other\r\n')
    const first = serve(() => `-MOVED 1 other.test:${other.port}\r\n`)
    await start(byPrefix([first], names()))
    const peer = await client()
    send(peer, 'GET a', 'MGET a a')
    await peer.sees('+other\r\n*2\r\n-')
    expect(dns.count('other.test A udp')).toBe(1)
    await proxy!.showsStats({
      'cluster.up0.upstream_internal_redirect_succeeded_total': 3,
      'dns_cache.c.dns_query_success': 1,
      'dns_cache.c.num_hosts': 1,
      'dns_cache.c.circuit_breakers.rq_pending_remaining': 1024,
    })
  })

  test('that have no address go to the client', async () => {
    const first = serve(() => '-MOVED 1 nobody.test:1234\r\n')
    await start(byPrefix([first], names()))
    const peer = await client()
    send(peer, 'GET a')
    await peer.sees('-MOVED 1 nobody.test:1234\r\n')
    await proxy!.showsStats({
      'cluster.up0.upstream_internal_redirect_failed_total': 1,
      'redis.redis.downstream_rq_active': 0,
    })
  })

  test('go to the client where no more names may wait, and who goes meanwhile is not counted on', async () => {
    dns.set('silent.test', 'A', { silent: true })
    const first = serve((words) => `-MOVED 1 ${words[1]}.test:1234\r\n`)
    const breaker = { dns_cache_circuit_breaker: { max_pending_requests: 1 } }
    await start(byPrefix([first], names(breaker)))
    const waiting = await client()
    send(waiting, 'GET silent')
    await proxy!.showsStats({ 'dns_cache.c.circuit_breakers.rq_pending_open': 1 })
    const peer = await client()
    send(peer, 'GET more')
    await peer.sees('-MOVED 1 more.test:1234\r\n')
    waiting.reset()
    await proxy!.showsStats({
      'redis.redis.downstream_cx_active': 1,
      'redis.redis.downstream_rq_active': 0,
      'dns_cache.c.dns_rq_pending_overflow': 1,
    })
  })

  test('that nobody resolves in time go to the client', async () => {
    dns.set('silent.test', 'A', { silent: true })
    const first = serve(() => '-MOVED 1 silent.test:1234\r\n')
    await start(byPrefix([first], names({ dns_query_timeout: '0.3s' })))
    const peer = await client()
    send(peer, 'GET a')
    await peer.sees('-MOVED 1 silent.test:1234\r\n')
    await proxy!.showsStats({ 'dns_cache.c.dns_query_timeout': 1 })
  })
})
