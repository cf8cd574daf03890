import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

/** An ack, or a message. */
function frame(kind: string, ...rest: (string | number)[]): string {
  const items = rest.map((item) =>
    typeof item === 'number' ? `:${item}\r\n` : `$${item.length}\r\n${item}\r\n`,
  )
  return `*${items.length + 1}\r\n$${kind.length}\r\n${kind}\r\n${items.join('')}`
}

async function subscribed(...channels: string[]) {
  const bench = new RedisBench()
  const client = bench.client()
  await client.asks(`SUBSCRIBE ${channels.join(' ')}`)
  bench.server(0).open()
  bench.server(0).receive(channels.map((name, i) => frame('subscribe', name, i + 1)).join(''))
  await bench.turn()
  expect(client.got).toBe(channels.map((name, i) => frame('subscribe', name, i + 1)).join(''))
  return { bench, client, server: bench.server(0) }
}

describe('a subscriber', () => {
  test('has a connection of its own, and gets its messages whatever they are cut in', async () => {
    const { bench, client, server } = await subscribed('news', 'sport')
    const text = frame('message', 'news', 'hello') + frame('message', 'sport', 'x')
    for (const byte of text) server.receive(byte)
    await bench.turn()
    expect(client.got).toBe(text)
    await bench.client().asks('GET a')
    expect(bench.dials).toBe(2)
    expect(commands(server)).toEqual(['subscribe news', 'subscribe sport'])
  })

  test('in RESP2 may do little else', async () => {
    const { client } = await subscribed('news')
    await client.asks('GET a', 'PING', 'PING x')
    expect(client.got).toBe(
      "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n" +
        frame('pong', '') +
        frame('pong', 'x'),
    )
  })

  test('that takes all back is a client as others', async () => {
    const { bench, client, server } = await subscribed('news', 'sport')
    await client.asks('UNSUBSCRIBE')
    server.receive(frame('unsubscribe', 'news', 1) + frame('unsubscribe', 'sport', 0))
    await client.asks('PING')
    expect(client.got).toBe(
      `${frame('unsubscribe', 'news', 1)}${frame('unsubscribe', 'sport', 0)}+PONG\r\n`,
    )
    expect(server.closeReason).not.toBeNull()
    expect(bench.dials).toBe(1)
  })

  test('of a pattern hears all hosts that do not tell each other', async () => {
    const bench = new RedisBench({ clusters: { up: 2 } })
    const client = bench.client()
    await client.asks('PSUBSCRIBE n*')
    for (const index of [0, 1]) {
      bench.server(index).open()
      expect(client.got).toBe('')
      bench.server(index).receive(frame('psubscribe', 'n*', 1))
      await bench.turn()
    }
    expect(client.got).toBe(frame('psubscribe', 'n*', 1))
    bench.server(1).receive(frame('pmessage', 'n*', 'news', 'x'))
    await bench.turn()
    expect(client.got).toBe(frame('pmessage', 'n*', 'news', 'x'))
  })

  test.each(['-NOPERM no\r\n', '+OK\r\n', '$1\r\nx\r\n'])(
    'to whom the server says %j hears that, and is a client as others',
    async (reply) => {
      const bench = new RedisBench()
      const client = bench.client()
      await client.asks('SUBSCRIBE secret')
      bench.server(0).open()
      bench.server(0).receive(reply)
      await client.asks('PING')
      expect(client.got).toBe(`${reply}+PONG\r\n`)
    },
  )

  test('without a host is told so', async () => {
    const client = new RedisBench({ clusters: { up: 0 } }).client()
    await client.asks('SUBSCRIBE a', 'PSUBSCRIBE b', 'PING')
    expect(client.got).toBe('-no upstream host\r\n-no upstream host\r\n+PONG\r\n')
  })

  test('who may not have a connection is told so', async () => {
    const rate = { connection_rate_limit: { connection_rate_limit_per_sec: 1 } }
    const bench = new RedisBench({ settings: rate })
    const client = bench.client()
    await client.asks('GET a')
    bench.server(0).open()
    bench.server(0).receive('$-1\r\n')
    await client.asks('SUBSCRIBE a', 'PING')
    expect(client.got).toBe('$-1\r\n-no upstream host\r\n+PONG\r\n')
  })

  test('whose server goes is closed, since messages are lost', async () => {
    const { bench, client, server } = await subscribed('news')
    server.closeByPeer()
    await bench.turn()
    expect(client.socket.calls).not.toEqual([])
  })

  test('that goes takes its connection along', async () => {
    const { client, server } = await subscribed('news')
    client.socket.resets()
    expect(server.closeReason).not.toBeNull()
  })
})

test('PUBLISH goes to the host of its channel, whose number is the reply', async () => {
  const bench = new RedisBench()
  const client = bench.client()
  await client.asks('PUBLISH news hello', 'PUBLISH news')
  bench.server(0).open()
  expect(commands(bench.server(0))).toEqual(['PUBLISH news hello', 'PUBLISH news'])
  bench.server(0).receive(':3\r\n-ERR wrong number\r\n')
  await bench.turn()
  expect(client.got).toBe(':3\r\n-ERR wrong number\r\n')
})
