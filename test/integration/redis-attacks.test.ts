import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { DnsServer } from '../support/dns-server.ts'
import { eventually } from '../support/eventually.ts'
import { redisConfig, redisProxyFilter } from '../support/redis-config.ts'
import {
  byPrefix,
  client,
  endScene,
  MIB,
  proxy,
  send,
  serve,
  servers,
  start,
} from '../support/redis-scene.ts'
import { bulkOf, type Script, ScriptedRedis } from '../support/scripted-redis.ts'
import type { TcpPeer } from '../support/tcp.ts'
import { cluster, listener, socketAddress } from '../support/tcp-config.ts'

setDefaultTimeout(20_000)
afterEach(endScene)

describe('a client that reads late', () => {
  test('gets what one server held back once it has read the other one’s reply', async () => {
    const big = serve(() => bulkOf(32 * MIB))
    const small = serve(() => '+b\r\n')
    await start(byPrefix([big, small]))
    const peer = await client()
    peer.keeps = false
    peer.pause()
    send(peer, 'GET a', 'GET b')
    await eventually(() => small.seen.length === 1)
    await proxy!.showsStats({ 'cluster.up1.upstream_rq_active': 0 })
    peer.resume()
    await eventually(() => peer.length === bulkOf(32 * MIB).length + 4, 4000)
  })

  test('gets replies in order of which more than is held came early', async () => {
    let late: TcpPeer | null = null
    const first = serve((_, peer) => {
      late = peer
      return null
    })
    const others = [serve(() => bulkOf(8 * MIB, 'b')), serve(() => bulkOf(8 * MIB, 'c'))]
    await start(byPrefix([first, ...others]))
    const peer = await client()
    peer.keeps = false
    send(peer, 'GET a', 'GET b', 'GET c')
    await eventually(() => late !== null && others.every(({ seen }) => seen.length === 1))
    await Bun.sleep(300)
    late!.write('+a\r\n')
    await eventually(() => peer.length === 4 + 2 * bulkOf(8 * MIB).length, 4000)
  })

  test('gets what came early in the order in which it came, big reads before small ones', async () => {
    let late: TcpPeer | null = null
    const first = serve((_, peer) => {
      late = peer
      return null
    })
    const second = serve((words) => (words[1] === 'b1' ? bulkOf(60_000) : null))
    await start(byPrefix([first, second]))
    const peer = await client()
    send(peer, 'GET a', 'GET b1', 'GET b2', 'GET b3')
    await eventually(() => late !== null && second.seen.length === 3)
    await Bun.sleep(100)
    second.seen[1]!.peer.write('+b2\r\n')
    await Bun.sleep(100)
    second.seen[1]!.peer.write('+b3\r\n')
    await Bun.sleep(100)
    late!.write('+a\r\n')
    await peer.sees('+b3\r\n')
    expect(peer.text).toBe(`+a\r\n${bulkOf(60_000)}+b2\r\n+b3\r\n`)
  })

  test('is not closed, nor holds up others, when another server is late', async () => {
    let late: TcpPeer | null = null
    const first = serve((_, peer) => {
      late = peer
      return null
    })
    const second = serve((words) => (words[1] === 'b1' ? bulkOf(4 * MIB) : '+b\r\n'))
    await start(byPrefix([first, second]))
    const peer = await client()
    peer.keeps = false
    send(peer, 'GET a', 'GET b1')
    await eventually(() => second.seen.length === 1)
    const other = await client()
    send(other, 'GET b2')
    await other.sees('+b\r\n')
    await Bun.sleep(2500)
    expect(peer.closed).toBe(false)
    late!.write('+a\r\n')
    await eventually(() => peer.length === 4 + bulkOf(4 * MIB).length)
  })

  test('makes others wait for a second, not for one each, where there are many such', async () => {
    const server = serve((words) => (words[1] === 'big' ? bulkOf(8 * MIB) : '+a\r\n'))
    await start(byPrefix([server]))
    for (let i = 0; i < 8; i++) {
      const peer = await client()
      peer.pause()
      send(peer, 'GET big')
    }
    const other = await client()
    send(other, 'GET a')
    await other.sees('+a\r\n', 3500)
  })

  test('is not closed for what only itself waits for', async () => {
    const server = serve((words) => (words[1] === 'a' ? bulkOf(16 * MIB) : '+b\r\n'))
    await start(byPrefix([server]))
    const peer = await client()
    peer.keeps = false
    peer.pause()
    send(peer, 'GET a')
    await eventually(() => server.seen.length === 1)
    send(peer, 'GET b')
    await eventually(() => server.seen.length === 2)
    await Bun.sleep(2500)
    expect(peer.closed).toBe(false)
    peer.resume()
    await eventually(() => peer.length === bulkOf(16 * MIB).length + 4)
  })

  test('for longer than op_timeout costs its server nothing', async () => {
    const server = serve(() => bulkOf(32 * MIB))
    await start(byPrefix([server], { op_timeout: '0.5s' }))
    const peer = await client()
    peer.keeps = false
    peer.pause()
    send(peer, 'GET a')
    await eventually(() => server.seen.length === 1)
    await Bun.sleep(1500)
    peer.resume()
    await eventually(() => peer.length === bulkOf(32 * MIB).length, 4000)
    expect((await proxy!.stats('upstream_rq_timeout'))['cluster.up0.upstream_rq_timeout']).toBe(0)
  })
})

