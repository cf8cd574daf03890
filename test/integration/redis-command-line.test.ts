import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { parseArgs } from '../../src/cli/parse-args.ts'
import { redisConfig } from '../../src/cli/redis/redis-config.ts'
import { REDIS_FLAGS } from '../../src/cli/redis/redis-flag-table.ts'
import { readRedisOptions } from '../../src/cli/redis/redis-options.ts'
import { loadBootstrap } from '../../src/config/load/load-bootstrap.ts'
import type { ListenerExplanation } from '../../src/server/explain.ts'
import { startProxy, type TestProxy, TSPROXY } from '../support/proxy.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { needs } from '../support/require.ts'
import { connectTo } from '../support/tcp.ts'

setDefaultTimeout(30_000)

const KEYS = Array.from({ length: 20 }, (_, index) => `key:${index}`)

/** The raw reply to one inline command. */
async function ask(port: number, command: string): Promise<string> {
  const client = await connectTo(port)
  client.write(`${command}\r\n`)
  await client.sees('\r\n')
  client.close()
  return client.text
}

async function explain(...args: string[]): Promise<ListenerExplanation> {
  const child = Bun.spawn([TSPROXY, 'explain', '--format', 'json', ...args], { stdout: 'pipe' })
  const answer = JSON.parse(await new Response(child.stdout).text()) as {
    explanations: ListenerExplanation[]
  }
  expect(answer.explanations.length).toBe(1)
  return answer.explanations[0]!
}

describe.if(needs('redis'))('two shards in one line', () => {
  let shards: RedisServer[]
  let proxy: TestProxy
  let config: string

  beforeAll(async () => {
    shards = [await startRedis(), await startRedis()]
    const hosts = shards.map(({ port }) => `127.0.0.1:${port}`)
    const args = parseArgs([...hosts, '--listen', '127.0.0.1:0'], REDIS_FLAGS)
    config = redisConfig(readRedisOptions(args))
    const loaded = loadBootstrap({ file: '<text>', text: config }, null, {
      allowUnknownStaticFields: false,
    })
    proxy = await startProxy(loaded.value, { concurrency: 2 })
  })
  afterAll(async () => {
    await proxy.stop()
    for (const shard of shards) await shard.kill()
  })

  test('look like one redis, and each holds its part of the keys', async () => {
    for (const key of KEYS)
      expect(await ask(proxy.port('redis'), `SET ${key} ${key}`)).toBe('+OK\r\n')
    for (const key of KEYS)
      expect(await ask(proxy.port('redis'), `GET ${key}`)).toContain(`\r\n${key}\r\n`)
    const sizes = await Promise.all(shards.map(({ port }) => ask(port, 'DBSIZE')))
    const counts = sizes.map((reply) => Number(reply.slice(1)))
    expect(counts[0]! + counts[1]!).toBe(KEYS.length)
    expect(Math.min(...counts)).toBeGreaterThan(0)
  })

  test('are explained as they are, by the config and by the running proxy', async () => {
    for (const key of KEYS.slice(0, 8)) {
      const holders: string[] = []
      for (const { port } of shards) {
        if ((await ask(port, `EXISTS ${key}`)) === ':1\r\n') holders.push(`127.0.0.1:${port}`)
      }
      const command = `GET ${key}`
      const told = await explain('--redis', command, '--config-yaml', config)
      expect(told.parts.map(({ hosts }) => hosts)).toEqual([holders])
      const live = await explain('--redis', command, '--admin', proxy.adminAddress)
      expect(live.parts).toEqual(told.parts)
      expect(live.address).toBe(`127.0.0.1:${proxy.port('redis')}`)
    }
  })
})
