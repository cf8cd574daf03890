import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { HostStat } from '../../src/upstream/host-table.ts'
import { outlierSettings } from '../support/outlier-settings.ts'
import { commands, RedisBench, wire } from '../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const NAME = 'envoy.filters.network.redis_proxy'
const withOptions = (fields: object) => ({
  cluster: { protocolOptions: { [NAME]: { username: '', password: '', hosts: [], ...fields } } },
})

async function asks(bench: RedisBench, ...lines: string[]) {
  const client = bench.client()
  await client.asks(...lines)
  return client
}

describe('an upstream connection', () => {
  test('says who it is first, and does not wait for the answer', async () => {
    const bench = new RedisBench(withOptions({ username: 'me', password: 'pw' }))
    const client = await asks(bench, 'GET a')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['auth me pw', 'GET a'])
    bench.server(0).receive('-ERR wrong\r\n-NOAUTH x\r\n')
    await bench.turn()
    expect(client.got).toBe('-NOAUTH x\r\n')
  })

  test('uses what is said of its host alone', async () => {
    const own = { host: '10.0.0.1', port: 80, username: '', password: 'own' }
    const bench = new RedisBench(withOptions({ password: 'all', hosts: [own] }))
    await asks(bench, 'GET a')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['auth own', 'GET a'])
  })

  test('tells each command once that it cannot be connected', async () => {
    const bench = new RedisBench()
    const [one, two] = [await asks(bench, 'GET a', 'GET b'), await asks(bench, 'SET a 1')]
    bench.server(0).fail()
    await bench.turn()
    expect([one.got, two.got]).toEqual([
      '-upstream failure\r\n-upstream failure\r\n',
      '-upstream failure\r\n',
    ])
    expect(bench.stats(/upstream_(cx|rq)_(connect_fail|active|total)$/)).toEqual({
      'cluster.up.upstream_cx_connect_fail': 1,
      'cluster.up.upstream_cx_total': 1,
      'cluster.up.upstream_rq_total': 3,
    })
    await one.asks('GET c')
    expect(bench.dials).toBe(2)
  })

  test('gives up when it is not connected in time', async () => {
    const bench = new RedisBench({ cluster: { connectTimeoutMs: 100 } })
    const client = await asks(bench, 'GET a')
    await bench.advance(120)
    expect(client.got).toBe('-upstream failure\r\n')
    expect(bench.stats(/connect_timeout|connect_fail|rq_timeout/)).toEqual({
      'cluster.up.upstream_cx_connect_fail': 1,
      'cluster.up.upstream_cx_connect_timeout': 1,
    })
  })

  test.each(['?x\r\n', '$x\r\n', '*-2\r\n', 'HTTP/1.1 400\r\n', '$1\r\nab\r\n'])(
    'that brings %j fails all that wait, and is replaced',
    async (garbage) => {
      const bench = new RedisBench()
      const client = await asks(bench, 'GET a', 'GET b', 'GET c')
      bench.server(0).open()
      bench.server(0).receive(`+x\r\n${garbage}`)
      await bench.turn()
      expect(client.got).toBe('+x\r\n-upstream failure\r\n-upstream failure\r\n')
      expect(bench.stats(/cx_protocol_error/)).toEqual({
        'cluster.up.upstream_cx_protocol_error': 1,
      })
      await client.asks('GET d')
      bench.server(1).open()
      bench.server(1).receive('+y\r\n')
      await bench.turn()
      expect(client.got).toBe('+y\r\n')
    },
  )

  test('that brings more than was asked for is closed before it can mix up clients', async () => {
    const bench = new RedisBench()
    const client = await asks(bench, 'GET a')
    bench.server(0).open()
    bench.server(0).receive('+mine\r\n+whose\r\n')
    const other = await asks(bench, 'GET b')
    expect([client.got, other.got, bench.dials]).toEqual(['+mine\r\n', '', 2])
  })

  test('drops pushes that nobody asked for', async () => {
    const bench = new RedisBench()
    const client = await asks(bench, 'GET a')
    bench.server(0).open()
    for (const byte of '>2\r\n+invalidate\r\n*1\r\n$1\r\na\r\n+x\r\n>1\r\n+y\r\n')
      bench.server(0).receive(byte)
    await bench.turn()
    expect(client.got).toBe('+x\r\n')
    expect(bench.server(0).closeReason).toBeNull()
  })

  test('shows a client no half of a small reply', async () => {
    const bench = new RedisBench()
    const client = await asks(bench, 'GET a')
    bench.server(0).open()
    bench.server(0).receive('$10\r\nabc')
    bench.server(0).closeByPeer()
    await bench.turn()
    expect(client.got).toBe('-upstream failure\r\n')
  })

  test('passes a big reply on as it comes, and closes the client that has half of it', async () => {
    const bench = new RedisBench()
    const [client, other] = [await asks(bench, 'GET a'), await asks(bench, 'GET b')]
    bench.server(0).open()
    const half = `$100000\r\n${'v'.repeat(50_000)}`
    bench.server(0).receive(half)
    await bench.turn()
    expect(client.got).toBe(half)
    bench.server(0).closeByPeer()
    await bench.turn()
    expect(client.got).toBe('')
    expect(client.socket.calls).not.toEqual([])
    expect(other.got).toBe('-upstream failure\r\n')
  })

  test('is closed with its host, once it is idle', async () => {
    const bench = new RedisBench()
    const client = await asks(bench, 'GET a')
    bench.server(0).open()
    bench.thread.manager.applyHosts({ cluster: 'up', added: [], changed: [], removed: [1] })
    expect(bench.server(0).closeReason).toBeNull()
    bench.server(0).receive('+x\r\n')
    await client.asks('GET b')
    expect(client.got).toBe('+x\r\n-no upstream host\r\n')
    expect(bench.server(0).closeReason).not.toBeNull()
  })

  test('is closed at once with its cluster', async () => {
    const bench = new RedisBench()
    const client = await asks(bench, 'GET a')
    bench.server(0).open()
    bench.thread.manager.applyCluster('up', null)
    await client.asks('GET b')
    expect(client.got).toBe('-upstream failure\r\n-no upstream host\r\n')
  })
})

