import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { spawnProxy, startProxy, type TestProxy } from '../support/proxy.ts'
import { connectTo, freePort, listenTcp } from '../support/tcp.ts'
import { cluster, listener, socketAddress, tcpProxyFilter } from '../support/tcp-config.ts'

setDefaultTimeout(30_000)

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

function track(proxy: TestProxy): TestProxy {
  stops.push(() => proxy.stop())
  return proxy
}

/** A server that says its name, and answers `?` with `!` while it is well. */
function named(name: string, port = 0) {
  const server = listenTcp({
    port,
    onPeer: (peer) => {
      peer.write(name)
      peer.onBytes = (bytes) => {
        if (Buffer.from(bytes).toString() !== '?') peer.write(bytes)
        else if (self.isWell) peer.write('!')
        else peer.close()
      }
      peer.onEnd = () => peer.finish()
    },
  })
  const self = { port: server.port, stop: () => server.stop(), isWell: true }
  stops.push(() => server.stop())
  return self
}

const CHECK = {
  timeout: '2s',
  interval: '0.05s',
  no_traffic_interval: '0.05s',
  healthy_threshold: 1,
  unhealthy_threshold: 1,
  tcp_health_check: { send: { text: '3f' }, receive: [{ text: '21' }] },
}

function config(ports: readonly number[], fields: object) {
  return {
    static_resources: {
      listeners: [listener('in', [tcpProxyFilter('up')])],
      clusters: [
        cluster(
          'up',
          ports.map((port) => socketAddress(port)),
          fields,
        ),
      ],
    },
  }
}

async function reached(proxy: TestProxy): Promise<string> {
  const client = await connectTo(proxy.port('in'))
  await eventually(() => client.length > 0 || client.ended || client.closed)
  client.close()
  return client.text
}

describe('health checks over TCP', () => {
  test('take a host out on every worker and bring it back', async () => {
    const [a, b] = [named('a'), named('b')]
    const proxy = track(await startProxy(config([a.port, b.port], { health_checks: [CHECK] })))
    await proxy.showsStats({ 'cluster.up.membership_healthy': 2 })
    b.isWell = false
    await proxy.showsStats({ 'cluster.up.membership_healthy': 1 })
    for (let i = 0; i < 8; i++) expect(await reached(proxy)).toBe('a')
    expect(await proxy.admin('/clusters')).toContain(`:${b.port}::health_flags::/failed_active_hc`)
    b.isWell = true
    await proxy.showsStats({ 'cluster.up.membership_healthy': 2 })
    const names = new Set<string>()
    await eventually(async () => names.add(await reached(proxy)).size === 2)
  })

  test('close the connections to a host that fails, on the worker that has them', async () => {
    const [a, b] = [named('a'), named('b')]
    const fields = { health_checks: [CHECK], close_connections_on_host_health_failure: true }
    const proxy = track(await startProxy(config([a.port, b.port], fields)))
    const clients = await Promise.all(Array.from({ length: 8 }, () => connectTo(proxy.port('in'))))
    await eventually(() => clients.every((client) => client.length > 0))
    b.isWell = false
    const ofB = clients.filter((client) => client.text === 'b')
    expect(ofB.length).toBeGreaterThan(0)
    await eventually(() => ofB.every((client) => client.ended || client.closed))
    const ofA = clients.filter((client) => client.text === 'a')
    expect(ofA.some((client) => client.ended || client.closed)).toBe(false)
    for (const client of clients) client.close()
  })

  test('come first: nobody is let in before their first round', async () => {
    const mute = listenTcp()
    stops.push(() => mute.stop())
    const port = freePort()
    const base = config([mute.port], { health_checks: [{ ...CHECK, timeout: '1s' }] })
    const [first] = base.static_resources.listeners
    const listeners = [{ ...first, address: socketAddress(port) }]
    const proxy = track(
      spawnProxy({ ...base, static_resources: { ...base.static_resources, listeners } }),
    )
    await mute.peer(0)
    expect(await connectTo(port).catch(() => null)).toBeNull()
    await proxy.becomesReady()
    expect(await proxy.admin('/clusters')).toContain('/failed_active_hc/active_hc_timeout')
    const client = await connectTo(port)
    client.close()
  })
})
