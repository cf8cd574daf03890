import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { STOCK_CLIENTS } from '../support/redis-clients.ts'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts'
import { redisClusterConfig } from '../support/redis-config.ts'
import { type TaggedCommand, TaggedLoad } from '../support/redis-load.ts'
import { runScript } from '../support/redis-script.ts'
import { needs } from '../support/require.ts'
import { connectRedis } from '../support/resp-client.ts'

setDefaultTimeout(120_000)

const CLIENTS = 12
const PIPELINE = 20
const KEYS_EACH = 40

describe.if(needs('redis'))('a real cluster of three masters behind the proxy', () => {
  let direct: RedisServer
  let cluster: RedisCluster
  let proxy: TestProxy

  beforeAll(async () => {
    direct = await startRedis()
    cluster = await startRedisCluster(3)
    const config = redisClusterConfig([cluster.ports[0]!], { redirect_refresh_interval: '0.1s' })
    proxy = await startProxy(config, { concurrency: 2 })
  })
  afterAll(async () => {
    await proxy?.stop()
    await cluster?.kill()
    await direct?.kill()
  })

  describe.each(STOCK_CLIENTS)('looks like one server to $name', (client) => {
    test.if(client.program === undefined || needs(client.program)).each(client.protocols)(
      'with RESP%i',
      async (protocol) => {
        // A cluster has one database.
        const isThere = (name: string) => name !== 'SELECT' && name !== 'in:3'
        const expected = await runScript(client, direct.port, protocol, isThere)
        const got = await runScript(client, proxy.port('in'), protocol, isThere)
        expect(got).toEqual(expected)
      },
    )
  })

  test('answers pipelines right while slots move back and forth under them', async () => {
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => connectRedis(proxy.port('in'))),
    )
    const owners = clients.map((_, client) => new KeyOwner(client))
    for (const [i, client] of clients.entries()) {
      await Promise.all(client.sendAll(owners[i]!.clearing))
    }
    const load = new TaggedLoad(clients, PIPELINE, (client) => owners[client]!.next())
    const [a, b] = await masters(cluster)
    for (const [from, to] of [
      [a!, b!],
      [b!, a!],
    ] as const) {
      const before = load.right
      await cluster.reshard(from, to, 1500)
      expect(load.wrong).toEqual([])
      expect(load.right).toBeGreaterThan(before + 1000)
    }
    await load.stop()
    expect(load.wrong).toEqual([])
    expect([...load.errors]).toEqual([])
    expect(load.lost).toBe(0)
    const redirects = await proxy.stats('upstream_internal_redirect_succeeded_total')
    expect(redirects['cluster.up.upstream_internal_redirect_succeeded_total']).toBeGreaterThan(0)
    for (const client of clients) client.close()
  })
})

/** Commands on keys that only one client writes, so that it knows each answer beforehand. */
class KeyOwner {
  readonly #client: number
  readonly #values: string[] = Array.from({ length: KEYS_EACH }, () => '')
  readonly #counts: number[] = Array.from({ length: KEYS_EACH }, () => 0)
  #n = 0

  constructor(client: number) {
    this.#client = client
  }

  get clearing(): string[][] {
    return this.#values.map((_, i) => ['DEL', this.#key(i), `count:${this.#key(i)}`])
  }

  next(): TaggedCommand {
    const n = this.#n++
    const i = (n * 7) % KEYS_EACH
    const key = this.#key(i)
    switch (n % 6) {
      case 0:
      case 3:
        this.#values[i] = `${this.#client}:${n}`
        return { words: ['SET', key, this.#values[i]!], answer: 'OK' }
      case 1:
        return { words: ['GET', key], answer: this.#values[i] || null }
      case 2:
        return { words: ['INCR', `count:${key}`], answer: ++this.#counts[i]! }
      case 4: {
        const all = [i, (i + 1) % KEYS_EACH, (i + 2) % KEYS_EACH]
        return {
          words: ['MGET', ...all.map((at) => this.#key(at))],
          answer: all.map((at) => this.#values[at] || null),
        }
      }
      default:
        return {
          words: ['EVAL', "return redis.call('GET', KEYS[1])", '1', key],
          answer: this.#values[i] || null,
        }
    }
  }

  #key(i: number): string {
    return `owned:${this.#client}:${i}`
  }
}

async function masters(cluster: RedisCluster) {
  const lines = (await cluster.cli(cluster.ports[0]!, 'cluster', 'nodes')).trim().split('\n')
  return lines.map((line) => {
    const [id = '', address = ''] = line.split(' ')
    return { id, address: address.split('@')[0]! }
  })
}
