import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench, wire } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

async function says(...lines: string[]): Promise<string[]> {
  const client = new RedisBench().client()
  await client.asks(...lines)
  return client.got.split('\r\n').slice(0, -1)
}

describe('CLIENT', () => {
  test('remembers what its own client says of itself', async () => {
    const lines = await says(
      'CLIENT SETNAME me',
      'CLIENT SETINFO LIB-NAME lib',
      'client setinfo lib-ver 1.2',
      'CLIENT GETNAME',
      'CLIENT INFO',
    )
    expect(lines.slice(0, 5)).toEqual(['+OK', '+OK', '+OK', '$2', 'me'])
    expect(lines[6]).toMatch(/ addr=127\.0\.0\.9:4321 .* name=me .* lib-name=lib lib-ver=1\.2/)
  })

  test('says in redis’s words what is no name', async () => {
    const client = new RedisBench().client()
    await client.says(wire('CLIENT', 'SETNAME', 'a b') + wire('CLIENT', 'SETINFO', 'NOPE', 'x'))
    expect(client.got).toBe(
      '-ERR Client names cannot contain spaces, newlines or special characters.\r\n' +
        "-ERR Unrecognized option 'NOPE'\r\n",
    )
  })

  test('says OK to what changes nothing here, and in Envoy’s words what it cannot do', async () => {
    expect(
      await says(
        'CLIENT NO-EVICT on',
        'CLIENT NO-TOUCH off',
        'CLIENT TRACKING off',
        'CLIENT TRACKING ON',
        'CLIENT Kill x',
        'CLIENT NOPE',
        'CLIENT NO-EVICT x',
      ),
    ).toEqual([
      '+OK',
      '+OK',
      '+OK',
      "-ERR CLIENT subcommand 'TRACKING' is not supported by the proxy",
      "-ERR CLIENT subcommand 'Kill' is not supported by the proxy",
      "-ERR CLIENT subcommand 'NOPE' is not supported by the proxy",
      '-ERR syntax error',
    ])
  })

  test('REPLY OFF and SKIP mute the connection, behind what is owed', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.asks('GET a', 'CLIENT REPLY OFF', 'PING', 'GET b', 'CLIENT REPLY ON', 'PING')
    bench.server(0).open()
    bench.server(0).receive('$1\r\na\r\n')
    await bench.turn()
    bench.server(0).receive('$1\r\nb\r\n')
    await bench.turn()
    expect(client.got).toBe('$1\r\na\r\n+OK\r\n+PONG\r\n')
    await client.asks('CLIENT REPLY SKIP', 'GET c', 'PING')
    bench.server(0).receive('$1\r\nc\r\n')
    await bench.turn()
    expect(client.got).toBe('+PONG\r\n')
  })
})

describe('commands about the connection', () => {
  test('are answered here', async () => {
    const lines = await says(
      'PING',
      'PING hi',
      'ECHO x',
      'READONLY',
      'READWRITE',
      'ASKING',
      'ACL WHOAMI',
    )
    expect(lines).toEqual(['+PONG', '$2', 'hi', '$1', 'x', '+OK', '+OK', '+OK', '$7', 'default'])
  })

  test('TIME is the second and the microseconds in it', async () => {
    const lines = await says('TIME')
    expect(lines).toEqual(['*2', '$4', '1000', '$1', '0'])
  })

  test('are told their arity in redis’s words', async () => {
    const lines = await says(
      'PING a b',
      'ECHO',
      'AUTH',
      'SELECT',
      'CLIENT',
      'CLIENT SETNAME',
      'EXEC x',
    )
    expect(lines).toEqual(
      ['ping', 'echo', 'auth', 'select', 'client', 'client|setname', 'exec'].map(
        (name) => `-ERR wrong number of arguments for '${name}' command`,
      ),
    )
  })

  test('that nobody knows, or that are not for clients, are refused', async () => {
    expect(
      await says('NOPE a b', 'SHUTDOWN', 'CLUSTER MEET a 1', 'CONFIG NOPE', 'XGROUP NOPE'),
    ).toEqual([
      "-ERR unknown command 'NOPE', with args beginning with: 'a' 'b' ",
      "-ERR 'shutdown' is not for clients of a proxy",
      "-ERR cluster subcommand 'meet' is not supported",
      '-ERR unsupported cluster scope command or invalid arguments',
      "-ERR unknown subcommand 'NOPE'. Try XGROUP HELP.",
    ])
  })
})

test('CLUSTER is asked of a host where slots mean nothing to the proxy', async () => {
  const bench = new RedisBench()
  const client = bench.client()
  await client.asks('CLUSTER SLOTS', 'CLUSTER INFO')
  bench.server(0).open()
  expect(commands(bench.server(0))).toEqual(['CLUSTER SLOTS', 'CLUSTER INFO'])
  bench.server(0).receive('-ERR This instance has cluster support disabled\r\n'.repeat(2))
  await bench.turn()
  expect(client.got).toBe('-ERR This instance has cluster support disabled\r\n'.repeat(2))
})
