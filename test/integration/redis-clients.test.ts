import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { STOCK_CLIENTS } from '../support/redis-clients.ts'
import { redisConfig } from '../support/redis-config.ts'
import { runScript } from '../support/redis-script.ts'
import { needs } from '../support/require.ts'

setDefaultTimeout(60_000)

const SHARDS = [1, 2, 4] as const
describe.if(needs('redis'))('the script of commands gives the same', () => {
  let direct: RedisServer
  const hosts: RedisServer[] = []
  const proxies = new Map<number, TestProxy>()

  beforeAll(async () => {
    direct = await startRedis()
    for (let i = 0; i < Math.max(...SHARDS); i++) hosts.push(await startRedis())
    for (const shards of SHARDS) {
      const ports = hosts.slice(0, shards).map(({ port }) => port)
      proxies.set(shards, await startProxy(redisConfig(ports), { concurrency: 1 }))
    }
  })
  afterAll(async () => {
    for (const proxy of proxies.values()) await proxy.stop()
    for (const host of [direct, ...hosts]) await host.kill()
  })

  describe.each(STOCK_CLIENTS)('with $name', (client) => {
    const wanted = new Map<number, string[]>()
    const cases = client.protocols.flatMap((protocol) =>
      SHARDS.map((shards) => [protocol, shards] as const),
    )
    test.if(client.program === undefined || needs(client.program)).each(cases)(
      'and RESP%i, through %i shards as directly',
      async (protocol, shards) => {
        const expected = wanted.get(protocol) ?? (await runScript(client, direct.port, protocol))
        wanted.set(protocol, expected)
        const got = await runScript(client, proxies.get(shards)!.port('in'), protocol)
        expect(got).toEqual(expected)
      },
    )
  })
})
