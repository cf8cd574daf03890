import { expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { startRedis } from '../support/redis.ts'
import { needs } from '../support/require.ts'
import { connectTo } from '../support/tcp.ts'
import { cluster, listener, socketAddress, tcpProxyFilter } from '../support/tcp-config.ts'

setDefaultTimeout(60_000)

const PINGS = 1000
/** Of the pinger's p99; 5 ms on a machine of its own, more where the tests, the redis and the proxy share two cores. */
const P99_MS = Number(process.env['TSPROXY_P99_MS'] ?? 100)

test.if(needs('redis'))(
  'a client that never stops sending does not hold up one that pings',
  async () => {
    const redis = await startRedis()
    // Reads all and answers nothing: the flood has no end.
    const swamp = Bun.spawn([process.execPath, `${import.meta.dir}/../support/swamp.ts`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const swampPort = await firstNumber(swamp.stdout)
    const proxy = await startProxy(
      {
        static_resources: {
          listeners: [
            listener('ping', [tcpProxyFilter('redis')]),
            listener('flood', [tcpProxyFilter('swamp')]),
          ],
          clusters: [
            cluster('redis', [socketAddress(redis.port)]),
            cluster('swamp', [socketAddress(swampPort)]),
          ],
        },
      },
      { concurrency: 1 },
    )
    const flood = Bun.spawn(
      [process.execPath, `${import.meta.dir}/../support/flood.ts`, String(proxy.port('flood'))],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    )
    await eventually(async () => (await flooded(proxy)) > 50_000_000, 20_000)
    const direct = await pingMs(redis.port)
    const through = await pingMs(proxy.port('ping'))
    console.log(
      `p99 of a ping beside a flood: direct ${direct} ms, through the proxy ${through} ms`,
    )
    const before = await flooded(proxy)
    await eventually(async () => (await flooded(proxy)) > before)
    expect(through).toBeLessThan(P99_MS)
    for (const child of [flood, swamp]) {
      child.kill()
      await child.exited
    }
    await proxy.stop()
    await redis.kill()
  },
)

async function flooded(proxy: TestProxy): Promise<number> {
  const name = 'cluster.swamp.upstream_cx_tx_bytes_total'
  return (await proxy.stats(name))[name] ?? 0
}

async function firstNumber(stream: ReadableStream<Uint8Array>): Promise<number> {
  const reader = stream.getReader()
  const { value } = await reader.read()
  reader.releaseLock()
  return Number(Buffer.from(value!).toString())
}

/** The p99 of pings to a redis, one after the other. */
async function pingMs(port: number): Promise<number> {
  const pinger = await connectTo(port)
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
  pinger.close()
  times.sort((a, b) => a - b)
  return Math.round(times[Math.floor(PINGS * 0.99)]! * 100) / 100
}
