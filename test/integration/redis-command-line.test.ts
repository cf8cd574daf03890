import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { parseArgs } from '../../src/cli/parse-args.ts'
import { redisConfig } from '../../src/cli/redis/redis-config.ts'
import { REDIS_FLAGS } from '../../src/cli/redis/redis-flag-table.ts'
import { readRedisOptions } from '../../src/cli/redis/redis-options.ts'
import type { TappedCommand } from '../../src/cli/tap/tap-line.ts'
import { loadBootstrap } from '../../src/config/load/load-bootstrap.ts'
import type { ListenerExplanation } from '../../src/server/explain.ts'
import { eventually } from '../support/eventually.ts'
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

function loaded(text: string): object {
  const options = { allowUnknownStaticFields: false }
  return loadBootstrap({ file: '<text>', text }, null, options).value
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
    proxy = await startProxy(loaded(config), { concurrency: 2 })
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

  test('begin in the database that their URLs name', async () => {
    const hosts = shards.map((shard) => `redis://127.0.0.1:${shard.port}/3`)
    const args = parseArgs([...hosts, '--listen', '127.0.0.1:0'], REDIS_FLAGS)
    const third = await startProxy(loaded(redisConfig(readRedisOptions(args))))
    expect(await ask(third.port('redis'), 'SET three here')).toBe('+OK\r\n')
    expect(await ask(third.port('redis'), 'GET three')).toBe('$4\r\nhere\r\n')
    expect(await ask(proxy.port('redis'), 'GET three')).toBe('$-1\r\n')
    await third.stop()
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

  test('are looked into while they work, and no password is seen', async () => {
    const tap = Bun.spawn(
      [TSPROXY, 'tap', 'redis', '--admin', proxy.adminAddress, '--format', 'json'],
      { stdout: 'pipe' },
    )
    const seen: TappedCommand[] = []
    void readLines(tap.stdout, seen)
    const client = await connectTo(proxy.port('redis'))
    // Until its worker has heard of it.
    await eventually(() => {
      client.write('PING\r\n')
      return seen.length > 0
    }, 10_000)
    const mgetLine = `MGET ${KEYS.slice(0, 10).join(' ')}`
    client.write(`AUTH hunter2\r\nSET ${KEYS[0]} hello\r\n${mgetLine}\r\nFOO\r\n`)
    const commands = () => seen.filter(({ command }) => command[0] !== 'PING')
    await eventually(() => commands().length === 4)
    client.close()
    tap.kill('SIGINT')
    expect(await tap.exited).toBe(0)
    // In the order of their replies.
    const [auth, set, mget, foo] = ['AUTH', 'SET', 'MGET', 'FOO'].map((name) =>
      seen.find(({ command }) => command[0] === name),
    )
    expect(JSON.stringify(seen)).not.toContain('hunter2')
    const { parts } = await explain('--redis', `SET ${KEYS[0]} x`, '--admin', proxy.adminAddress)
    expect(auth).toMatchObject({ command: ['AUTH', '(hidden)'], host: '' })
    expect(set).toMatchObject({
      listener: 'redis',
      command: ['SET', KEYS[0], 'hello'],
      reply: { type: 'status', value: 'OK' },
      host: parts[0]!.hosts[0]!,
    })
    const hosts = shards.map((shard) => `127.0.0.1:${shard.port}`).sort()
    expect(mget?.reply).toEqual({ type: 'array', value: '10' })
    expect(mget?.host.split(',').sort()).toEqual(hosts)
    expect(foo?.reply.type).toBe('error')
  })
})

async function readLines(stream: ReadableStream<Uint8Array>, into: TappedCommand[]): Promise<void> {
  let rest = ''
  for await (const bytes of stream) {
    const lines = (rest + Buffer.from(bytes).toString()).split('\n')
    rest = lines.pop()!
    for (const line of lines) into.push(JSON.parse(line) as TappedCommand)
  }
}
