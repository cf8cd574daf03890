import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

/** A cluster whose hosts take turns: keys of one command end on different ones. */
const TWO = { clusters: { up: 2 } }

describe('MGET', () => {
  test('asks for each key by itself, and gives what came in order', async () => {
    const bench = new RedisBench(TWO)
    const client = bench.client()
    await client.asks('MGET a b c')
    bench.server(0).open()
    bench.server(1).open()
    const asked = [commands(bench.server(0)), commands(bench.server(1))]
    expect(asked.flat().sort()).toEqual(['get a', 'get b', 'get c'])
    const answer = (lines: string[]) => lines.map((x) => `$1\r\n${x.at(-1)}\r\n`).join('')
    bench.server(1).receive(answer(asked[1]!))
    bench.server(0).receive(answer(asked[0]!))
    await bench.turn()
    expect(client.got).toBe('*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n')
  })

  test.each([
    ['-ERR x\r\n', '-ERR x\r\n', 'error'],
    ['-WRONGTYPE x\r\n', '$-1\r\n', 'success'],
    ['$-1\r\n', '$-1\r\n', 'success'],
    ['*-1\r\n', '$-1\r\n', 'success'],
    [':1\r\n', '-upstream protocol error\r\n', 'error'],
    ['+OK\r\n', '-upstream protocol error\r\n', 'error'],
    ['*1\r\n$1\r\na\r\n', '-upstream protocol error\r\n', 'error'],
  ])('makes %j of a part %j: %s', async (reply, part, counted) => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('MGET a')
    bench.server(0).open()
    bench.server(0).receive(reply)
    await bench.turn()
    expect(client.got).toBe(`*1\r\n${part}`)
    expect(bench.stats(/mget/)).toEqual({
      [`command.mget.${counted}`]: 1,
      'command.mget.total': 1,
    })
  })

  test('gives the error of a dead host in the place of its keys alone', async () => {
    const bench = new RedisBench(TWO)
    const client = bench.client()
    await client.asks('MGET a b')
    bench.server(0).open()
    bench.server(1).fail()
    bench.server(0).receive('$1\r\nv\r\n')
    await bench.turn()
    expect(client.got.replace('$1\r\nv\r\n', '').replace('-upstream failure\r\n', '')).toBe(
      '*2\r\n',
    )
  })
})

describe('MSET', () => {
  test('sets each pair by itself, and says OK when all are in', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('MSET a 1 b 2')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['set a 1', 'set b 2'])
    bench.server(0).receive('+OK\r\n')
    await bench.turn()
    expect(client.got).toBe('')
    bench.server(0).receive('+OK\r\n')
    await bench.turn()
    expect(client.got).toBe('+OK\r\n')
  })

  test('counts what went wrong, in Envoy’s words', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('MSET a 1 b 2 c 3')
    bench.server(0).open()
    bench.server(0).receive('-ERR x\r\n+OK\r\n:1\r\n')
    await bench.turn()
    expect(client.got).toBe('-finished with 2 error(s)\r\n')
  })

  test('needs a value for each key', async () => {
    const client = new RedisBench().client()
    await client.asks('MSET a 1 b')
    expect(client.got).toBe("-ERR wrong number of arguments for 'mset' command\r\n")
  })
})

describe('DEL, EXISTS, TOUCH, UNLINK', () => {
  test('keep their name as it was typed, and add up', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('dEl a b', 'ExIsTs a a')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['dEl a', 'dEl b', 'ExIsTs a', 'ExIsTs a'])
    bench.server(0).receive(':1\r\n:0\r\n:1\r\n:1\r\n')
    await bench.turn()
    expect(client.got).toBe(':1\r\n:2\r\n')
  })

  test('have 64 bits', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('UNLINK a b')
    bench.server(0).open()
    bench.server(0).receive(':9223372036854775806\r\n:1\r\n')
    await bench.turn()
    expect(client.got).toBe(':9223372036854775807\r\n')
  })

  test('count replies that are no numbers as errors', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('TOUCH a b c')
    bench.server(0).open()
    bench.server(0).receive(':1\r\n$-1\r\n-ERR\r\n')
    await bench.turn()
    expect(client.got).toBe('-finished with 2 error(s)\r\n')
  })
})

describe('parts', () => {
  const routes = {
    clusters: { up: 1, other: 1, copy: 1 },
    filter: {
      prefix_routes: {
        routes: [
          {
            prefix: 'p:',
            cluster: 'other',
            remove_prefix: true,
            request_mirror_policy: [{ cluster: 'copy' }],
          },
        ],
        catch_all_route: { cluster: 'up', key_formatter: '{%KEY%}' },
      },
    },
  }

  test('go each by the route of its key, as that makes it, and to its mirrors', async () => {
    const bench = new RedisBench(routes)
    const client = bench.client()
    await client.asks('MSET p:a 1 b 22')
    for (const index of [0, 1, 2]) bench.server(index).open()
    const seen = [0, 1, 2].map((index) => commands(bench.server(index)).join())
    expect(seen.sort()).toEqual(['set a 1', 'set a 1', 'set {b} 22'])
  })

  test('without a route have no host', async () => {
    const client = new RedisBench({
      filter: { prefix_routes: { routes: [{ prefix: 'a', cluster: 'up' }] } },
    }).client()
    await client.asks('DEL x', 'MGET x', 'MSET x 1')
    expect(client.got.split('\r\n')).toEqual([
      '-finished with 1 error(s)',
      '*1',
      '-no upstream host',
      '-finished with 1 error(s)',
      '',
    ])
  })
})