describe('the end of a client', () => {
  test('QUIT ends one whose replies are off', async () => {
    await start(byPrefix([serve()]))
    const peer = await client()
    send(peer, 'CLIENT REPLY OFF', 'SET a 1', 'QUIT')
    await eventually(() => peer.ended)
  })

  test('a FIN behind half a command ends it behind its replies', async () => {
    await start(byPrefix([serve()]))
    const peer = await client()
    peer.write('SET a 1\r\nSET a')
    peer.finish()
    await peer.sees('+OK\r\n')
    await eventually(() => peer.closed)
  })

  for (const before of ['', 'GET a\r\n']) {
    test(`a FIN right behind "${before.trim()}" and BLPOP ends that, or it would take an element away`, async () => {
      const server = serve((words) => (words[0] === 'BLPOP' ? null : '+OK\r\n'))
      await start(byPrefix([server]))
      const peer = await client()
      peer.write(`${before}BLPOP a 0\r\n`)
      peer.finish()
      await eventually(() => peer.closed)
      await proxy!.showsStats({ 'redis.redis.downstream_cx_active': 0 })
      await eventually(() => server.open === (before === '' ? 0 : 1))
    })
  }

  test('one that goes during SELECT is not counted on', async () => {
    const server = serve((words) => (words[0] === 'SELECT' ? null : '+OK\r\n'))
    await start(byPrefix([server]))
    const peer = await client()
    send(peer, 'SELECT 3')
    await eventually(() => server.seen.length === 1)
    peer.reset()
    await proxy!.showsStats({ 'redis.redis.downstream_cx_active': 0 })
    await proxy!.showsStats({ 'redis.redis.downstream_rq_active': 0 })
  })
})

describe('setting up', () => {
  test('SELECT 0 as the very first command is answered', async () => {
    await start(byPrefix([serve()]))
    const peer = await client()
    send(peer, 'SELECT 0')
    await peer.sees('+OK\r\n', 2000)
  })

  test('databases that do not exist leave room for those that do', async () => {
    const server = serve((words) =>
      words[0] === 'SELECT' && Number(words[1]) > 15
        ? '-ERR DB index is out of range\r\n'
        : '+OK\r\n',
    )
    await start(byPrefix([server]))
    const peer = await client()
    for (let i = 0; i < 1100; i++) send(peer, `SELECT ${100 + i}`)
    await eventually(() => peer.text.split('DB index').length === 1101, 15_000)
    send(peer, 'SELECT 5')
    await peer.sees('+OK\r\n')
  })
})

