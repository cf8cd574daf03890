import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

describe('a command that blocks', () => {
  test('holds up its own client alone, for as long as it likes', async () => {
    const bench = new RedisBench({ settings: { op_timeout: '0.1s' } })
    const [waits, other] = [bench.client(), bench.client()]
    await waits.asks('BLPOP q 0', 'PING')
    bench.server(0).open()
    await other.asks('GET a')
    bench.server(1).open()
    bench.server(1).receive('$1\r\nv\r\n')
    await bench.advance(1000)
    expect([waits.got, other.got]).toEqual(['', '$1\r\nv\r\n'])
    bench.server(0).receive('*2\r\n$1\r\nq\r\n$1\r\nx\r\n')
    await bench.turn()
    expect(waits.got).toBe('*2\r\n$1\r\nq\r\n$1\r\nx\r\n+PONG\r\n')
  })

  test('gives its connection to the next one', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    for (const line of ['BLPOP q 1', 'BZPOPMIN z 1', 'XREAD BLOCK 5 STREAMS s 0']) {
      await client.asks(line)
      if (bench.server(0).sent === '') bench.server(0).open()
      bench.server(0).receive('*-1\r\n')
      await bench.turn()
      expect(client.got).toBe('*-1\r\n')
    }
    expect(bench.dials).toBe(1)
    expect(commands(bench.server(0))).toHaveLength(3)
  })

  test('only if its arguments say so shares the connection of all', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('XREAD STREAMS s 0', 'GET a')
    expect(bench.dials).toBe(1)
  })

  test('is given up with its client, whose connection the server sees close', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('BLPOP q 0')
    bench.server(0).open()
    client.socket.finishes()
    await bench.turn()
    expect(bench.server(0).closeReason).not.toBeNull()
    expect(client.socket.calls).not.toEqual([])
  })

  test('fails with its server', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('BLPOP q 0', 'PING')
    bench.server(0).open()
    bench.server(0).closeByPeer()
    await bench.turn()
    expect(client.got).toBe('-upstream failure\r\n+PONG\r\n')
  })

  test('has its keys rewritten, and needs them on one host', async () => {
    const bench = new RedisBench({
      clusters: { up: 1, other: 1 },
      filter: {
        prefix_routes: {
          routes: [{ prefix: 'p:', cluster: 'other', remove_prefix: true }],
          catch_all_route: { cluster: 'up' },
        },
      },
    })
    const client = bench.client()
    await client.asks('BLPOP p:a b 0', 'BLPOP p:a p:b 0')
    bench.server(0).open()
    expect(client.got).toStartWith('-CROSSSLOT')
    expect(commands(bench.server(0))).toEqual(['BLPOP a b 0'])
  })
})
