import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const password = (...words: string[]) => words.map((word) => ({ inline_string: word }))

describe('HELLO', () => {
  test('3 makes replies RESP3, once the servers say that they know it', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('HELLO 3 SETNAME me', 'GET a')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['HELLO 3'])
    bench.server(0).receive('%1\r\n$5\r\nproto\r\n:3\r\n')
    await bench.turn()
    bench.server(0).receive('_\r\n')
    await client.asks('CLIENT GETNAME')
    expect(client.got).toMatch(
      /^%7\r\n\$6\r\nserver\r\n\$5\r\nredis\r\n[\s\S]*:3\r\n[\s\S]*_\r\n\$2\r\nme\r\n$/,
    )
    expect(bench.stats(/hello/)).toEqual({ 'command.hello.success': 1, 'command.hello.total': 1 })
  })

  test('3 before a server that knows RESP2 alone has replies translated', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('HELLO 3')
    bench.server(0).open()
    bench.server(0).receive("-ERR unknown command 'HELLO'\r\n")
    await client.asks('GET a', 'HGETALL h')
    bench.server(1).open()
    expect(commands(bench.server(1))).toEqual(['GET a', 'HGETALL h'])
    bench.server(1).receive('$-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n')
    await bench.turn()
    expect(client.got).toEndWith('_\r\n%1\r\n$1\r\nf\r\n$1\r\nv\r\n')
  })

  test('is for each client by itself', async () => {
    const bench = new RedisBench()
    const [two, three] = [bench.client(), bench.client()]
    await three.asks('HELLO 3')
    bench.server(0).open()
    bench.server(0).receive('%1\r\n$5\r\nproto\r\n:3\r\n')
    await two.asks('CLIENT TRACKINGINFO')
    await three.asks('CLIENT TRACKINGINFO')
    expect(two.got).toStartWith('*6\r\n')
    expect(three.got).toContain('\r\n%3\r\n')
  })

  test.each([
    ['HELLO 4', '-NOPROTO unsupported protocol version'],
    ['HELLO x', '-ERR Protocol version is not an integer or out of range'],
    ['HELLO 2 AUTH a', "-ERR Syntax error in HELLO option 'AUTH'"],
    ['HELLO 2 NOPE', "-ERR Syntax error in HELLO option 'NOPE'"],
    ['HELLO 2 AUTH default x', '-ERR Client sent AUTH, but no username-password pair is set'],
  ])('%s is refused: %s', async (line, error) => {
    const client = new RedisBench().client()
    await client.asks(line, 'PING')
    expect(client.got).toBe(`${error}\r\n+PONG\r\n`)
  })

  test('comes first on a RESP3 listener', async () => {
    const bench = new RedisBench({ filter: { protocol_version: 'RESP3' } })
    const client = bench.client()
    await client.asks('GET a', 'NOPE', 'HELLO', 'HELLO 2')
    expect(client.got).toBe('-NOPROTO unsupported protocol version\r\n'.repeat(4))
    expect(bench.stats(/noproto|unsupported/)).toEqual({ downstream_rq_noproto: 2 })
  })
})

describe('AUTH', () => {
  const two = { filter: { downstream_auth_passwords: password('one', 'two') } }
  const user = {
    filter: {
      downstream_auth_username: { inline_string: 'bob' },
      downstream_auth_passwords: password('one'),
    },
  }

  test.each([
    [two, 'AUTH one', '+OK'],
    [two, 'AUTH two', '+OK'],
    [two, 'AUTH tw', '-ERR invalid password'],
    [two, 'AUTH default two', '+OK'],
    [two, 'AUTH bob two', '-WRONGPASS invalid username-password pair'],
    [two, 'AUTH one b c', '+OK'],
    [user, 'AUTH bob one', '+OK'],
    [user, 'AUTH one', '+OK'],
    [user, 'AUTH default one', '-WRONGPASS invalid username-password pair'],
    [{}, 'AUTH x', '-ERR Client sent AUTH, but no password is set'],
    [{}, 'AUTH a b', '-ERR Client sent AUTH, but no username-password pair is set'],
    [two, 'HELLO 2 AUTH default x', '-WRONGPASS invalid username-password pair'],
  ])('with %j: %s is answered %s', async (options, line, reply) => {
    const client = new RedisBench(options).client()
    await client.asks(line)
    expect(client.got).toBe(`${reply}\r\n`)
  })

  test('is needed for anything but itself, HELLO, QUIT and RESET', async () => {
    const client = new RedisBench(two).client()
    await client.asks('GET a', 'PING', 'MULTI', 'CLIENT ID', 'SUBSCRIBE c', 'NOPE', 'RESET', 'QUIT')
    expect(client.got.split('\r\n')).toEqual([
      ...Array(5).fill('-NOAUTH Authentication required.'),
      "-ERR unknown command 'NOPE', with args beginning with: ",
      '+RESET',
      '+OK',
      '',
    ])
  })

  test('that is wrong takes away what was right, and so does RESET', async () => {
    const client = new RedisBench(two).client()
    await client.asks('AUTH one', 'PING', 'AUTH x', 'PING', 'AUTH two', 'RESET', 'PING')
    expect(client.got.split('\r\n')).toEqual([
      '+OK',
      '+PONG',
      '-ERR invalid password',
      '-NOAUTH Authentication required.',
      '+OK',
      '+RESET',
      '-NOAUTH Authentication required.',
      '',
    ])
  })

  test('of HELLO lets in', async () => {
    const client = new RedisBench(two).client()
    await client.asks('HELLO 2', 'HELLO 2 AUTH default one', 'PING')
    expect(client.got).toMatch(/^-NOAUTH HELLO must be called [\s\S]*\*14\r\n[\s\S]*\+PONG\r\n$/)
  })
})
