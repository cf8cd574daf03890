import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { answers, type RedisServer, startRedis } from '../support/redis.ts'
import { needs } from '../support/require.ts'
import { connectTo } from '../support/tcp.ts'
import { proxyConfig } from '../support/tcp-config.ts'

setDefaultTimeout(30_000)

const WORKERS = 4

describe.if(needs('redis'))('a real redis behind four workers', () => {
  let redis: RedisServer
  let proxy: TestProxy
  let port: number

  beforeAll(async () => {
    redis = await startRedis()
    proxy = await startProxy(proxyConfig(redis.port), { concurrency: WORKERS })
    port = proxy.port('in')
  })
  afterAll(async () => {
    await proxy.stop()
    await redis.kill()
  })

  test('every worker takes connections', async () => {
    const clients = await Promise.all(Array.from({ length: 16 }, () => connectTo(port)))
    for (const client of clients) client.write('PING\r\n')
    for (const client of clients) await client.sees('+PONG\r\n')
    const stats = await proxy.stats('worker_')
    const perWorker = Array.from(
      { length: WORKERS },
      (_, index) => stats[`listener.127.0.0.1_0.worker_${index}.downstream_cx_active`] ?? 0,
    )
    expect(perWorker.reduce((sum, n) => sum + n, 0)).toBe(16)
    expect(Math.min(...perWorker)).toBeGreaterThanOrEqual(3)
    for (const client of clients) client.close()
    await proxy.showsStats({ ['listener.127.0.0.1_0.downstream_cx_active']: 0 })
  })

  test('values of 10 MB come through whole', async () => {
    const value = Buffer.alloc(10_000_000, 'v')
    const client = await connectTo(port)
    client.write(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${value.length}\r\n`)
    client.write(value)
    client.write('\r\n')
    await client.sees('+OK\r\n', 20_000)
    client.keeps = false
    const before = client.length
    client.write('*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n')
    const expected = before + `$${value.length}\r\n`.length + value.length + 2
    await eventually(() => client.length === expected, 20_000)
    client.close()
  })

  test('redis-benchmark runs through it', async () => {
    const args = ['-h', '127.0.0.1', '-p', String(port), '-n', '4000', '-c', '20', '-P', '4', '-q']
    const run = Bun.spawnSync(['redis-benchmark', ...args, '-t', 'ping,set,get'])
    const out = run.stdout.toString().replaceAll('\r', '\n')
    expect(run.exitCode).toBe(0)
    expect(out.match(/requests per second/g)!.length).toBeGreaterThanOrEqual(4)
  })

  test('without the redis clients are closed and the proxy stays; with it, service resumes', async () => {
    await proxy.showsStats({ 'cluster.up.upstream_cx_active': 0 })
    const before = await proxy.stats('cluster.up.')
    const clients = await Promise.all(Array.from({ length: 8 }, () => connectTo(port)))
    for (const client of clients) client.write('PING\r\n')
    for (const client of clients) await client.sees('+PONG\r\n')
    await redis.kill()
    await eventually(() => clients.every(({ ended, closed }) => ended || closed))
    for (const client of clients) client.close()

    expect(await answers(port)).toBe(false)
    await proxy.showsStats({ 'cluster.up.upstream_cx_active': 0 })
    const down = await proxy.stats('cluster.up.')
    expect(down['cluster.up.upstream_cx_destroy_with_active_rq']! - delta(before)).toBe(8)
    expect(down['cluster.up.upstream_cx_connect_fail']).toBeGreaterThanOrEqual(1)
    expect(down['cluster.up.upstream_cx_connect_attempts_exceeded']).toBeGreaterThanOrEqual(1)
    const line = `up::127.0.0.1:${redis.port}::`
    const clusters = await proxy.admin('/clusters')
    expect(clusters).toContain(`${line}cx_active::0`)
    expect(clusters).toMatch(new RegExp(`${line}cx_connect_fail::[1-9]`))
    expect(clusters).toContain(`${line}health_flags::healthy`)

    redis = await startRedis(redis.port)
    expect(await answers(port)).toBe(true)
    await proxy.showsStats({ 'cluster.up.upstream_rq_active': 0, 'server.worker_deaths': 0 })
  })

  function delta(stats: Readonly<Record<string, number>>): number {
    return stats['cluster.up.upstream_cx_destroy_with_active_rq'] ?? 0
  }
})
