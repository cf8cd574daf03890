import type { DemoAnswer, DemoLine, DemoService } from './demo-service.ts'
import { askRedis } from './redis-client.ts'
import { startRedisServer } from './redis-server.ts'

const TIMEOUT_MS = 5_000

/** Two redis servers that look like one. */
export function redisService(): DemoService {
  const servers = [startRedisServer(), startRedisServer()]
  const ports = servers.map(({ port }) => port)
  return {
    name: 'redis',
    protocol: 'redis',
    ports,
    stop() {
      for (const server of servers) server.stop()
    },
    hint: (proxyPort) => `redis-cli -p ${proxyPort} MGET apple pear plum`,
    ask: (proxyPort) => ask(proxyPort, ports),
  }
}

async function ask(proxyPort: number, ports: readonly number[]): Promise<DemoAnswer> {
  const say = (...commands: string[]) => askRedis(proxyPort, commands, TIMEOUT_MS)
  const lines: DemoLine[] = []
  const show = (request: string, replies: readonly string[], expected: string, remark: string) => {
    const answer = replies.join(' ')
    if (answer !== expected) throw new Error(`${request}: expected ${expected}, received ${answer}`)
    lines.push({ request, answer, remark })
  }
  const set = await say('SET apple red', 'SET pear green', 'SET plum blue')
  show('SET apple red, pear green, plum blue', set, 'OK OK OK', await whereKeysAre(ports))
  const values = await say('MGET apple pear plum')
  show('MGET apple pear plum', values, 'red green blue', 'split by shard, joined in order')
  return { text: 'two shards look like one redis', lines }
}

/** Asked of the servers themselves. */
async function whereKeysAre(ports: readonly number[]): Promise<string> {
  const keys = await Promise.all(
    ports.map(async (port) => (await askRedis(port, ['KEYS *'], TIMEOUT_MS))[0]!),
  )
  return keys.map((names, index) => `shard ${index + 1}: ${names || 'none'}`).join(', ')
}
