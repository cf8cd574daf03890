import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../support/redis-bench.ts'
import { breakerLimits } from '../support/upstream-thread.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

/** So many clients each wait on a connection of their own, and all get their answer. */
async function crowd(bench: RedisBench, size: number) {
  const clients = Array.from({ length: size }, () => bench.client())
  for (const client of clients) await client.asks('BLPOP q 0')
  for (let i = 0; i < bench.dials; i++) {
    bench.server(i).open()
    bench.server(i).receive('*-1\r\n')
  }
  await bench.turn()
  return clients
}

describe('the connections of a host', () => {
  test('are shared by all clients, but for those that need one alone', async () => {
    const bench = new RedisBench()
    const clients = [bench.client(), bench.client(), bench.client()]
    for (const client of clients) await client.asks('GET a')
    expect(bench.dials).toBe(1)
    await clients[0]!.asks('MULTI', 'SET a 1')
    await clients[1]!.asks('WATCH a')
    expect(bench.dials).toBe(1)
    bench.server(0).open()
    bench.server(0).receive('+a\r\n+b\r\n+c\r\n')
    await bench.turn()
    expect(bench.dials).toBe(3)
  })

  test('are kept for the next one who needs one alone, up to a bound', async () => {
    const bench = new RedisBench()
    await crowd(bench, 40)
    expect(bench.stats(/upstream_cx_active/)).toEqual({ 'cluster.up.upstream_cx_active': 32 })
    await crowd(bench, 10)
    expect(bench.dials).toBe(40)
  })

  test('are never handed on while the server remembers something of a client', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('MULTI', 'SET a 1')
    bench.server(0).open()
    client.socket.resets()
    const next = bench.client()
    await next.asks('MULTI', 'SET b 1')
    bench.server(1).open()
    expect(commands(bench.server(1))).toEqual(['MULTI', 'SET b 1'])
  })

  test('for one client alone are refused beyond max_connections', async () => {
    const bench = new RedisBench({
      cluster: { circuitBreakers: breakerLimits({ maxConnections: 2 }) },
    })
    const [one, two, three] = [bench.client(), bench.client(), bench.client()]
    await one.asks('BLPOP q 0')
    await two.asks('BLPOP q 0')
    await three.asks('BLPOP q 0')
    expect(bench.dials).toBe(2)
    expect(three.got).toStartWith('-')
    expect(bench.stats(/upstream_cx_overflow/)).toEqual({ 'cluster.up.upstream_cx_overflow': 1 })
  })

  test('are dialled again after a server came back', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    for (let i = 0; i < 3; i++) {
      await client.asks('GET a')
      bench.server(i).fail()
      await bench.turn()
    }
    await client.asks('GET a')
    bench.server(3).open()
    bench.server(3).receive('+x\r\n')
    await bench.turn()
    expect(client.got).toBe('-upstream failure\r\n-upstream failure\r\n-upstream failure\r\n+x\r\n')
  })
})