describe('a session', () => {
  test('has its database chosen before anything else is sent', async () => {
    const bench = new RedisBench()
    const client = await asks(bench, 'SELECT 3', 'GET a')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['SELECT 3'])
    bench.server(0).receive('+OK\r\n')
    await bench.turn()
    expect(commands(bench.server(0))).toEqual(['SELECT 3', 'GET a'])
    bench.server(0).receive('+x\r\n')
    const other = await asks(bench, 'GET b')
    bench.server(1).open()
    expect(commands(bench.server(1))).toEqual(['GET b'])
    expect([client.got, other.got]).toEqual(['+OK\r\n+x\r\n', ''])
  })

  test('of a database that is not there is not entered', async () => {
    const bench = new RedisBench()
    const client = await asks(bench, 'SELECT 99', 'GET a')
    bench.server(0).open()
    bench.server(0).receive('-ERR DB index is out of range\r\n')
    await bench.turn()
    bench.server(1).open()
    expect(commands(bench.server(1))).toEqual(['GET a'])
    bench.server(1).receive('+x\r\n')
    await bench.turn()
    expect(client.got).toBe('-ERR DB index is out of range\r\n+x\r\n')
  })

  test('says in redis’s words what is no database', async () => {
    const client = await asks(new RedisBench(), 'SELECT x', 'SELECT -1')
    expect(client.got).toBe(
      '-ERR value is not an integer or out of range\r\n-ERR DB index is out of range\r\n',
    )
  })
})

describe('writes', () => {
  const batched = { max_buffer_size_before_flush: 100, buffer_flush_timeout: '0.05s' }

  test('of a turn leave together, those of others with them', async () => {
    const bench = new RedisBench()
    const [one, two] = [bench.client(), bench.client()]
    await one.asks('GET 0')
    bench.server(0).open()
    one.socket.data.onSocketData(one.socket, Buffer.from(wire('GET', '1')))
    two.socket.data.onSocketData(two.socket, Buffer.from(wire('GET', '2')))
    expect(commands(bench.server(0))).toEqual(['GET 0'])
    await bench.turn()
    expect(commands(bench.server(0))).toEqual(['GET 0', 'GET 1', 'GET 2'])
  })

  test('that are batched wait for the first one’s time, connected or not', async () => {
    const bench = new RedisBench({ settings: batched })
    const client = await asks(bench, 'GET a')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual([])
    await bench.advance(30)
    await client.asks('GET b')
    await bench.advance(25)
    expect(commands(bench.server(0))).toEqual(['GET a', 'GET b'])
    await client.asks('GET c')
    expect(commands(bench.server(0))).toHaveLength(2)
  })

  test('that are batched leave when there are enough, or when it is late before it is connected', async () => {
    const bench = new RedisBench({ settings: batched })
    const client = await asks(bench, 'GET a')
    await bench.advance(60)
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['GET a'])
    await client.asks(`SET k ${'v'.repeat(100)}`)
    expect(commands(bench.server(0))).toHaveLength(2)
  })
})

