import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

async function asked(line: string, options: ConstructorParameters<typeof RedisBench>[0] = {}) {
  const bench = new RedisBench({
    ...options,
    settings: { enable_redirection: true, ...options.settings },
  })
  const client = bench.client()
  await client.asks(line)
  bench.server(0).open()
  return { bench, client }
}

const REDIRECTS = /internal_redirect|unknown_connections/

describe('a redirect', () => {
  test('MOVED is followed, unseen by the client, on the connection that host has', async () => {
    const { bench, client } = await asked('GET a')
    bench.server(0).receive('-MOVED 1 10.0.0.9:6379\r\n')
    bench.server(1).open()
    expect(bench.server(1).options.address).toMatchObject({ ip: '10.0.0.9', port: 6379 })
    expect(commands(bench.server(1))).toEqual(['GET a'])
    bench.server(1).receive('$1\r\nv\r\n')
    await client.asks('GET b')
    bench.server(0).receive('-MOVED 1 10.0.0.9:6379\r\n')
    await bench.turn()
    expect(bench.dials).toBe(2)
    bench.server(1).receive('$1\r\nw\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\nv\r\n$1\r\nw\r\n')
    expect(bench.stats(REDIRECTS)).toEqual({
      'cluster.up.upstream_internal_redirect_succeeded_total': 2,
    })
  })

  test('ASK is followed with `asking` before it', async () => {
    const { bench, client } = await asked('GET a')
    bench.server(0).receive('-ASK 1 10.0.0.9:6379\r\n')
    bench.server(1).open()
    expect(commands(bench.server(1))).toEqual(['asking', 'GET a'])
    bench.server(1).receive('+OK\r\n$1\r\nv\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\nv\r\n')
  })

  test('keeps the order of the client’s replies', async () => {
    const { bench, client } = await asked('GET a')
    await client.asks('GET b')
    bench.server(0).receive('-MOVED 1 10.0.0.9:6379\r\n$1\r\nb\r\n')
    await bench.turn()
    expect(client.got).toBe('')
    bench.server(1).open()
    bench.server(1).receive('$1\r\na\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\na\r\n$1\r\nb\r\n')
  })

  test('of a part of MGET moves that part alone', async () => {
    const { bench, client } = await asked('MGET a b')
    bench.server(0).receive('$1\r\na\r\n-MOVED 1 10.0.0.9:6379\r\n')
    bench.server(1).open()
    expect(commands(bench.server(1))).toEqual(['get b'])
    bench.server(1).receive('$1\r\nb\r\n')
    await bench.turn()
    expect(client.got).toBe('*2\r\n$1\r\na\r\n$1\r\nb\r\n')
  })

  test.each([
    '-MOVED 1 127.0.0.1\r\n',
    '-MOVED 1 127.0.0.1:99999\r\n',
    '-MOVED 1 127.0.0.1:\r\n',
    '-MOVED 1 :6379\r\n',
    '-MOVED 1 some.host:6379\r\n',
  ])('to nowhere, %j, is shown to the client and counted', async (error) => {
    const { bench, client } = await asked('GET a')
    bench.server(0).receive(error)
    await bench.turn()
    expect(client.got).toBe(error)
    expect(bench.stats(REDIRECTS)).toEqual({
      'cluster.up.upstream_internal_redirect_failed_total': 1,
    })
  })

  test.each([
    '-moved 1 1.2.3.4:5\r\n',
    '-MOVED 1 1.2.3.4:5 x\r\n',
    '-MOVED\r\n',
    '-TRYAGAIN x y\r\n',
    '-ERR MOVED 1 1.2.3.4:5\r\n',
  ])('is not what %j says', async (error) => {
    const { bench, client } = await asked('GET a')
    bench.server(0).receive(error)
    await bench.turn()
    expect(client.got).toBe(error)
    expect(bench.stats(REDIRECTS)).toEqual({})
  })

  test('that comes back again and again ends', async () => {
    const { bench, client } = await asked('GET a')
    const moved = '-MOVED 1 10.0.0.1:80\r\n'
    for (let hop = 0; hop < 16; hop++) {
      bench.server(0).receive(moved)
      await bench.turn()
      expect(client.got).toBe('')
    }
    bench.server(0).receive(moved)
    await bench.turn()
    expect(client.got).toBe(moved)
    expect(bench.dials).toBe(1)
  })

  test('to more unknown hosts than may be known is shown to the client', async () => {
    const { bench, client } = await asked('GET a', {
      settings: { max_upstream_unknown_connections: 1 },
    })
    bench.server(0).receive('-MOVED 1 10.0.0.8:1\r\n')
    bench.server(1).open()
    bench.server(1).receive('+x\r\n')
    await client.asks('GET b')
    bench.server(0).receive('-MOVED 1 10.0.0.9:1\r\n')
    await bench.turn()
    expect(client.got).toBe('+x\r\n-MOVED 1 10.0.0.9:1\r\n')
    expect(bench.dials).toBe(2)
    expect(Object.keys(bench.stats(/unknown_connections/))).toHaveLength(1)
  })

  test('to a host that is dead is an upstream failure', async () => {
    const { bench, client } = await asked('GET a')
    bench.server(0).receive('-MOVED 1 10.0.0.9:1\r\n')
    bench.server(1).fail()
    await bench.turn()
    expect(client.got).toBe('-upstream failure\r\n')
  })

  test('that a transaction gets is for its client', async () => {
    const { bench, client } = await asked('GET a')
    bench.server(0).receive('$-1\r\n')
    await client.asks('MULTI', 'SET a 1')
    bench.server(1).open()
    bench.server(1).receive('+OK\r\n-MOVED 1 10.0.0.9:1\r\n')
    await bench.turn()
    expect(client.got).toEndWith('-MOVED 1 10.0.0.9:1\r\n')
    expect(bench.dials).toBe(2)
  })
})

test('CLUSTERDOWN is a failure, as in Envoy, where redirects are followed', async () => {
  const { bench, client } = await asked('GET a')
  bench.server(0).receive('-CLUSTERDOWN The cluster is down\r\n')
  await bench.turn()
  expect(client.got).toBe('-upstream failure\r\n')
  expect(bench.stats(/command\.get/)).toEqual({ 'command.get.error': 1, 'command.get.total': 1 })
})

test('without enable_redirection all of them are for the client', async () => {
  const { bench, client } = await asked('GET a', { settings: { enable_redirection: false } })
  await client.asks('GET b')
  bench.server(0).receive('-MOVED 1 10.0.0.9:6379\r\n-CLUSTERDOWN x\r\n')
  await bench.turn()
  expect(client.got).toBe('-MOVED 1 10.0.0.9:6379\r\n-CLUSTERDOWN x\r\n')
  expect(bench.stats(REDIRECTS)).toEqual({})
})
