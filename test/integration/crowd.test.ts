import { expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { connectTo, listenEcho, type TcpPeer } from '../support/tcp.ts'
import { echoFilter, listener, proxyConfig } from '../support/tcp-config.ts'

setDefaultTimeout(120_000)

const CONNECTED = 'listener.127.0.0.1_0.downstream_cx_active'
const OVERFLOW = 'listener.127.0.0.1_0.downstream_global_cx_overflow'

/** What `ulimit -n` says here. */
const openFiles = Number(Bun.spawnSync(['bash', '-c', 'ulimit -Hn']).stdout.toString()) || 20_000

/** Connects so many, some at a time, since a listen queue has an end. */
async function crowd(port: number, count: number): Promise<TcpPeer[]> {
  const peers: TcpPeer[] = []
  while (peers.length < count) {
    const some = Math.min(100, count - peers.length)
    peers.push(...(await Promise.all(Array.from({ length: some }, () => connectTo(port)))))
  }
  return peers
}

test('as many connections as half of the open files allow are held at once, and each is served', async () => {
  // Each takes two descriptors of the proxy, and two of the test, which is client and server.
  const count = Math.min(9000, Math.floor(openFiles / 2) - 500)
  const upstream = listenEcho()
  const breakers = { thresholds: [{ max_connections: count, max_pending_requests: count }] }
  const proxy = await startProxy(
    proxyConfig(upstream.port, { cluster: { circuit_breakers: breakers } }),
    { concurrency: 4 },
  )
  const base = proxy.rss()
  const peers = await crowd(proxy.port('in'), count)
  await proxy.showsStats({ [CONNECTED]: count, 'cluster.up.upstream_cx_active': count }, 20_000)
  const perConnection = (proxy.rss() - base) / count
  const stats = await proxy.stats('worker_.*downstream_cx_active')
  const perWorker = Object.values(stats)
  console.log(`${count} connections: ${Math.round(perConnection)} bytes each, ${perWorker}`)
  expect(Math.max(...perWorker)).toBeLessThan((count / 4) * 1.5)
  for (const peer of peers) peer.write('x')
  await eventually(() => peers.every(({ length }) => length === 1), 20_000)
  for (const peer of peers) peer.close()
  await proxy.showsStats({ [CONNECTED]: 0, 'cluster.up.upstream_cx_active': 0 }, 20_000)
  await proxy.stop()
  upstream.stop()
})

test('one connection more than the open files allow is refused and counted, and the CPU stays idle', async () => {
  const upstream = listenEcho()
  const proxy = await startProxy(proxyConfig(upstream.port), { openFiles: 600 })
  const limit = await fill(proxy)
  expect(limit).toBe((600 - 256) / 2)
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const refused = await connectTo(proxy.port('in'))
      await eventually(() => refused.closed || refused.ended)
      refused.close()
    }),
  )
  await proxy.showsStats({ [CONNECTED]: limit })
  // A listener that spins on what it cannot accept does so for ever; a garbage collection after the crowd ends.
  await eventually(async () => {
    const cpuBefore = proxy.cpuMs()
    await Bun.sleep(500)
    return proxy.cpuMs() - cpuBefore < 100
  }, 10_000)
  await proxy.stop()
  upstream.stop()
})

/** Connects until one is refused; how many were not. */
async function fill(proxy: TestProxy): Promise<number> {
  const peers: TcpPeer[] = []
  for (;;) {
    const peer = await connectTo(proxy.port('in'))
    peer.write('x')
    await eventually(() => peer.length > 0 || peer.closed || peer.ended)
    if (peer.length === 0) break
    peers.push(peer)
  }
  await proxy.showsStats({ [OVERFLOW]: 1 })
  return peers.length
}

test('the limit that the runtime sets for a listener refuses and counts what is beyond it', async () => {
  const key = 'envoy.resource_limits.listener.in.connection_limit'
  const proxy = await startProxy({
    static_resources: { listeners: [listener('in', [echoFilter()])] },
    layered_runtime: { layers: [{ name: 'static', static_layer: { [key]: 3 } }] },
  })
  const peers = await crowd(proxy.port('in'), 3)
  await proxy.showsStats({ [CONNECTED]: 3 })
  const refused = await connectTo(proxy.port('in'))
  await eventually(() => refused.closed || refused.ended)
  refused.close()
  await proxy.showsStats({ 'listener.127.0.0.1_0.downstream_cx_overflow': 1, [CONNECTED]: 3 })
  peers[0]!.reset()
  await proxy.showsStats({ [CONNECTED]: 2 })
  const next = await connectTo(proxy.port('in'))
  next.write('x')
  await next.sees('x')
  await proxy.stop()
})

test('of eight long-lived connections every one of four workers holds at least one', async () => {
  const proxy = await startProxy(
    { static_resources: { listeners: [listener('in', [echoFilter()])] } },
    { concurrency: 4 },
  )
  for (let round = 0; round < 10; round++) {
    const peers = await Promise.all(Array.from({ length: 8 }, () => connectTo(proxy.port('in'))))
    for (const peer of peers) peer.write('x')
    for (const peer of peers) await peer.sees('x')
    const stats = await proxy.stats('worker_.*downstream_cx_active')
    expect(Math.min(...Object.values(stats))).toBeGreaterThanOrEqual(1)
    for (const peer of peers) peer.close()
    await proxy.showsStats({ [CONNECTED]: 0 })
  }
  await proxy.stop()
})