describe('enable_command_stats', () => {
  test('counts what is sent by its name, and errors as failures', async () => {
    const bench = new RedisBench({
      settings: { enable_command_stats: true },
      ...withOptions({ password: 'p' }),
    })
    const client = await asks(bench, 'GeT a', 'MGET a b', 'BLPOP q 0', 'NOPE', 'MSET a 1')
    bench.server(0).open()
    bench.server(0).receive('+OK\r\n$1\r\nv\r\n-ERR x\r\n$1\r\nv\r\n')
    await bench.turn()
    bench.server(1).open()
    bench.server(1).receive('+OK\r\n*-1\r\n')
    await bench.turn()
    bench.server(0).receive('+OK\r\n')
    await bench.turn()
    expect(client.got).toEndWith('+OK\r\n')
    expect(bench.stats(/upstream_commands/)).toEqual({
      'cluster.up.redis_cluster.upstream_commands.get.failure': 1,
      'cluster.up.redis_cluster.upstream_commands.get.success': 2,
      'cluster.up.redis_cluster.upstream_commands.get.total': 3,
      'cluster.up.redis_cluster.upstream_commands.set.success': 1,
      'cluster.up.redis_cluster.upstream_commands.set.total': 1,
      'cluster.up.redis_cluster.upstream_commands.unknown.success': 3,
      'cluster.up.redis_cluster.upstream_commands.unknown.total': 3,
    })
  })

  test('counts replies to clients that left as failures', async () => {
    const bench = new RedisBench({ settings: { enable_command_stats: true } })
    const client = await asks(bench, 'GET a')
    bench.server(0).open()
    client.socket.resets()
    bench.server(0).receive('$1\r\nv\r\n')
    expect(bench.stats(/upstream_commands.*failure/)).toEqual({
      'cluster.up.redis_cluster.upstream_commands.get.failure': 1,
    })
  })
})

describe('connection_rate_limit', () => {
  test('refuses connections beyond it, and counts each once', async () => {
    const rate = { connection_rate_limit: { connection_rate_limit_per_sec: 1 } }
    const bench = new RedisBench({ settings: rate })
    const client = await asks(bench, 'GET a')
    bench.server(0).fail()
    await client.asks('GET b', 'MGET c')
    expect(client.got).toBe('-upstream failure\r\n-no upstream host\r\n*1\r\n-no upstream host\r\n')
    expect(bench.stats(/rate_limited/)).toEqual({
      'cluster.up.redis_cluster.connection_rate_limited': 2,
    })
    await bench.advance(1000)
    await client.asks('GET d')
    expect(bench.dials).toBe(2)
  })
})

describe('outlier detection', () => {
  async function seen(act: (bench: RedisBench) => void | Promise<void>): Promise<[number, number]> {
    const bench = new RedisBench({
      settings: { op_timeout: '0.2s' },
      cluster: { outlierDetection: outlierSettings() },
    })
    await asks(bench, 'GET a', 'GET b')
    await act(bench)
    const [host] = bench.thread.manager.getThreadLocalCluster('up')!.hosts()
    return [host!.stats[HostStat.OutlierTotal]!, host!.stats[HostStat.OutlierSuccess]!]
  }

  test.each<[string, string, (bench: RedisBench) => unknown, [number, number]]>([
    ['each reply as a success, errors too', '+x\r\n-ERR y\r\n', () => {}, [2, 2]],
    ['garbage as a failure', '+x\r\n?\r\n', () => {}, [2, 1]],
    [
      'a server that closes on waiting commands',
      '+x\r\n',
      (b) => b.server(0).closeByPeer(),
      [2, 1],
    ],
    ['nothing when nobody waited', '+x\r\n+y\r\n', (b) => b.server(0).closeByPeer(), [2, 2]],
    ['a timeout, once', '', (b) => b.advance(300), [1, 0]],
  ])('hears of %s', async (_, replies, then, expected) => {
    const act = async (bench: RedisBench) => {
      bench.server(0).open()
      if (replies !== '') bench.server(0).receive(replies)
      await then(bench)
    }
    expect(await seen(act)).toEqual(expected)
  })

  test('hears of a refused connection', async () => {
    expect(await seen((bench) => bench.server(0).fail())).toEqual([1, 0])
  })
})