describe('transactions', () => {
  test('WATCH is done before what follows it is sent', async () => {
    let watching: TcpPeer | null = null
    const server = serve((words, peer) => {
      if (words[0] !== 'WATCH') return '+v\r\n'
      watching = peer
      return null
    })
    await start(byPrefix([server]))
    const peer = await client()
    send(peer, 'WATCH a', 'GET a')
    await eventually(() => watching !== null)
    await Bun.sleep(200)
    expect(server.names).toBe('watch')
    watching!.write('+OK\r\n')
    await peer.sees('+OK\r\n+v\r\n')
  })

  test('MULTI behind WATCH waits for what is under way on the shared connection', async () => {
    let reading: TcpPeer | null = null
    const server = serve((words, peer) => {
      if (words[0] !== 'GET') return '+OK\r\n'
      reading = peer
      return null
    })
    await start(byPrefix([server]))
    const peer = await client()
    send(peer, 'WATCH a')
    await peer.sees('+OK\r\n')
    send(peer, 'GET a', 'MULTI', 'SET a 1', 'EXEC')
    await eventually(() => reading !== null)
    await Bun.sleep(200)
    expect(server.names).toBe('watch get')
    reading!.write('$1\r\nv\r\n')
    await peer.sees('+OK\r\n$1\r\nv\r\n+OK\r\n+OK\r\n+OK\r\n')
  })

  test('EXEC of one that is broken leaves the replies before it alone', async () => {
    let queueing: TcpPeer | null = null
    const server = serve((words, peer) => {
      if (words[0] !== 'SET') return '+OK\r\n'
      queueing = peer
      return null
    })
    await start(byPrefix([server]))
    const peer = await client()
    send(peer, 'MULTI', 'SET a 1', 'NOSUCH', 'EXEC')
    await eventually(() => queueing !== null)
    await Bun.sleep(100)
    queueing!.write('+QUEUED\r\n')
    await peer.sees('EXECABORT')
    expect(peer.text).toStartWith('+OK\r\n+QUEUED\r\n-ERR unknown command')
  })

  test('watches anew where the connection of the last WATCH was lost, and EXEC knows', async () => {
    const server = serve()
    await start(byPrefix([server]))
    const peer = await client()
    send(peer, 'WATCH a')
    await peer.sees('+OK\r\n')
    for (const { peer: own } of server.seen) own.close()
    await proxy!.showsStats({ 'cluster.up0.upstream_cx_active': 0 })
    send(peer, 'WATCH a', 'MULTI', 'SET a 1', 'EXEC', 'WATCH a', 'MULTI', 'SET a 1', 'EXEC')
    await peer.sees('EXECABORT')
    await eventually(() => peer.text.endsWith('+OK\r\n+OK\r\n+OK\r\n+OK\r\n'))
  })
})

