import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { connectTo, listenTcp } from '../support/tcp.ts'
import { listener, socketAddress, tcpProxyFilter } from '../support/tcp-config.ts'

setDefaultTimeout(60_000)

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const NAMES = ['a', 'b', 'c', 'd', 'e']

/** A server that says its name, and answers `?` with `!` while it is well. */
function named(name: string) {
  const server = listenTcp({
    onPeer: (peer) => {
      peer.write(name)
      peer.onBytes = (bytes) => {
        if (Buffer.from(bytes).toString() === '?' && self.isWell) peer.write('!')
        else peer.close()
      }
      peer.onEnd = () => peer.finish()
    },
  })
  const self = { port: server.port, isWell: true }
  stops.push(() => server.stop())
  return self
}

function config(ports: readonly number[], fields: object) {
  const endpoints = ports.map((port, index) => ({
    endpoint: { address: socketAddress(port) },
    metadata: { filter_metadata: { 'envoy.lb': { hash_key: NAMES[index] } } },
  }))
  const up = {
    name: 'up',
    connect_timeout: '5s',
    load_assignment: { cluster_name: 'up', endpoints: [{ lb_endpoints: endpoints }] },
    health_checks: [
      {
        ...{ timeout: '2s', interval: '0.05s', no_traffic_interval: '0.05s' },
        ...{ healthy_threshold: 1, unhealthy_threshold: 1 },
        tcp_health_check: { send: { text: '3f' }, receive: [{ text: '21' }] },
      },
    ],
    ...fields,
  }
  const filter = tcpProxyFilter('up', { hash_policy: [{ source_ip: {} }] })
  return { static_resources: { listeners: [listener('in', [filter])], clusters: [up] } }
}

/** Whom each of 127.0.0.1, 127.0.0.2, ... reaches, as one string of names. */
async function reached(proxy: TestProxy, clients: number): Promise<string> {
  let names = ''
  for (let last = 1; last <= clients; last++) {
    const target = {
      ...{ hostname: '127.0.0.1', port: proxy.port('in') },
      localAddress: `127.0.0.${last}`,
    }
    const client = await connectTo(target)
    await eventually(() => client.length > 0 || client.ended || client.closed)
    client.close()
    names += client.text === '' ? '-' : client.text
  }
  return names
}

/** What Envoy 1.40 chooses for 127.0.0.1 to 127.0.0.40 among hosts with the hash keys a to e, and without c. */
const RING = { lb_policy: 'RING_HASH' }
const RING_ALL = 'beadbdcbcbeaeddacabcbdcedbaaecaaeaabebae'
const MAGLEV = { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: 1009 } }

describe('the same client reaches the same host', () => {
  for (const [fields, all, withoutC] of [
    [RING, RING_ALL, 'beadbddbabebeedabdbbbdbedbeaeeaaeaabebae'],
    [
      MAGLEV,
      'bcaeaebcdecebebebdeeebadddecdeebdbaeadaa',
      'beaeaebadebebebebdeeebadddeddeebdbaeadaa',
    ],
  ] as const) {
    test(`as on Envoy, on every worker, while a host fails and returns under ${fields.lb_policy}`, async () => {
      const servers = NAMES.map(named)
      const ports = servers.map(({ port }) => port)
      const proxy = await startProxy(config(ports, fields), { concurrency: 3 })
      stops.push(() => proxy.stop())
      const healthy = (count: number) =>
        proxy.showsStats({ 'cluster.up.membership_healthy': count })
      await healthy(5)
      for (let round = 0; round < 3; round++) {
        await eventually(async () => (await reached(proxy, 40)) === all, 10_000)
        // Every worker takes some of these.
        expect(await reached(proxy, 40)).toBe(all)
        servers[2]!.isWell = false
        await healthy(4)
        await eventually(async () => (await reached(proxy, 40)) === withoutC, 10_000)
        expect(await reached(proxy, 40)).toBe(withoutC)
        servers[2]!.isWell = true
        await healthy(5)
      }
    })
  }

  test('and nobody is lost while tables are swapped all the time', async () => {
    const servers = NAMES.map(named)
    const ports = servers.map(({ port }) => port)
    const proxy = await startProxy(config(ports, RING), { concurrency: 2 })
    stops.push(() => proxy.stop())
    await proxy.showsStats({ 'cluster.up.membership_healthy': 5 })
    let swaps = 0
    const toggling = setInterval(() => {
      servers[swaps % 5]!.isWell = !servers[swaps % 5]!.isWell
      swaps++
    }, 30)
    stops.push(() => clearInterval(toggling))
    await eventually(async () => {
      expect(await reached(proxy, 40)).toMatch(/^[a-e]{40}$/)
      return swaps > 40
    }, 30_000)
    clearInterval(toggling)
    for (const server of servers) server.isWell = true
    await proxy.showsStats({ 'cluster.up.membership_healthy': 5 })
    await eventually(async () => (await reached(proxy, 40)) === RING_ALL, 10_000)
    expect(proxy.log).not.toMatch(/fault|no host|error/i)
  })
})

test('a table is in memory once, however many workers there are', async () => {
  const big = { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: 5_000_011 } }
  const servers = NAMES.map(named)
  const ports = servers.map(({ port }) => port)
  const kilobytes = async (fields: object) => {
    const proxy = await startProxy(config(ports, fields), { concurrency: 4 })
    stops.push(() => proxy.stop())
    await proxy.showsStats({ 'cluster.up.membership_healthy': 5 })
    await reached(proxy, 20)
    return proxy.rss() / 1024
  }
  // 10 MB: four workers' own would be 40.
  const more = (await kilobytes(big)) - (await kilobytes(RING))
  expect(more).toBeLessThan(30 * 1024)
})
