import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

function twoRoutes(first: object, rest: object = {}) {
  return new RedisBench({
    clusters: { up: 1, other: 1 },
    filter: {
      prefix_routes: {
        routes: [{ prefix: 'p:', cluster: 'other', ...first }],
        catch_all_route: { cluster: 'up', ...rest },
      },
    },
  })
}

/** What the only server that was dialled has been sent. */
async function sent(bench: RedisBench, ...lines: string[]): Promise<string[]> {
  const client = bench.client()
  await client.asks(...lines)
  bench.server(0).open()
  await bench.turn()
  return commands(bench.server(0))
}

describe('a command with keys', () => {
  test('has all its keys rewritten that its route takes, and no other argument', async () => {
    const lines = [
      'RENAME p:a p:b',
      'BITOP AND p:d p:x p:y',
      'ZUNIONSTORE p:d 2 p:x p:y WEIGHTS 1 2',
      'EVAL p:s 2 p:a p:b p:c',
      'SET p:k p:v',
      'SORT p:l BY w_* STORE p:o',
      'XREAD COUNT 1 STREAMS p:s p:t 0 0',
    ]
    expect(await sent(twoRoutes({ remove_prefix: true }), ...lines)).toEqual([
      'RENAME a b',
      'BITOP AND d x y',
      'ZUNIONSTORE d 2 x y WEIGHTS 1 2',
      'EVAL p:s 2 a b p:c',
      'SET k p:v',
      'SORT l BY w_* STORE o',
      'XREAD COUNT 1 STREAMS s t 0 0',
    ])
  })

  test('is refused when its keys live on several hosts', async () => {
    const bench = twoRoutes({})
    const client = bench.client()
    await client.asks('RENAME p:a b', 'SINTER a p:b', 'EVAL s 2 a p:b')
    expect(client.got.match(/-CROSSSLOT [^\r]*needs all its keys on one host\r\n/g)).toHaveLength(3)
    expect(bench.dials).toBe(0)
  })

  test('without a key goes where its first argument would, or to any host', async () => {
    const bench = twoRoutes({})
    expect(await sent(bench, 'EVAL s 0', 'EVAL s 0 x', 'RANDOMKEY')).toEqual([
      'EVAL s 0',
      'EVAL s 0 x',
      'RANDOMKEY',
    ])
  })

  test('goes by read_command_policy if it reads, and to the route’s own cluster if it writes', async () => {
    const bench = twoRoutes({}, { read_command_policy: { cluster: 'other' } })
    const client = bench.client()
    await client.asks('GET a', 'XADD s * f v', 'GETSET a 1', 'FLUSHALL', 'DBSIZE', 'SCRIPT FLUSH')
    bench.server(0).open()
    bench.server(1).open()
    expect(commands(bench.server(0))).toEqual(['GET a', 'DBSIZE', 'SCRIPT FLUSH'])
    expect(commands(bench.server(1))).toEqual(['XADD s * f v', 'GETSET a 1', 'FLUSHALL'])
  })
})

describe('a mirror', () => {
  const mirrored = (policy: object) => twoRoutes({}, { request_mirror_policy: [policy] })

  test('gets a copy of all, keyless commands too, and its replies are nobody’s', async () => {
    const bench = mirrored({ cluster: 'other' })
    const client = bench.client()
    await client.asks('GET a', 'FLUSHALL', 'PUBLISH c m', 'PING')
    bench.server(0).open()
    bench.server(1).open()
    const all = ['GET a', 'FLUSHALL', 'PUBLISH c m']
    expect([commands(bench.server(0)), commands(bench.server(1))]).toEqual([all, all])
    bench.server(1).receive('-ERR a\r\n-ERR b\r\n-ERR c\r\n')
    bench.server(0).receive('$1\r\nv\r\n+OK\r\n:0\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\nv\r\n+OK\r\n:0\r\n+PONG\r\n')
  })

  test('that excludes reads gets what writes by redis’s own flags', async () => {
    const bench = mirrored({ cluster: 'other', exclude_read_commands: true })
    await bench.client().asks('GET a', 'DBSIZE', 'SET a 1', 'XADD s * f v')
    bench.server(1).open()
    expect(commands(bench.server(1))).toEqual(['SET a 1', 'XADD s * f v'])
  })

  test('that is dead hurts nobody', async () => {
    const bench = mirrored({ cluster: 'other' })
    const client = bench.client()
    await client.asks('GET a')
    bench.server(0).open()
    bench.server(1).fail()
    bench.server(0).receive('$1\r\nv\r\n')
    await client.asks('GET b')
    bench.server(0).receive('$1\r\nw\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\nv\r\n$1\r\nw\r\n')
  })

  test('of 0 percent gets nothing, unless its runtime key says otherwise', async () => {
    const runtime_fraction = { default_value: { numerator: 0 } }
    const none = mirrored({ cluster: 'other', runtime_fraction })
    await none.client().asks('SET a 1')
    expect(none.dials).toBe(1)
  })
})
