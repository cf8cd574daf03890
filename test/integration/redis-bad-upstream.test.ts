import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { redisConfig } from '../support/redis-config.ts'
import { connectRedis, encodeRequest, type RespClient } from '../support/resp-client.ts'
import { type Reply, RespError } from '../support/resp-reply.ts'
import { listenTcp, type TcpPeer, type TcpTestServer } from '../support/tcp.ts'

setDefaultTimeout(30_000)

/** What a server does with each key it is asked for by GET; `connection` counts from 0. */
type Behaviour = (peer: TcpPeer, key: string, connection: number) => void

let upstream: TcpTestServer
let proxy: TestProxy
let clients: RespClient[] = []

async function start(behaviour: Behaviour, settings: object = {}): Promise<RespClient[]> {
  let connections = 0
  upstream = listenTcp({
    onPeer: (peer) => {
      const connection = connections++
      let text = ''
      peer.keeps = false
      peer.onBytes = (bytes) => {
        text += Buffer.from(bytes).toString('latin1')
        for (;;) {
          const request = /^\*(\d)\r\n(?:\$\d+\r\n[^\r]*\r\n)+?(?=\*|$)/.exec(text)?.[0]
          if (request === undefined) return
          text = text.slice(request.length)
          const words = [...request.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((match) => match[1]!)
          if (words[0]?.toUpperCase() === 'GET') behaviour(peer, words[1]!, connection)
          else peer.write('+OK\r\n')
        }
      }
    },
  })
  const config = redisConfig([upstream.port], { settings: { op_timeout: '0.3s', ...settings } })
  proxy = await startProxy(config, { concurrency: 1 })
  clients = await Promise.all([0, 1].map(() => connectRedis(proxy.port('in'))))
  return clients
}

afterEach(async () => {
  for (const client of clients) {
    expect(client.violations).toEqual([])
    client.close()
  }
  await proxy.showsStats({ 'redis.redis.downstream_cx_active': 0 })
  await proxy.stop()
  upstream.stop()
})

describe('a redis that', () => {
  test('answers more than it was asked gives nobody the surplus', async () => {
    const [a, b] = await start((peer, key) => {
      peer.write(`${bulk(key)}${bulk(`too much for ${key}`)}`)
    })
    for (let i = 0; i < 20; i++) {
      expect(await a!.send('GET', `a${i}`)).toBe(`a${i}`)
      expect(await b!.send('GET', `b${i}`)).toBe(`b${i}`)
    }
  })

  test('answers what nobody asked, later, gives it to nobody', async () => {
    const [a, b] = await start((peer, key) => {
      peer.write(bulk(key))
      setTimeout(() => peer.write(bulk(`late, after ${key}`)), 10)
    })
    for (let i = 0; i < 10; i++) {
      expect(await a!.send('GET', `a${i}`)).toBe(`a${i}`)
      await Bun.sleep(20)
      expect(await b!.send('GET', `b${i}`)).toBe(`b${i}`)
      await Bun.sleep(20)
    }
  })

  test("never answers costs its command a time-out, and a late answer is nobody's", async () => {
    const held: (() => void)[] = []
    const [a, b] = await start((peer, key) => {
      if (key === 'silence') held.push(() => peer.write(bulk(key)))
      else peer.write(bulk(key))
    })
    const silent = await a!.send('GET', 'silence')
    expect(silent).toEqual(new RespError('upstream failure'))
    for (const answer of held) answer()
    for (let i = 0; i < 10; i++) {
      expect(await b!.send('GET', `b${i}`)).toBe(`b${i}`)
      expect(await a!.send('GET', `a${i}`)).toBe(`a${i}`)
    }
  })

  test.each([
    ['answers what is no redis', '?what\r\n'],
    ['answers with a wrong length', '$x\r\nabc\r\n'],
    ['answers a text longer than it said', '$3\r\nabcdef\r\n'],
    ['answers a negative count', '*-7\r\n'],
    ['answers with more nesting than any', '*1\r\n'.repeat(5000)],
    ['answers half and closes', '$100\r\nhalf'],
  ])('%s fails what waits, and the next command is served', async (_what, bytes) => {
    const [a, b] = await start((peer, key, connection) => {
      if (connection > 0) peer.write(bulk(key))
      else if (key === 'last') {
        peer.write(bytes)
        if (bytes.includes('half')) peer.finish()
      }
    })
    const waiting: Promise<Reply>[] = [
      a!.send('GET', 'one'),
      b!.send('GET', 'two'),
      a!.send('GET', 'last'),
    ]
    for (const reply of await Promise.all(waiting)) {
      expect(reply).toBeInstanceOf(RespError)
    }
    // The one who has got half of a reply can only be closed.
    expect(await b!.send('GET', 'next')).toBe('next')
    if (!a!.isGone) expect(await a!.send('GET', 'other')).toBe('other')
  })

  test('dies between the replies to a pipeline answers the first ones and fails the rest', async () => {
    let answers = 0
    const [a, b] = await start((peer, key, connection) => {
      if (connection > 0 || ++answers <= 5) peer.write(bulk(key))
      else peer.reset()
    })
    const keys = Array.from({ length: 10 }, (_, i) => `a${i}`)
    const replies = await Promise.all(a!.sendAll(keys.map((key) => ['GET', key])))
    expect(replies).toHaveLength(10)
    for (const [i, reply] of replies.entries()) {
      if (!(reply instanceof RespError)) expect(reply).toBe(`a${i}`)
    }
    expect(replies.at(-1)).toBeInstanceOf(RespError)
    await eventually(async () => (await b!.send('GET', 'b')) === 'b')
  })

  test('answers in pieces of one byte is understood', async () => {
    const [a, b] = await start((peer, key) => {
      for (const byte of bulk(key)) peer.write(byte)
    })
    const keys = Array.from({ length: 50 }, (_, i) => `key:${i}`)
    const replies = await Promise.all([
      ...a!.sendAll(keys.map((key) => ['GET', `a${key}`])),
      ...b!.sendAll(keys.map((key) => ['GET', `b${key}`])),
    ])
    expect(replies).toEqual([...keys.map((key) => `a${key}`), ...keys.map((key) => `b${key}`)])
  })

  test('is slow to answer a client that leaves gives its reply to nobody', async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>()
    let answered = Promise.resolve()
    const [, b] = await start((peer, key) => {
      // In order, as redis does: all wait for the first one.
      answered = answered
        .then(() => (key === 'slow' ? left : undefined))
        .then(() => peer.write(bulk(key)))
    })
    const leaving = await connectRedis(proxy.port('in'))
    leaving.peer.write(encodeRequest(['GET', 'slow']))
    await proxy.showsStats({ 'redis.redis.downstream_rq_active': 1 })
    const replies = b!.sendAll([
      ['GET', 'b1'],
      ['GET', 'b2'],
    ])
    leaving.peer.reset()
    await proxy.showsStats({ 'redis.redis.downstream_cx_active': 2 })
    leave()
    expect(await Promise.all(replies)).toEqual(['b1', 'b2'])
  })

  test('pushes what nobody asked for between its replies gives it to nobody', async () => {
    const [a, b] = await start((peer, key) => {
      peer.write(`>2\r\n$10\r\ninvalidate\r\n*1\r\n${bulk(key)}${bulk(key)}`)
    })
    expect(await a!.send('GET', 'a')).toBe('a')
    expect(await b!.send('GET', 'b')).toBe('b')
  })
})

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`
}
