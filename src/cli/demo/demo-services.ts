import { exchangePlainTcp } from '../../network/plain-tcp.ts'
import { startRedisServer } from './redis-server.ts'
import { decodeMessage, encodeMessage, isWholeFrame, startThriftServer } from './thrift-server.ts'

/** One thing that the demo shows: an embedded server, and a request that goes to it through the proxy. */
export interface DemoService {
  readonly name: string
  readonly port: number
  /** Sends the request to this port, and says in a line what came back. Throws when that is wrong. */
  ask(proxyPort: number): Promise<string>
  /** A command line to try by hand. */
  hint(proxyPort: number): string
  stop(): void
}

const TIMEOUT_MS = 5_000

export function startDemoServices(): readonly DemoService[] {
  return [redisService(), httpService(), thriftService()]
}

function redisService(): DemoService {
  const { port, stop } = startRedisServer()
  const request = Buffer.from(
    'PING\r\n*3\r\n$3\r\nSET\r\n$5\r\ngreet\r\n$5\r\nhello\r\n*2\r\n$3\r\nGET\r\n$5\r\ngreet\r\n',
  )
  const expected = '+PONG\r\n+OK\r\n$5\r\nhello\r\n'
  return {
    name: 'redis',
    port,
    stop,
    hint: (proxyPort) => `redis-cli -p ${proxyPort} info`,
    ask: async (proxyPort) => {
      const isWhole = (answer: Buffer) => answer.length >= expected.length
      const answer = await exchangePlainTcp(proxyPort, request, isWhole, TIMEOUT_MS)
      expectEqual(answer.toString(), expected)
      return 'PING is PONG, SET greet hello is OK, GET greet is hello'
    },
  }
}

function httpService(): DemoService {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => new Response(`hello ${new URL(request.url).pathname.slice(1)}\n`),
  })
  return {
    name: 'http',
    port: server.port ?? 0,
    stop: () => void server.stop(true),
    hint: (proxyPort) => `curl http://127.0.0.1:${proxyPort}/you`,
    ask: async (proxyPort) => {
      const response = await fetch(`http://127.0.0.1:${proxyPort}/world`, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { connection: 'close' },
      })
      const body = await response.text()
      expectEqual(`${response.status} ${body}`, '200 hello world\n')
      return 'GET /world is 200, hello world'
    },
  }
}

function thriftService(): DemoService {
  const { port, stop } = startThriftServer()
  const call = { kind: 'call', name: 'echo', sequenceId: 7, text: 'hello' } as const
  return {
    name: 'thrift',
    port,
    stop,
    hint: (proxyPort) => `framed binary: string echo(1: string text) at 127.0.0.1:${proxyPort}`,
    ask: async (proxyPort) => {
      const frame = await exchangePlainTcp(proxyPort, encodeMessage(call), isWholeFrame, TIMEOUT_MS)
      expectEqual(JSON.stringify(decodeMessage(frame)), JSON.stringify({ ...call, kind: 'reply' }))
      return 'echo("hello") is "hello"'
    },
  }
}

function expectEqual(received: string, expected: string): void {
  if (received !== expected) {
    throw new Error(`expected ${JSON.stringify(expected)}, received ${JSON.stringify(received)}`)
  }
}