describe('a server that misbehaves', () => {
  test('half a reply that nobody asked for is no part of the next one', async () => {
    const server = serve(() => '+OK\r\n')
    await start(byPrefix([server]))
    const peer = await client()
    send(peer, 'GET a')
    await peer.sees('+OK\r\n')
    server.seen[0]!.peer.write('+evil')
    await eventually(() => server.server.peers[0]!.closed || server.server.peers[0]!.ended, 2000)
    send(peer, 'GET a')
    await peer.sees('+OK\r\n+OK\r\n')
  })

  test('an early reply to a value that is under way leaves nobody its connection', async () => {
    const server = serve()
    await start(byPrefix([server]))
    const peer = await client()
    peer.write(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${MIB}\r\n${'v'.repeat(1000)}`)
    const own = await server.server.peer(0)
    own.write('+early\r\n')
    await peer.sees('+early\r\n')
    const other = await client()
    send(other, 'BLPOP a 0')
    await other.sees('+OK\r\n')
    expect(server.server.peers.length).toBe(2)
  })

  test('mirrors of the same cluster take no replies of an MGET', async () => {
    const server = serve((words) => `$1\r\n${words[1]}\r\n`)
    const filter = {
      prefix_routes: {
        catch_all_route: { cluster: 'up', request_mirror_policy: [{ cluster: 'up' }] },
      },
    }
    await start(redisConfig([server.port], { filter }))
    const peer = await client()
    send(peer, 'MGET a b c')
    await peer.sees('*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n')
  })

  test('errors reach all who wait behind a big reply that has ended', async () => {
    const server = serve((words) => (words[1] === 'a1' ? bulkOf(64 * 1024) : null))
    await start(byPrefix([server]))
    const peer = await client()
    send(peer, 'GET a1', 'GET a2')
    await peer.sees(bulkOf(64 * 1024))
    server.seen[0]!.peer.close()
    await peer.sees('-upstream failure\r\n')
    expect(peer.closed).toBe(false)
  })
})

describe('subscribers', () => {
  test('hear a server’s refusal', async () => {
    const server = serve(() => '-NOPERM no\r\n')
    await start(byPrefix([server]))
    const peer = await client()
    send(peer, 'SUBSCRIBE a')
    await peer.sees('-NOPERM no\r\n')
    send(peer, 'PING')
    await peer.sees('+PONG\r\n')
  })

  test('hear that there is no connection for them, and go on', async () => {
    const server = serve()
    await start(byPrefix([server], { connection_rate_limit: { connection_rate_limit_per_sec: 1 } }))
    const peer = await client()
    send(peer, 'GET a')
    await peer.sees('+OK\r\n')
    send(peer, 'SUBSCRIBE a', 'PING')
    await peer.sees('+PONG\r\n')
  })
})

describe('a host that leaves', () => {
  test('serves what is under way, and is left by everybody', async () => {
    const dns = await DnsServer.start()
    const waiting = new Map<string, TcpPeer>()
    const script: Script = (words, peer) => {
      if (words[0] === 'PING' || words[0] === 'WATCH' || words[0] === 'MULTI') return '+OK\r\n'
      if (words[0]!.toLowerCase() === 'subscribe')
        return `*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n`
      waiting.set(words[0]!, peer)
      return null
    }
    const old = serve(script)
    const next = new ScriptedRedis(() => '+new\r\n', { hostname: '127.0.0.2', port: old.port })
    servers.push(next)
    dns.setAddresses('up.test', 'A', ['127.0.0.1'], 1)
    const resolver = {
      name: 'envoy.network.dns_resolver.cares',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
        resolvers: [socketAddress(dns.port)],
        dns_resolver_options: { no_default_search_domain: true },
      },
    }
    const fields = {
      type: 'STRICT_DNS',
      dns_lookup_family: 'V4_ONLY',
      dns_refresh_rate: '0.2s',
      typed_dns_resolver_config: resolver,
    }
    const filter = redisProxyFilter('up0')
    const address = socketAddress(old.port, 'up.test')
    await start({
      static_resources: {
        listeners: [listener('in', [filter])],
        clusters: [cluster('up0', [address], fields)],
      },
    })
    const open = async (...commands: readonly string[]) => {
      const peer = await client()
      send(peer, ...commands)
      return peer
    }
    const reading = await open('GET a')
    const blocked = await open('BLPOP a 0')
    const subscribed = await open('SUBSCRIBE a')
    const watching = await open('WATCH a')
    const inMulti = await open('MULTI', 'INCR a')
    const merging = await open('MGET a b')
    const streaming = await client()
    streaming.write(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${MIB}\r\n${'v'.repeat(1000)}`)
    await watching.sees('+OK\r\n')
    await subscribed.sees(':1\r\n')
    await eventually(() => ['GET', 'BLPOP', 'INCR', 'get'].every((name) => waiting.has(name)))

    dns.setAddresses('up.test', 'A', ['127.0.0.2'], 1)
    const fresh = await client()
    const drained = 'cluster.up0.redis_cluster.upstream_cx_drained'
    await eventually(async () => (await proxy!.stats(drained))[drained]! > 0)
    send(fresh, 'GET a')
    await fresh.sees('+new\r\n')
    // Told in the order in which the shared connection was used.
    waiting.get('GET')!.write('+old\r\n$1\r\na\r\n$1\r\nb\r\n')
    waiting.get('BLPOP')!.write('*-1\r\n')
    waiting.get('INCR')!.write('+QUEUED\r\n')
    await reading.sees('+old\r\n')
    await blocked.sees('*-1\r\n')
    await inMulti.sees('+QUEUED\r\n')
    await merging.sees('*2\r\n$1\r\na\r\n$1\r\nb\r\n')
    streaming.write(`${'v'.repeat(MIB - 1000)}\r\n`)
    await eventually(() => waiting.has('SET'))
    waiting.get('SET')!.write('+stored\r\n')
    await streaming.sees('+stored\r\n')
    await eventually(() => subscribed.ended)
    send(watching, 'MULTI', 'GET a', 'EXEC')
    await watching.sees('EXECABORT')
    send(inMulti, 'EXEC')
    await inMulti.sees('EXECABORT')
    await eventually(() => old.open === 0)
    for (const peer of [reading, blocked, merging, streaming, watching, inMulti]) {
      const before = peer.text.length
      send(peer, 'GET a')
      await eventually(() => peer.text.slice(before) === '+new\r\n')
    }
    dns.stop()
  })
})

