import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { FullBacklog } from '../support/full-backlog.ts'
import { redisConfig } from '../support/redis-config.ts'
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
import { bulkOf } from '../support/scripted-redis.ts'
import type { TcpPeer } from '../support/tcp.ts'

setDefaultTimeout(20_000)
afterEach(endScene)

describe('memory', () => {
  test('commands to a server that does not accept are not taken without end', async () => {
    const backlog = await FullBacklog.open()
    try {
      await start(redisConfig([backlog.port], { cluster: { connect_timeout: '10s' } }))
      const peer = await client()
      peer.write(Buffer.from(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n${bulkOf(1000)}`.repeat(40_000)))
      await Bun.sleep(500)
      expect(peer.unsent).toBeGreaterThan(20_000_000)
    } finally {
      backlog.close()
    }
  })

  test('answers that wait for a server are not made without end', async () => {
    const server = serve(() => null)
    await start(byPrefix([server]))
    const peer = await client()
    peer.write(`GET a\r\n${'*1\r\n$4\r\nPING\r\n'.repeat(1_500_000)}`)
    await Bun.sleep(500)
    expect(peer.unsent).toBeGreaterThan(13_000_000)
    server.seen[0]!.peer.write('+a\r\n')
    peer.keeps = false
    await eventually(() => peer.length === 4 + 7 * 1_500_000, 10_000)
  })

  test('parts of replies that wait for their turn are bounded', async () => {
    let late: TcpPeer | null = null
    const first = serve((_, peer) => {
      late = peer
      return null
    })
    const second = serve(() => bulkOf(4 * MIB))
    await start(byPrefix([first, second]))
    const peer = await client()
    peer.keeps = false
    const before = proxy!.rss()
    const keys = 'b '.repeat(40).trimEnd()
    send(peer, 'GET a', `MGET ${keys}`, `MGET ${keys}`)
    await eventually(() => second.seen.length === 40 || second.seen.length === 80)
    await Bun.sleep(500)
    expect(proxy!.rss() - before).toBeLessThan(64 * MIB)
    late!.write('+a\r\n')
    const whole = 2 * ('*40\r\n'.length + 40 * bulkOf(4 * MIB).length)
    await eventually(() => peer.length === 4 + whole, 15_000)
  })
})

describe('connections of one client alone', () => {
  const max = (max_connections: number) => ({
    circuit_breakers: { thresholds: [{ max_connections }] },
  })
  const LEFT =
    "-ERR no connection to the upstream is left: max_connections of cluster 'up0' is reached\r\n"

  test('end at max_connections, which shared ones count for and never fail of', async () => {
    const server = serve((words) => (words[0] === 'BLPOP' ? null : '+OK\r\n'))
    await start(byPrefix([server], {}, max(2)))
    const [first, second, third] = [await client(), await client(), await client()]
    send(first, 'GET a')
    await first.sees('+OK\r\n')
    send(first, 'BLPOP a 0')
    await eventually(() => server.names === 'get blpop')
    send(second, 'BLPOP a 0', 'WATCH a', 'MULTI', 'GET a', 'EXEC', 'MONITOR', 'SUBSCRIBE a', 'PING')
    const multi = `+OK\r\n${LEFT}-EXECABORT Transaction discarded because of previous errors.\r\n`
    await second.sees(`${LEFT}${LEFT}${multi}${LEFT}${LEFT}+PONG\r\n`)
    send(third, 'SELECT 1')
    await third.sees('+OK\r\n')
    await proxy!.showsStats({
      'cluster.up0.upstream_cx_overflow': 5,
      'cluster.up0.circuit_breakers.default.cx_open': 1,
    })
    first.close()
    await eventually(() => server.open === 2)
    third.close()
    second.close()
  })

  test('are counted out when their clients are gone', async () => {
    const server = serve((words) => (words[0] === 'BLPOP' ? null : '+OK\r\n'))
    await start(byPrefix([server], {}, max(1)))
    for (let i = 0; i < 5; i++) {
      const peer = await client()
      send(peer, 'BLPOP a 0')
      await eventually(() => server.seen.length === i + 1)
      peer.reset()
      await eventually(() => server.open === 0)
      await proxy!.showsStats({ 'cluster.up0.circuit_breakers.default.cx_open': 0 })
    }
  })

  test('queue no more than so many commands before a transaction has a key', async () => {
    await start(byPrefix([serve()]))
    const peer = await client()
    send(peer, 'MULTI', ...Array.from({ length: 1025 }, () => 'PING'), 'EXEC')
    await peer.sees(
      '-ERR the proxy holds no more than 1024 commands of a transaction before its first key',
    )
    await peer.sees('-EXECABORT')
  })
})
