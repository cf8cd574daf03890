import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { Parsed, REDIS_LIMITS, RequestParser } from '../../src/codec/resp/request-parser.ts'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { redisConfig } from '../support/redis-config.ts'
import { connectTo, freePort, listenTcp, type TcpPeer, type TcpTestServer } from '../support/tcp.ts'

setDefaultTimeout(30_000)

/** A server that says what the key, or else the command, asks for; null: nothing, ever. */
const ANSWERS: Readonly<Record<string, string | null>> = {
  silent: null,
  moved: '-MOVED 1 127.0.0.1:1\r\n',
  nullarray: '*-1\r\n',
  MULTI: '+OK\r\n',
  EXEC: '*1\r\n+x\r\n',
  SELECT: '+OK\r\n',
}

function serve(peer: TcpPeer): void {
  const parser = new RequestParser(REDIS_LIMITS)
  let held: Uint8Array = new Uint8Array(0)
  peer.onBytes = (bytes) => {
    held = Buffer.concat([held, bytes])
    let at = 0
    while (at < held.length && parser.parse(held, at, held.length) === Parsed.Command) {
      const { start, args, argc } = parser
      const word = (i: number) =>
        Buffer.from(held.subarray(start + args[2 * i]!, start + args[2 * i + 1]!)).toString()
      const name = word(0)
      const answer = (argc > 1 ? ANSWERS[word(1)] : undefined) ?? ANSWERS[name] ?? `+${name}\r\n`
      if (argc < 2 || ANSWERS[word(1)] !== null) peer.write(answer)
      at = parser.next
    }
    held = held.slice(at)
  }
}

function wire(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
}

describe('bytes that go in and come out', () => {
  let server: TcpTestServer
  let proxy: TestProxy
  let secret: TestProxy

  beforeAll(async () => {
    server = listenTcp({ onPeer: serve })
    const routes = {
      routes: [{ prefix: 'dead', cluster: 'dead' }],
      catch_all_route: { cluster: 'up' },
    }
    const config = redisConfig([server.port], {
      filter: { prefix_routes: routes },
      settings: { op_timeout: '0.3s' },
    })
    const { clusters } = config.static_resources
    const dead = { ...clusters[0]!, name: 'dead', load_assignment: { cluster_name: 'dead' } }
    proxy = await startProxy({
      static_resources: { ...config.static_resources, clusters: [...clusters, dead] },
    })
    secret = await startProxy(
      redisConfig([server.port], {
        filter: { downstream_auth_passwords: [{ inline_string: 'p' }] },
      }),
    )
  })
  afterAll(async () => {
    await proxy.stop()
    await secret.stop()
    server.stop()
  })

  /** What comes back to the bytes, up to a mark that is sent behind them. */
  async function back(to: TestProxy, bytes: string): Promise<string> {
    const client = await connectTo(to.port('in'))
    client.write(bytes + wire('AUTH', 'p') + wire('ECHO', '~mark~'))
    await eventually(() => client.text.includes('~mark~') || client.ended, 5000)
    client.close()
    const auth = to === secret ? '+OK\r\n' : '-ERR Client sent AUTH, but no password is set\r\n'
    return client.text.replace(`${auth}$6\r\n~mark~\r\n`, '')
  }

  test.each([
    // As Envoy.
    ['*1\r\n$4\r\nPING\r\n', '+PONG\r\n'],
    ['PING\r\n', '+PONG\r\n'],
    [wire('GET', 'deadkey'), '-no upstream host\r\n'],
    [wire('MGET', 'a', 'deadkey'), '*2\r\n-upstream protocol error\r\n-no upstream host\r\n'],
    [wire('MULTI') + wire('EXEC'), '+OK\r\n*0\r\n'],
    [wire('MULTI') + wire('DISCARD'), '+OK\r\n+OK\r\n'],
    [wire('UNWATCH'), '+OK\r\n'],
    [wire('GET', 'moved'), '-MOVED 1 127.0.0.1:1\r\n'],
    [wire('GET', 'silent') + wire('PING'), '-upstream failure\r\n+PONG\r\n'],
    [wire('MGET', 'silent'), '*1\r\n-upstream failure\r\n'],
    [wire('DEL', 'silent', 'dead'), '-finished with 2 error(s)\r\n'],
    [wire('CLUSTER', 'MEET', 'a', '1'), "-ERR cluster subcommand 'meet' is not supported\r\n"],
    [wire('AUTH', 'x'), '-ERR Client sent AUTH, but no password is set\r\n'],
    [wire('QUIT'), '+OK\r\n'],
    // As redis: wanted differences.
    ['PING hello\r\n', '$5\r\nhello\r\n'],
    ['*0\r\n*-1\r\n\r\n', ''],
    [wire('GET'), "-ERR wrong number of arguments for 'get' command\r\n"],
    [wire('MSET', 'a'), "-ERR wrong number of arguments for 'mset' command\r\n"],
    [wire('SELECT'), "-ERR wrong number of arguments for 'select' command\r\n"],
    [wire('EVAL', 's', '0'), '+EVAL\r\n'],
    [wire('FoO'), "-ERR unknown command 'FoO', with args beginning with: \r\n"],
    [wire('foo', 'a', 'b'), "-ERR unknown command 'foo', with args beginning with: 'a' 'b' \r\n"],
    [
      wire('MULTI') + wire('MULTI') + wire('DISCARD'),
      '+OK\r\n-ERR MULTI calls can not be nested\r\n+OK\r\n',
    ],
    [wire('EXEC'), '-ERR EXEC without MULTI\r\n'],
    ['!\r\n', "-ERR unknown command '!', with args beginning with: \r\n"],
    [wire('GET', 'nullarray'), '*-1\r\n'],
    ['*1\r\n:1\r\n', "-ERR Protocol error: expected '$', got ':'\r\n"],
    ['*x\r\n', '-ERR Protocol error: invalid multibulk length\r\n'],
  ])('%j gives %j', async (sent, got) => {
    expect(await back(proxy, sent)).toBe(got)
  })

  test.each([
    [wire('GET', 'a'), '-NOAUTH Authentication required.\r\n'],
    [wire('FOO'), "-ERR unknown command 'FOO', with args beginning with: \r\n"],
    [wire('AUTH', 'x'), '-ERR invalid password\r\n'],
    [wire('AUTH', 'u', 'p'), '-WRONGPASS invalid username-password pair\r\n'],
    [wire('AUTH', 'p') + wire('GET', 'a'), '+OK\r\n+GET\r\n'],
  ])('behind a password %j gives %j', async (sent, got) => {
    expect(await back(secret, sent)).toBe(got)
  })

  test('a port where nobody listens is an upstream failure', async () => {
    const nobody = await startProxy(redisConfig([freePort()]))
    expect(await back(nobody, wire('GET', 'a') + wire('SCAN', '0'))).toBe(
      '-upstream failure\r\n-finished with 1 error(s)\r\n',
    )
    await nobody.stop()
  })
})
