import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { redisConfig } from '../support/redis-config.ts'
import { IDIOMS } from '../support/redis-idioms.ts'
import { needs } from '../support/require.ts'

setDefaultTimeout(60_000)

const SHARDS = [1, 2, 4] as const

describe.if(needs('redis'))('pipelines, transactions, scans, messages and blocking pops', () => {
  let direct: RedisServer
  const hosts: RedisServer[] = []
  const proxies = new Map<number, TestProxy>()

  beforeAll(async () => {
    direct = await startRedis()
    for (let i = 0; i < Math.max(...SHARDS); i++) hosts.push(await startRedis())
    for (const shards of SHARDS) {
      const ports = hosts.slice(0, shards).map(({ port }) => port)
      proxies.set(shards, await startProxy(redisConfig(ports), { concurrency: 2 }))
    }
  })
  afterAll(async () => {
    for (const proxy of proxies.values()) await proxy.stop()
    for (const host of [direct, ...hosts]) await host.kill()
  })

  describe.each(IDIOMS)('of $name', ({ program, protocols, run }) => {
    const cases = protocols.flatMap((protocol) =>
      SHARDS.map((shards) => [protocol, shards] as const),
    )
    test.if(program === undefined || needs(program)).each(cases)(
      'with RESP%i, through %i shards as directly',
      async (protocol, shards) => {
        const expected = await run(direct.port, protocol)
        const got = await run(proxies.get(shards)!.port('in'), protocol)
        expect(got).toEqual(expected)
      },
    )
  })
})
