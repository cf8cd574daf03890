import type { DemoService } from './demo-service.ts'
import { redisService } from './redis-service.ts'
import { thriftService } from './thrift-service.ts'

const TIMEOUT_MS = 5_000

export function startDemoServices(): readonly DemoService[] {
  return [redisService(), httpService(), thriftService()]
}

function httpService(): DemoService {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => new Response(`hello ${new URL(request.url).pathname.slice(1)}\n`),
  })
  return {
    name: 'http',
    protocol: 'tcp',
    ports: [server.port ?? 0],
    stop: () => void server.stop(true),
    hint: (proxyPort) => `curl http://127.0.0.1:${proxyPort}/you`,
    ask: async (proxyPort) => {
      const response = await fetch(`http://127.0.0.1:${proxyPort}/world`, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { connection: 'close' },
      })
      const body = await response.text()
      expectEqual(`${response.status} ${body}`, '200 hello world\n')
      return { text: 'GET /world is 200, hello world', lines: [] }
    },
  }
}

function expectEqual(received: string, expected: string): void {
  if (received !== expected) {
    throw new Error(`expected ${JSON.stringify(expected)}, received ${JSON.stringify(received)}`)
  }
}
