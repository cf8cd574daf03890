import { expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy } from '../support/proxy.ts'
import { startRedis } from '../support/redis.ts'
import { needs } from '../support/require.ts'
import { connectTo } from '../support/tcp.ts'
import { proxyConfig } from '../support/tcp-config.ts'

setDefaultTimeout(60_000)

const PINGS = 500
/** Of the pinger's p99; 5 ms on a machine of its own, more where the tests, the redis and the proxy share two cores. */
const P99_MS = Number(process.env['TSPROXY_P99_MS'] ?? 40)

test.if(needs('redis'))(
  'a client that pipelines without reading does not hold up one that pings',
  async () => {
    const redis = await startRedis()
    const proxy = await startProxy(proxyConfig(redis.port), { concurrency: 1 })
    const flood = Bun.spawn(
      [process.execPath, `${import.meta.dir}/../support/flood.ts`, String(proxy.port('in'))],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    await eventually(async () => {
      const stats = await proxy.stats('tcp.tcp.downstream_cx_rx_bytes_total')
      return (stats['tcp.tcp.downstream_cx_rx_bytes_total'] ?? 0) > 1_000_000
    }, 10_000)
    const pinger = await connectTo(proxy.port('in'))
    const times: number[] = []
    for (let i = 0; i < PINGS; i++) {
      const began = performance.now()
      const { promise, resolve } = Promise.withResolvers<void>()
      pinger.onBytes = () => resolve()
      pinger.write('PING\r\n')
      await promise
      times.push(performance.now() - began)
    }
    expect(pinger.text).toBe('+PONG\r\n'.repeat(PINGS))
    const at = times.sort((a, b) => a - b)
    const p99 = at[Math.floor(PINGS * 0.99)]!
    console.log(
      `ping beside a flood: p50 ${at[PINGS / 2]!.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
    )
    expect(p99).toBeLessThan(P99_MS)
    flood.kill()
    await flood.exited
    await proxy.stop()
    await redis.kill()
  },
)
