import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench, wire } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const TWO_CLUSTERS = {
  clusters: { up: 1, other: 1 },
  filter: {
    prefix_routes: {
      routes: [{ prefix: 'o', cluster: 'other' }],
      catch_all_route: { cluster: 'up' },
    },
  },
}

describe('a redis client', () => {
  test('gets its replies in the order of its commands, whoever answers first', async () => {
    const bench = new RedisBench(TWO_CLUSTERS)
    const client = bench.client()
    await client.asks('GET a', 'GET o', 'PING')
    bench.server(0).open()
    bench.server(1).open()
    bench.server(1).receive('$1\r\n2\r\n')
    await bench.turn()
    expect(client.got).toBe('')
    bench.server(0).receive('$1\r\n1\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\n1\r\n$1\r\n2\r\n+PONG\r\n')
    expect(commands(bench.server(0))).toEqual(['GET a'])
    expect(commands(bench.server(1))).toEqual(['GET o'])
  })

  test('may send a command in any two pieces', async () => {
    const text = wire('SET', 'k', '\r\n$*') + wire('GET', 'k')
    for (let cut = 1; cut < text.length; cut++) {
      const bench = new RedisBench()
      const client = bench.client()
      await client.says(text.slice(0, cut))
      await client.says(text.slice(cut))
      bench.server(0).open()
      expect(bench.server(0).sent, `cut at ${cut}`).toBe(text)
      bench.server(0).receive('+OK\r\n$1\r\nv\r\n')
      await bench.turn()
      expect(client.got).toBe('+OK\r\n$1\r\nv\r\n')
    }
  })

  test('shares the connection with others, and gets only its own replies', async () => {
    const bench = new RedisBench()
    const [one, two] = [bench.client(), bench.client()]
    await one.asks('GET 1')
    await two.asks('GET 2')
    await one.asks('GET 3')
    bench.server(0).open()
    expect(bench.dials).toBe(1)
    bench.server(0).receive('$1\r\n1\r\n$1\r\n2\r\n$1\r')
    bench.server(0).receive('\n3\r\n')
    await bench.turn()
    expect(one.got).toBe('$1\r\n1\r\n$1\r\n3\r\n')
    expect(two.got).toBe('$1\r\n2\r\n')
  })

  test('that leaves has its replies read away, and counts as cancelled', async () => {
    const bench = new RedisBench()
    const [gone, stays] = [bench.client(), bench.client()]
    await gone.asks('GET 1', 'GET 2')
    await stays.asks('GET 3')
    bench.server(0).open()
    gone.socket.resets()
    bench.server(0).receive('$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n')
    await bench.turn()
    expect(stays.got).toBe('$1\r\n3\r\n')
    expect(bench.stats(/upstream_rq_cancelled|downstream_rq_active|downstream_cx_active/)).toEqual({
      'cluster.up.upstream_rq_cancelled': 2,
      downstream_cx_active: 1,
    })
  })

  test('that has sent its FIN gets all it is owed, then the end', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('PING', 'GET a')
    client.socket.finishes()
    bench.server(0).open()
    await bench.turn()
    expect(client.got).toBe('+PONG\r\n')
    expect(client.socket.calls).toEqual([])
    bench.server(0).receive('$1\r\nv\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\nv\r\n')
    expect(client.socket.calls).not.toEqual([])
  })

  test('that has sent its FIN in the middle of a command gets what it is owed, then the end', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.says(`${wire('GET', 'a')}*2\r\n$3\r\nGE`)
    client.socket.finishes()
    bench.server(0).open()
    bench.server(0).receive('$1\r\nv\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\nv\r\n')
    expect(client.socket.calls).not.toEqual([])
  })

  test('that has sent its FIN in the middle of a big value is closed, and what carries the value too', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.says(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$7115556\r\n${'v'.repeat(100_000)}`)
    bench.server(0).open()
    await bench.turn()
    expect(bench.server(0).sent.length).toBeGreaterThan(100_000)
    client.socket.finishes()
    await bench.turn()
    expect(client.socket.calls).not.toEqual([])
    expect(bench.stats(/upstream_cx_active|rq_active/)).toEqual({})
  })

  test('has so many commands under way and no more, until half of them are answered', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks(...Array.from({ length: 1500 }, (_, i) => `GET ${i}`))
    bench.server(0).open()
    await bench.turn()
    expect(commands(bench.server(0)).length).toBe(1024)
    expect(client.socket.isPaused).toBe(true)
    bench.server(0).receive('$-1\r\n'.repeat(511))
    await bench.turn()
    expect(commands(bench.server(0)).length).toBe(1024)
    bench.server(0).receive('$-1\r\n')
    await bench.turn()
    expect(commands(bench.server(0)).length).toBe(1500)
    expect(client.socket.isPaused).toBe(false)
    bench.server(0).receive('$-1\r\n'.repeat(988))
    await bench.turn()
    expect(client.got).toBe('$-1\r\n'.repeat(1500))
  })

  test('that breaks the protocol gets what came before, redis’s text and the end', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.says(`${wire('GET', 'a')}*1\r\n:1\r\n${wire('PING')}`)
    bench.server(0).open()
    bench.server(0).receive('$1\r\nv\r\n')
    await bench.turn()
    expect(client.got).toBe("$1\r\nv\r\n-ERR Protocol error: expected '$', got ':'\r\n")
    expect(client.socket.calls).not.toEqual([])
    expect(bench.stats(/protocol_error|rq_total/)).toEqual({
      'cluster.up.upstream_rq_total': 1,
      downstream_cx_protocol_error: 1,
      downstream_rq_total: 1,
    })
  })

  test('says QUIT: nothing behind it is run', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('GET a', 'QUIT', 'SET a 1')
    bench.server(0).open()
    bench.server(0).receive('$1\r\nv\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\nv\r\n+OK\r\n')
    expect(commands(bench.server(0))).toEqual(['GET a'])
    expect(client.socket.calls).not.toEqual([])
  })

  test('sends HTTP: the connection ends without a word', async () => {
    const client = new RedisBench().client()
    await client.says('POST / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(client.got).toBe('')
    expect(client.socket.calls).not.toEqual([])
  })

  test('is closed behind its next reply while the listener drains', async () => {
    let drains = false
    const bench = new RedisBench({ drains: () => drains })
    const client = bench.client()
    await client.asks('GET a')
    bench.server(0).open()
    drains = true
    bench.server(0).receive('$1\r\nv\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\nv\r\n')
    expect(client.socket.calls).not.toEqual([])
    expect(bench.stats(/drain_close/)).toEqual({ downstream_cx_drain_close: 1 })
  })

  test('stays when redis.drain_close_enabled is 0', async () => {
    const bench = new RedisBench({
      drains: () => true,
      keys: { 'redis.drain_close_enabled': 0 },
    })
    const client = bench.client()
    await client.asks('PING')
    expect(client.got).toBe('+PONG\r\n')
    expect(client.socket.calls).toEqual([])
  })

  test('gets an error for each command of a server that says nothing for op_timeout', async () => {
    const bench = new RedisBench({ settings: { op_timeout: '0.3s' } })
    const client = bench.client()
    await client.asks('GET a', 'GET b', 'PING')
    bench.server(0).open()
    await bench.advance(200)
    bench.server(0).receive('$1\r\nv\r\n')
    await bench.advance(200)
    expect(client.got).toBe('$1\r\nv\r\n')
    await bench.advance(200)
    expect(client.got).toBe('-upstream failure\r\n+PONG\r\n')
    await client.asks('GET c')
    expect(bench.dials).toBe(2)
    expect(bench.stats(/command\.get|rq_timeout/)).toEqual({
      'cluster.up.upstream_rq_timeout': 1,
      'command.get.error': 1,
      'command.get.success': 1,
      'command.get.total': 3,
    })
  })

  test('has no host when the cluster has none, or when no route takes the key', async () => {
    const client = new RedisBench({ clusters: { up: 0 } }).client()
    await client.asks(
      'GET a',
      'MGET a b',
      'DEL a',
      'DBSIZE',
      'RANDOMKEY',
      'EVAL s 0',
      'PUBLISH c m',
    )
    expect(client.got).toBe(
      [
        '-no upstream host',
        '*2',
        '-no upstream host',
        '-no upstream host',
        '-finished with 1 error(s)',
        ...Array(4).fill('-no upstream host'),
        '',
      ].join('\r\n'),
    )
  })

  test('that does not read is not read either, until it reads', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('GET big')
    bench.server(0).open()
    client.socket.room = 0
    bench.server(0).receive(`$3000000\r\n${'v'.repeat(3_000_000)}\r\n`)
    await bench.turn()
    expect(client.socket.isPaused).toBe(true)
    client.socket.reads()
    expect(client.socket.isPaused).toBe(false)
  })

  test('whose key is formatted may have its address in it', async () => {
    const bench = new RedisBench({
      filter: {
        prefix_routes: {
          catch_all_route: {
            cluster: 'up',
            key_formatter: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%/%KEY%',
          },
        },
      },
    })
    await bench.client().asks('GET a')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['GET 127.0.0.9/a'])
  })
})
