import { expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { connectTo, listenTcp } from '../support/tcp.ts'
import { proxyConfig } from '../support/tcp-config.ts'

setDefaultTimeout(120_000)

const READERS = 64
const BODY = Buffer.alloc(10_000_000, 'b')
const MIB = 1024 * 1024
/** What a connection may hold beyond its limit: one read of 512 KiB at most, and its own objects. */
const BEYOND_LIMIT = 0.75 * MIB
const STEADY_MS = Number(process.env['TSPROXY_STEADY_MS'] ?? 3000)

test.each([32 * 1024, MIB])(
  '64 clients that ask for 10 MB and read nothing hold no more than the limit of %i bytes each',
  async (limit) => {
    // The server's own end of the story: it writes as long as the proxy reads.
    const upstream = listenTcp({
      onPeer: (peer) => {
        peer.onBytes = () => peer.write(BODY)
      },
    })
    const limits = { per_connection_buffer_limit_bytes: limit }
    const config = proxyConfig(upstream.port, { listener: limits, cluster: limits })
    const proxy = await startProxy(config, { concurrency: 2 })
    const base = proxy.rss()
    const clients = await Promise.all(
      Array.from({ length: READERS }, () => connectTo(proxy.port('in'))),
    )
    for (const client of clients) {
      client.pause()
      client.keeps = false
      client.write('GET')
    }
    await eventually(async () => (await pausedReads(proxy)) >= READERS, 20_000)

    const bound = base + READERS * (limit + BEYOND_LIMIT)
    // Hundreds of megabytes went into the kernel's buffers in the first moment: what they left is collected soon after.
    await eventually(() => proxy.rss() <= bound, 5000)
    const end = performance.now() + STEADY_MS
    let highest = 0
    while (performance.now() < end) {
      highest = Math.max(highest, proxy.rss())
      await Bun.sleep(50)
    }
    const mib = (bytes: number) => (bytes / MIB).toFixed(1)
    console.log(
      `limit ${limit}: base ${mib(base)} MiB, highest ${mib(highest)}, bound ${mib(bound)}`,
    )
    expect(highest).toBeLessThanOrEqual(bound)

    // What was held back comes through once it is read.
    for (const client of clients.slice(0, 4)) client.resume()
    await eventually(
      () => clients.slice(0, 4).every(({ length }) => length === BODY.length),
      20_000,
    )
    for (const client of clients) client.close()
    upstream.stop()
    await proxy.showsStats({ 'tcp.tcp.downstream_cx_tx_bytes_buffered': 0 }, 10_000)
    await proxy.stop()
  },
)

async function pausedReads(proxy: TestProxy): Promise<number> {
  const stats = await proxy.stats('flow_control_paused')
  return stats['cluster.up.upstream_flow_control_paused_reading_total'] ?? 0
}
