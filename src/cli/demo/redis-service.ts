import type { DemoAnswer, DemoLine, DemoService } from './demo-service.ts'
import { askRedis, hearMessage } from './redis-client.ts'
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
  const replies = await say('MULTI', 'INCR sold', 'INCR sold', 'EXEC')
  show('MULTI, INCR sold, INCR sold, EXEC', replies.slice(-1), '1 2', 'all on the shard of the key')
  show('DBSIZE', await say('DBSIZE'), '4', 'added up over the shards')
  show('SUBSCRIBE news, PUBLISH news hello', [await subscribe(proxyPort)], 'hello', 'pushed')
  return { text: 'two shards look like one redis', lines }
}

/** Asked of the servers themselves. */
async function whereKeysAre(ports: readonly number[]): Promise<string> {
  const keys = await Promise.all(
    ports.map(async (port) => (await askRedis(port, ['KEYS *'], TIMEOUT_MS))[0]!),
  )
  return keys.map((names, index) => `shard ${index + 1}: ${names || 'none'}`).join(', ')
}

/** Says it again until somebody listens. */
async function subscribe(proxyPort: number): Promise<string> {
  const heard = hearMessage(proxyPort, 'news', TIMEOUT_MS)
  let isHeard = false
  void heard
    .catch(() => {})
    .finally(() => {
      isHeard = true
    })
  while (!isHeard) {
    await askRedis(proxyPort, ['PUBLISH news hello'], TIMEOUT_MS)
    await Bun.sleep(1)
  }
  return heard
}
