import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

async function onThree(line: string, ...replies: string[]) {
  const bench = new RedisBench({ clusters: { up: 3 } })
  const client = bench.client()
  await client.asks(line)
  for (let i = 0; i < bench.dials; i++) bench.server(i).open()
  replies.forEach((reply, index) => {
    bench.server(index).receive(reply)
  })
  await bench.turn()
  return { bench, got: client.got, client }
}

describe('a command for all hosts', () => {
  test.each([
    ['FLUSHALL', ['+OK\r\n', '+OK\r\n', '+OK\r\n'], '+OK\r\n'],
    ['FLUSHALL', ['+OK\r\n', '-ERR a\r\n', '-ERR b\r\n'], '-ERR a\r\n'],
    ['SCRIPT LOAD x', ['$1\r\na\r\n', '$1\r\nb\r\n', '$1\r\na\r\n'], '-all responses not same\r\n'],
    ['DBSIZE', [':1\r\n', ':2\r\n', ':3\r\n'], ':6\r\n'],
    [
      'KEYS *',
      ['*1\r\n$1\r\na\r\n', '*0\r\n', '*1\r\n$1\r\nb\r\n'],
      '*2\r\n$1\r\na\r\n$1\r\nb\r\n',
    ],
    ['KEYS *', ['*0\r\n', ':1\r\n', '*0\r\n'], '-non-array response received from shard\r\n'],
    ['SLOWLOG LEN', [':1\r\n', ':-5\r\n', ':1\r\n'], '-negative value received from upstream\r\n'],
  ])('%s over three hosts that say %j is %j', async (line, replies, merged) => {
    const { bench, got } = await onThree(line, ...replies)
    expect(got).toBe(merged)
    expect([0, 1, 2].map((i) => commands(bench.server(i)))).toEqual([[line], [line], [line]])
  })

  test('fails with the text of the host that is dead', async () => {
    const { bench, client } = await onThree('DBSIZE', ':1\r\n', ':2\r\n')
    bench.server(2).closeByPeer()
    await bench.turn()
    expect(client.got).toBe('-upstream failure\r\n')
    expect(bench.stats(/dbsize/)).toEqual({ 'command.dbsize.error': 1, 'command.dbsize.total': 1 })
  })

  test('that cannot be answered over several is refused', async () => {
    const { bench, got } = await onThree('FT.SEARCH i q')
    expect(got).toBe("-ERR 'ft.search' cannot be answered over several hosts\r\n")
    expect(bench.dials).toBe(0)
  })

  test('passes as it is before one host', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('ROLE', 'KEYS *', 'INFO')
    bench.server(0).open()
    const replies = '*1\r\n$6\r\nmaster\r\n-ERR x\r\n$4\r\nx:1\n\r\n'
    bench.server(0).receive(replies)
    await bench.turn()
    expect(client.got).toBe(replies)
  })
})

describe('SCAN', () => {
  test('walks one host after another', async () => {
    const bench = new RedisBench({ clusters: { up: 2 } })
    const client = bench.client()
    const scan = async (cursor: string, index: number, reply: string) => {
      await client.asks(`SCAN ${cursor} COUNT 9`)
      if (bench.server(index).state === 0) bench.server(index).open()
      bench.server(index).receive(reply)
      await bench.turn()
      return client.got.split('\r\n')
    }
    const first = await scan('0', 0, '*2\r\n$2\r\n17\r\n*1\r\n$1\r\na\r\n')
    const second = await scan(first[2]!, 0, '*2\r\n$1\r\n0\r\n*0\r\n')
    const third = await scan(second[2]!, 1, '*2\r\n$1\r\n0\r\n*1\r\n$1\r\nb\r\n')
    expect(commands(bench.server(0))).toEqual(['SCAN 0 COUNT 9', 'SCAN 17 COUNT 9'])
    expect(commands(bench.server(1))).toEqual(['SCAN 0 COUNT 9'])
    expect(third.slice(0, 6)).toEqual(['*2', '$1', '0', '*1', '$1', 'b'])
  })

  test('with a cursor that nobody gave is redis’s error', async () => {
    const client = new RedisBench({ clusters: { up: 2 } }).client()
    await client.asks('SCAN x', 'SCAN 4095')
    expect(client.got).toBe('-ERR invalid cursor\r\n-ERR invalid cursor\r\n')
  })

  test('of a host that fails is in Envoy’s words, of one that refuses in its own', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('SCAN x', 'SCAN 0')
    bench.server(0).open()
    bench.server(0).receive('-ERR invalid cursor\r\n')
    bench.server(0).closeByPeer()
    await bench.turn()
    expect(client.got).toBe('-ERR invalid cursor\r\n-finished with 1 error(s)\r\n')
  })
})

describe('INFO.SHARD', () => {
  test('asks one host by its number', async () => {
    const { bench, got } = await onThree('INFO.SHARD 2 server', '$1\r\nx\r\n')
    expect(got).toBe('$1\r\nx\r\n')
    expect(bench.server(0).options.address).toMatchObject({ ip: '10.0.0.3' })
    expect(commands(bench.server(0))).toEqual(['INFO server'])
  })

  test('says what is wrong with the number', async () => {
    const client = new RedisBench({ clusters: { up: 2 } }).client()
    await client.asks('INFO.SHARD x', 'INFO.SHARD 2')
    expect(client.got.split('\r\n')).toEqual([
      '-ERR invalid shard_id - must be a numeric shard index',
      '-ERR shard_id 2 out of range (0-1)',
      '',
    ])
  })
})