describe('a server that says what it should not', () => {
  const BAD: readonly (readonly [string, string])[] = [
    ['garbage', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['half a reply and its end', '$100\r\nabc'],
    ['a length that is none', '$abc\r\n'],
    ['a list without end', '*99999999999\r\n'],
  ]
  for (const [what, bytes] of BAD) {
    test(`${what}: each of its clients gets an error, and the next connection is good`, async () => {
      let isBad = true
      const server = serve((words, peer) => {
        if (!isBad) return `$${words[1]!.length}\r\n${words[1]}\r\n`
        if (words[1] !== 'a2') return '+ok\r\n'
        peer.write(bytes)
        if (what.startsWith('half')) peer.close()
        return null
      })
      await start(byPrefix([server]))
      const [first, second] = [await client(), await client()]
      send(first, 'GET a1', 'GET a2', 'GET a3')
      await first.sees('+ok\r\n-upstream failure\r\n-upstream failure\r\n')
      isBad = false
      send(second, 'GET a4')
      await second.sees('$2\r\na4\r\n')
      send(first, 'GET a5')
      await first.sees('$2\r\na5\r\n')
      expect(first.text).toBe('+ok\r\n-upstream failure\r\n-upstream failure\r\n$2\r\na5\r\n')
    })
  }

  test('two replies for one: the connection goes before it can mix anything up', async () => {
    const server = serve((words) => `+${words[1]}\r\n+extra\r\n`)
    await start(byPrefix([server]))
    const peer = await client()
    for (let i = 0; i < 20; i++) {
      send(peer, `GET a${i}`)
      await peer.sees(`+a${i}\r\n`)
    }
    expect(peer.text).not.toContain('extra')
  })

  test('nothing: op_timeout ends it, for all who wait', async () => {
    const server = serve((words) => (words[1] === 'a1' ? '+ok\r\n' : null))
    await start(byPrefix([server], { op_timeout: '0.3s' }))
    const [first, second] = [await client(), await client()]
    send(first, 'GET a1', 'GET a2', 'GET a3')
    send(second, 'MGET a4 a5')
    await first.sees('+ok\r\n-upstream failure\r\n-upstream failure\r\n')
    await second.sees('*2\r\n-upstream failure\r\n-upstream failure\r\n')
    await proxy!.showsStats({ 'cluster.up0.upstream_cx_active': 0 })
  })

  test('half of a big reply and then nothing: its client is closed, others get errors', async () => {
    const server = serve((words) => (words[1] === 'a1' ? `$100000\r\n${'x'.repeat(50_000)}` : null))
    await start(byPrefix([server], { op_timeout: '0.3s' }))
    const [first, second] = [await client(), await client()]
    send(first, 'GET a1', 'GET a2')
    await eventually(() => server.seen.length === 2)
    send(second, 'GET a3')
    await second.sees('-upstream failure\r\n')
    await eventually(() => first.ended)
    expect(first.text).not.toContain('-upstream')
  })

  test('a SELECT that is never answered: BLPOP behind it does not wait for ever', async () => {
    const server = serve((words, peer) => {
      if (words[0] === 'SELECT' && server.server.peers.indexOf(peer) > 0) return null
      return '+OK\r\n'
    })
    await start(byPrefix([server], { op_timeout: '0.3s' }))
    const peer = await client()
    send(peer, 'SELECT 1', 'BLPOP a 0')
    await peer.sees('+OK\r\n-upstream failure\r\n')
  })
})
