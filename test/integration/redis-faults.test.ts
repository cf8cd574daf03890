import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { Redis } from 'ioredis'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { redisConfig } from '../support/redis-config.ts'
import { TaggedLoad, tagged } from '../support/redis-load.ts'
import { needs } from '../support/require.ts'
import { becomesUsable, connectRedis, quantile, type RespClient } from '../support/resp-client.ts'
import { RespError } from '../support/resp-reply.ts'

setDefaultTimeout(60_000)

const CLIENTS = 16
const PIPELINE = 32
const KILLS = 3
/** What is measured at one time. */
const SPAN_MS = 700
/** "At once": far below op_timeout, and above what a busy machine with a test of its own takes. */
const AT_ONCE_MS = 250

describe.if(needs('redis'))('a shard that dies', () => {
  const servers: RedisServer[] = []
  const clients: RespClient[] = []
  let proxy: TestProxy

  async function start(settings: object = {}): Promise<{ dying: string; living: string }> {
    servers.push(await startRedis(), await startRedis())
    const ports = servers.map(({ port }) => port)
    proxy = await startProxy(redisConfig(ports, { settings }), { concurrency: 2 })
    return await keysOfEach(proxy.port('in'), servers[1]!.port)
  }

  async function connectMany(count: number): Promise<RespClient[]> {
    const port = proxy.port('in')
    const made = await Promise.all(Array.from({ length: count }, () => connectRedis(port)))
    clients.push(...made)
    return made
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await proxy.stop()
    for (const server of servers.splice(0)) await server.kill()
  })

  test('under pipelined load each command gets one answer, its own or an error, in order', async () => {
    const { dying, living } = await start()
    const load = new TaggedLoad(await connectMany(CLIENTS), PIPELINE, (client, n) =>
      tagged(n % 2 === 0 ? dying : living, client, n),
    )
    for (let kill = 0; kill < KILLS; kill++) {
      await Bun.sleep(SPAN_MS / 2)
      expect(load.wrong).toEqual([])
      const rightBefore = load.right
      await servers[1]!.kill()
      await Bun.sleep(SPAN_MS / 2)
      servers[1] = await startRedis(servers[1]!.port)
      await becomesUsable(proxy.port('in'), 'SET', dying, 'v')
      expect(load.right).toBeGreaterThan(rightBefore)
    }
    await load.stop()
    expect(load.wrong).toEqual([])
    expect(load.lost).toBe(0)
    expect(load.errorCount).toBeGreaterThan(0)
    for (const text of load.errors.keys())
      expect(text).toMatch(/^(upstream failure|no upstream host)/)
    await proxy.showsStats({ 'server.worker_deaths': 0, 'redis.redis.downstream_rq_active': 0 })
  })

  test('answers its own keys with an error at once, and the others at full speed', async () => {
    const { dying, living } = await start()
    const others = new TaggedLoad(await connectMany(CLIENTS), PIPELINE, (client, n) =>
      tagged(living, client, n),
    )
    const victims = new TaggedLoad(await connectMany(4), 1, (client, n) => tagged(dying, client, n))
    await Bun.sleep(SPAN_MS)
    const before = { right: others.right, p99: others.p99() }
    await servers[1]!.kill()
    await Bun.sleep(SPAN_MS / 4)
    for (const load of [others, victims]) load.startOver()
    await Bun.sleep(SPAN_MS)
    const after = { right: others.right, p99: others.p99() }
    await Promise.all([others.stop(), victims.stop()])
    expect([...others.wrong, ...victims.wrong]).toEqual([])
    expect(others.errorCount).toBe(0)
    expect(victims.right).toBe(0)
    expect(victims.errorCount).toBeGreaterThan(10)
    expect(quantile(victims.errorLatencies, 0.9)).toBeLessThan(AT_ONCE_MS)
    // The other half of the machine is the victims' error loop now, which does not wait for a server.
    expect(after.right).toBeGreaterThan(before.right / 3)
    expect(after.p99).toBeLessThan(Math.max(AT_ONCE_MS, before.p99 * 4))
  })

  test('keeps no client from connecting, in any database', async () => {
    const { living } = await start()
    await servers[1]!.kill()
    for (const db of [0, 1]) {
      const client = new Redis({ port: proxy.port('in'), db })
      expect(await client.set(living, 'v')).toBe('OK')
      expect(await client.get(living)).toBe('v')
      client.disconnect()
    }
    await servers[0]!.kill()
    const [client] = await connectMany(1)
    expect(await client!.send('SELECT', '1')).toEqual(new RespError('upstream failure'))
    expect(await client!.send('INFO')).toEqual(new RespError('upstream failure'))
  })

  test('without a word costs its own commands op_timeout, and the others nothing', async () => {
    const { dying, living } = await start({ op_timeout: '0.3s' })
    const others = new TaggedLoad(await connectMany(CLIENTS), PIPELINE, (client, n) =>
      tagged(living, client, n),
    )
    const victims = new TaggedLoad(await connectMany(4), 1, (client, n) => tagged(dying, client, n))
    await Bun.sleep(SPAN_MS)
    const before = others.right
    servers[1]!.pause()
    await Bun.sleep(SPAN_MS / 4)
    for (const load of [others, victims]) load.startOver()
    await Bun.sleep(SPAN_MS * 2)
    const after = others.right
    servers[1]!.resume()
    await becomesUsable(proxy.port('in'), 'SET', dying, 'v')
    await Bun.sleep(SPAN_MS / 2)
    await Promise.all([others.stop(), victims.stop()])
    expect([...others.wrong, ...victims.wrong]).toEqual([])
    expect(others.errorCount).toBe(0)
    expect([...victims.errors.keys()]).toEqual(['upstream failure'])
    expect(quantile(victims.errorLatencies, 0.5)).toBeLessThan(300 + AT_ONCE_MS)
    expect(victims.right).toBeGreaterThan(0)
    expect(after).toBeGreaterThan(before / 2)
  })
})

/** A key of the server on that port, and one of the other. */
async function keysOfEach(
  port: number,
  ofDying: number,
): Promise<{ dying: string; living: string }> {
  const client = await connectRedis(port)
  const direct = await connectRedis(ofDying)
  let dying = ''
  let living = ''
  for (let i = 0; dying === '' || living === ''; i++) {
    const key = `key:${i}`
    await client.send('SET', key, 'v')
    if ((await direct.send('EXISTS', key)) === 1) dying = key
    else living = key
  }
  client.close()
  direct.close()
  return { dying, living }
}
