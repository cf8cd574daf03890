import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const OPEN = '+OK\r\n+QUEUED\r\n'

async function transaction(...lines: string[]) {
  const bench = new RedisBench()
  const client = bench.client()
  await client.asks(...lines)
  return { bench, client }
}

describe('a transaction', () => {
  test('goes on a connection of its own from its first key on', async () => {
    const { bench, client } = await transaction('GET before', 'MULTI')
    bench.server(0).open()
    bench.server(0).receive('$-1\r\n')
    await bench.turn()
    expect(client.got).toBe('$-1\r\n+OK\r\n')
    expect(bench.dials).toBe(1)
    await client.asks('SET a 1', 'MGET a b', 'EXEC', 'GET after')
    bench.server(1).open()
    expect(commands(bench.server(1))).toEqual(['MULTI', 'SET a 1', 'MGET a b', 'EXEC'])
    bench.server(1).receive(`${OPEN}+QUEUED\r\n*2\r\n+OK\r\n*0\r\n`)
    await bench.turn()
    bench.server(0).receive('$1\r\nx\r\n')
    await bench.turn()
    expect(client.got).toBe('+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n*0\r\n$1\r\nx\r\n')
    expect(commands(bench.server(0))).toEqual(['GET before', 'GET after'])
  })

  test('counts as multi what goes upstream, and as successful what is answered there', async () => {
    const { bench, client } = await transaction('MULTI', 'SET a 1', 'PING', 'EXEC')
    bench.server(0).open()
    bench.server(0).receive(`${OPEN}+QUEUED\r\n*2\r\n+OK\r\n+PONG\r\n`)
    await bench.turn()
    expect(client.got).toEndWith('*2\r\n+OK\r\n+PONG\r\n')
    expect(bench.stats(/command\.|downstream_rq/)).toEqual({
      'command.multi.success': 2,
      'command.multi.total': 3,
      downstream_rq_total: 4,
    })
  })

  test('that is empty needs no server', async () => {
    const { bench, client } = await transaction('MULTI', 'EXEC', 'MULTI', 'DISCARD', 'UNWATCH')
    expect(client.got).toBe('+OK\r\n*0\r\n+OK\r\n+OK\r\n+OK\r\n')
    expect(bench.dials).toBe(0)
  })

  test('without a key is sent by EXEC', async () => {
    const { bench, client } = await transaction('MULTI', 'PING', 'DBSIZE')
    expect(client.got).toBe('+OK\r\n+QUEUED\r\n+QUEUED\r\n')
    expect(bench.dials).toBe(0)
    await client.asks('EXEC')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['MULTI', 'PING', 'DBSIZE', 'EXEC'])
    bench.server(0).receive(`${OPEN}+QUEUED\r\n*2\r\n+PONG\r\n:0\r\n`)
    await bench.turn()
    expect(client.got).toBe('*2\r\n+PONG\r\n:0\r\n')
  })

  test('says in redis’s words what it does not take', async () => {
    const { client } = await transaction(
      'EXEC',
      'DISCARD',
      'MULTI',
      'MULTI',
      'WATCH a',
      'SELECT 1',
      'EXEC',
    )
    expect(client.got.split('\r\n')).toEqual([
      '-ERR EXEC without MULTI',
      '-ERR DISCARD without MULTI',
      '+OK',
      '-ERR MULTI calls can not be nested',
      '-ERR WATCH inside MULTI is not allowed',
      "-'SELECT' command is not supported within transaction",
      '-EXECABORT Transaction discarded because of previous errors.',
      '',
    ])
  })

  test('is discarded by EXEC after a command that nobody knows', async () => {
    const { bench, client } = await transaction('MULTI', 'SET a 1', 'NOPE', 'EXEC', 'PING')
    bench.server(0).open()
    bench.server(0).receive(OPEN)
    await bench.turn()
    expect(client.got.split('\r\n')).toEqual([
      '+OK',
      '+QUEUED',
      "-ERR unknown command 'NOPE', with args beginning with: ",
      '-EXECABORT Transaction discarded because of previous errors.',
      '+PONG',
      '',
    ])
    expect(commands(bench.server(0))).toEqual(['MULTI', 'SET a 1'])
    expect(bench.server(0).closeReason).not.toBeNull()
  })

  test('whose server goes stays one until EXEC, which is refused', async () => {
    const { bench, client } = await transaction('MULTI', 'SET a 1')
    bench.server(0).open()
    bench.server(0).closeByPeer()
    await client.asks('SET b 1', 'EXEC', 'GET c')
    expect(client.got.split('\r\n').slice(1, 5)).toEqual([
      '-upstream failure',
      '-upstream failure',
      '-EXECABORT Transaction discarded because of previous errors.',
      '',
    ])
    expect(bench.dials).toBe(2)
  })

  test('holds WATCH and what it guards on one connection, used again by the next', async () => {
    const { bench, client } = await transaction('WATCH a')
    bench.server(0).open()
    bench.server(0).receive('+OK\r\n')
    await client.asks('MULTI', 'SET a 1', 'EXEC')
    bench.server(0).receive('+OK\r\n+QUEUED\r\n*-1\r\n')
    await bench.turn()
    expect(client.got).toBe('+OK\r\n+OK\r\n+QUEUED\r\n*-1\r\n')
    await client.asks('MULTI', 'SET b 1')
    expect(bench.dials).toBe(1)
    expect(commands(bench.server(0)).slice(-2)).toEqual(['MULTI', 'SET b 1'])
  })

  test('ends with its client, and so does its connection', async () => {
    const { bench, client } = await transaction('MULTI', 'SET a 1')
    bench.server(0).open()
    client.socket.resets()
    expect(bench.server(0).closeReason).not.toBeNull()
  })

  test('of keys on several hosts is refused as a whole', async () => {
    const bench = new RedisBench({
      clusters: { up: 1, other: 1 },
      filter: {
        prefix_routes: {
          routes: [{ prefix: 'o', cluster: 'other' }],
          catch_all_route: { cluster: 'up' },
        },
      },
    })
    const client = bench.client()
    await client.asks('MULTI', 'SET a 1', 'SET o 1', 'EXEC')
    bench.server(0).open()
    bench.server(0).receive(OPEN)
    await bench.turn()
    expect(client.got.split('\r\n').slice(2)).toEqual([
      "-ERR 'set' needs a key of another host than the transaction",
      '-EXECABORT Transaction discarded because of previous errors.',
      '',
    ])
  })

  test('is injected faults into as multi', async () => {
    const bench = new RedisBench({
      filter: {
        faults: [
          {
            fault_type: 'ERROR',
            fault_enabled: { default_value: { numerator: 100 } },
            commands: ['get'],
          },
        ],
      },
    })
    const client = bench.client()
    await client.asks('MULTI', 'GET a', 'DISCARD')
    expect(client.got).toBe('+OK\r\n-Fault Injected: Error\r\n+OK\r\n')
    expect(bench.stats(/command\./)).toEqual({
      'command.multi.error': 1,
      'command.multi.error_fault': 1,
      'command.multi.total': 3,
    })
  })

  test('takes PUBLISH along, wherever its channel would go', async () => {
    const bench = new RedisBench({
      clusters: { up: 1, other: 1 },
      filter: {
        prefix_routes: {
          routes: [{ prefix: 'o', cluster: 'other' }],
          catch_all_route: { cluster: 'up' },
        },
      },
    })
    const client = bench.client()
    await client.asks('MULTI', 'SET a 1', 'PUBLISH o m', 'EXEC', 'MULTI', 'PUBLISH o m')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['MULTI', 'SET a 1', 'PUBLISH o m', 'EXEC'])
    bench.server(0).receive(`${OPEN}+QUEUED\r\n*2\r\n+OK\r\n:0\r\n`)
    await bench.turn()
    bench.server(1).open()
    expect(commands(bench.server(1))).toEqual(['MULTI', 'PUBLISH o m'])
  })

  test('is copied to mirrors', async () => {
    const bench = new RedisBench({
      clusters: { up: 1, copy: 1 },
      filter: {
        prefix_routes: {
          catch_all_route: { cluster: 'up', request_mirror_policy: [{ cluster: 'copy' }] },
        },
      },
    })
    const client = bench.client()
    await client.asks('MULTI', 'SET a 1', 'EXEC')
    bench.server(0).open()
    bench.server(1).open()
    bench.server(0).receive(`${OPEN}*1\r\n+OK\r\n`)
    bench.server(1).receive('-ERR x\r\n-ERR x\r\n-ERR x\r\n')
    await bench.turn()
    expect(client.got).toBe('+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n')
    expect(commands(bench.server(1))).toEqual(['MULTI', 'SET a 1', 'EXEC'])
  })
})
