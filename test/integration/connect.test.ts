import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { FullBacklog } from '../support/full-backlog.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { connectTo, freePort, listenEcho, listenTcp } from '../support/tcp.ts'
import {
  cluster,
  listener,
  proxyConfig,
  socketAddress,
  tcpProxyFilter,
} from '../support/tcp-config.ts'

setDefaultTimeout(30_000)

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function start(config: object, concurrency = 2): Promise<TestProxy> {
  const proxy = await startProxy(config, { concurrency })
  stops.push(() => proxy.stop())
  return proxy
}

const LOG = {
  name: 'envoy.access_loggers.file',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
    path: '/dev/null',
  },
}

describe('a refused connect', () => {
  test('closes the client and is counted', async () => {
    const proxy = await start(proxyConfig(freePort(), { filter: { access_log: [LOG] } }))
    const client = await connectTo(proxy.port('in'))
    await eventually(() => client.closed || client.ended)
    client.close()
    await proxy.showsStats({
      'cluster.up.upstream_cx_total': 1,
      'cluster.up.upstream_cx_connect_fail': 1,
      'cluster.up.upstream_cx_connect_timeout': 0,
      'cluster.up.upstream_cx_connect_attempts_exceeded': 1,
      'cluster.up.upstream_rq_pending_failure_eject': 1,
      'cluster.up.upstream_cx_active': 0,
      'cluster.up.upstream_rq_pending_active': 0,
      'listener.127.0.0.1_0.downstream_cx_active': 0,
    })
  })

  test('is tried again, on the next host, as often as max_connect_attempts says', async () => {
    const upstream = listenEcho()
    stops.push(() => upstream.stop())
    const proxy = await start(
      {
        static_resources: {
          listeners: [listener('in', [tcpProxyFilter('up', { max_connect_attempts: 2 })])],
          clusters: [cluster('up', [socketAddress(freePort()), socketAddress(upstream.port)])],
        },
      },
      1,
    )
    for (let i = 0; i < 6; i++) {
      const client = await connectTo(proxy.port('in'))
      client.write(`try ${i}`)
      await client.sees(`try ${i}`)
      client.close()
    }
    const stats = await proxy.stats('cluster.up.')
    expect(stats['cluster.up.upstream_cx_connect_fail']).toBeGreaterThan(0)
    expect(stats['cluster.up.upstream_cx_connect_attempts_exceeded']).toBe(0)
  })

  test('a hundred times at once leaves nothing behind', async () => {
    const proxy = await start(proxyConfig(freePort()))
    const clients = await Promise.all(
      Array.from({ length: 100 }, () => connectTo(proxy.port('in'))),
    )
    await eventually(() => clients.every(({ closed, ended }) => closed || ended))
    for (const client of clients) client.close()
    await proxy.showsStats({
      'cluster.up.upstream_cx_connect_fail': 100,
      'cluster.up.upstream_cx_active': 0,
      'listener.127.0.0.1_0.downstream_cx_active': 0,
      'cluster.up.circuit_breakers.default.cx_open': 0,
    })
  })
})

describe('a connect that is never answered', () => {
  test('ends after connect_timeout, and what the client sent meanwhile is not lost before', async () => {
    const silent = await FullBacklog.open()
    stops.push(() => silent.close())
    const proxy = await start(proxyConfig(silent.port, { cluster: { connect_timeout: '0.4s' } }))
    const began = performance.now()
    const client = await connectTo(proxy.port('in'))
    client.write('are you there?')
    await eventually(() => client.closed || client.ended, 5000)
    const tookMs = performance.now() - began
    client.close()
    expect(tookMs).toBeGreaterThanOrEqual(395)
    expect(tookMs).toBeLessThan(3000)
    await proxy.showsStats({
      'cluster.up.upstream_cx_connect_timeout': 1,
      'cluster.up.upstream_cx_connect_fail': 1,
      'cluster.up.upstream_cx_active': 0,
      'cluster.up.upstream_rq_pending_active': 0,
    })
  })

  test('is given up when the client goes', async () => {
    const silent = await FullBacklog.open()
    stops.push(() => silent.close())
    const proxy = await start(proxyConfig(silent.port))
    const client = await connectTo(proxy.port('in'))
    await proxy.showsStats({ 'cluster.up.upstream_rq_pending_active': 1 })
    client.reset()
    await proxy.showsStats({
      'cluster.up.upstream_rq_pending_active': 0,
      'cluster.up.upstream_rq_cancelled': 1,
      'cluster.up.upstream_cx_active': 0,
      'listener.127.0.0.1_0.downstream_cx_active': 0,
    })
  })
})

test('what a client sends before the upstream is there is kept for it, in bounds', async () => {
  const silent = await FullBacklog.open()
  stops.push(() => silent.close())
  const proxy = await start(proxyConfig(silent.port, { cluster: { connect_timeout: '20s' } }))
  const base = proxy.rss()
  const client = await connectTo(proxy.port('in'))
  const body = Buffer.alloc(30_000_000, 'e')
  client.write(body)
  await proxy.showsStats({ 'cluster.up.upstream_rq_pending_active': 1 })
  expect(proxy.rss() - base).toBeLessThan(12_000_000)
  expect(client.unsent).toBeGreaterThan(15_000_000)
  const received = await silent.acceptBytes(body[0]!, body.length)
  expect(received).toBe(body.length)
})

test('who comes when max_connections are open is closed, and counted as overflow', async () => {
  const upstream = listenTcp()
  stops.push(() => upstream.stop())
  const limits = { thresholds: [{ max_connections: 4 }] }
  const proxy = await start(
    proxyConfig(upstream.port, { cluster: { circuit_breakers: limits } }),
    1,
  )
  const clients = await Promise.all(Array.from({ length: 4 }, () => connectTo(proxy.port('in'))))
  await proxy.showsStats({ 'cluster.up.upstream_cx_active': 4 })
  const fifth = await connectTo(proxy.port('in'))
  await eventually(() => fifth.closed || fifth.ended)
  fifth.close()
  await proxy.showsStats({
    'cluster.up.upstream_cx_overflow': 1,
    'cluster.up.upstream_cx_active': 4,
    'cluster.up.circuit_breakers.default.cx_open': 1,
  })
  for (const client of clients) client.reset()
  await proxy.showsStats({
    'cluster.up.upstream_cx_active': 0,
    'cluster.up.circuit_breakers.default.cx_open': 0,
  })
})
