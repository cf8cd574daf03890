import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { spawnProxy, startProxy } from '../support/proxy.ts'
import { connectTo, freePort, listenEcho, type Target, type TcpTestServer } from '../support/tcp.ts'
import {
  cluster,
  echoFilter,
  listener,
  pipeAddress,
  proxyConfig,
  socketAddress,
  tcpProxyFilter,
} from '../support/tcp-config.ts'

setDefaultTimeout(30_000)

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsproxy-addresses-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function expectEcho(target: Target): Promise<void> {
  const client = await connectTo(target)
  client.write('anybody there?')
  await client.sees('anybody there?')
  client.finish()
  await eventually(() => client.closed)
}

describe('a unix socket', () => {
  test('is listened on, with its mode, and is gone at the end', async () => {
    const path = join(folder, 'in.sock')
    const address = { pipe: { path, mode: 0o620 } }
    const proxy = await startProxy({
      static_resources: { listeners: [listener('in', [echoFilter()], { address })] },
    })
    expect(statSync(path).mode & 0o777).toBe(0o620)
    for (let i = 0; i < 8; i++) await expectEcho(path)
    await proxy.stop()
    expect(existsSync(path)).toBe(false)
  })

  test('that a dead process left is taken over, one in use is not', async () => {
    const path = join(folder, 'stale.sock')
    const config = {
      static_resources: {
        listeners: [listener('in', [echoFilter()], { address: pipeAddress(path) })],
      },
    }
    const first = await startProxy(config)
    const second = spawnProxy(config)
    expect(await second.exited()).toBe(1)
    expect(second.log).toContain(`cannot bind '${path}': Address already in use`)
    await expectEcho(path)
    first.kill('SIGKILL')
    await first.child.exited
    expect(existsSync(path)).toBe(true)
    const third = await startProxy(config)
    await expectEcho(path)
    await third.stop()
    await first.stop()
    await second.stop()
  })

  test('that is abstract works like one with a path', async () => {
    const name = `@tsproxy-test-${process.pid}`
    const proxy = await startProxy({
      static_resources: {
        listeners: [listener('in', [echoFilter()], { address: pipeAddress(name) })],
      },
    })
    await expectEcho(`\0${name.slice(1)}`)
    await proxy.stop()
  })

  test('is an upstream', async () => {
    const path = join(folder, 'up.sock')
    const upstream = listenEcho({ unix: path })
    const proxy = await startProxy(proxyConfig(pipeAddress(path)))
    for (let i = 0; i < 4; i++) await expectEcho(proxy.port('in'))
    upstream.stop()
    await eventually(async () => !(await echoes(proxy.port('in'))))
    await proxy.stop()
  })
})

describe.if(hasIpv6)('IPv6', () => {
  test('is listened on, and is an upstream', async () => {
    const upstream = listenEcho({ hostname: '::1' })
    const proxy = await startProxy(
      proxyConfig(socketAddress(upstream.port, '::1'), {
        listener: { address: socketAddress(0, '::1') },
      }),
    )
    const port = proxy.port('in')
    await expectEcho({ hostname: '::1', port })
    const clusters = await proxy.admin('/clusters')
    expect(clusters).toContain(`up::[::1]:${upstream.port}::cx_total::1`)
    await proxy.stop()
    upstream.stop()
  })

  test('with ipv4_compat takes IPv4 too', async () => {
    const address = {
      socket_address: { address: '::', port_value: 0, ipv4_compat: true },
    }
    const proxy = await startProxy({
      static_resources: { listeners: [listener('in', [echoFilter()], { address })] },
    })
    const port = proxy.port('in')
    await expectEcho({ hostname: '::1', port })
    await expectEcho({ hostname: '127.0.0.1', port })
    await proxy.stop()
  })
})

describe('several addresses and listeners', () => {
  let upstream: TcpTestServer
  beforeAll(() => {
    upstream = listenEcho()
  })
  afterAll(() => upstream.stop())

  test('each address of a listener serves, and they share its stats', async () => {
    const ports = [freePort(), freePort(), freePort()]
    const path = join(folder, 'additional.sock')
    const [first = 0, ...others] = ports
    const additional = [...others.map((port) => socketAddress(port)), pipeAddress(path)]
    const proxy = await startProxy(
      proxyConfig(upstream.port, {
        listener: {
          address: socketAddress(first),
          additional_addresses: additional.map((address) => ({ address })),
        },
      }),
    )
    for (const target of [...ports, path]) await expectEcho(target)
    await proxy.showsStats({ [`listener.127.0.0.1_${first}.downstream_cx_total`]: 4 })
    await proxy.stop()
  })

  test('each listener has its own stats', async () => {
    const proxy = await startProxy({
      static_resources: {
        listeners: ['a', 'b', 'c'].map((name) =>
          listener(name, [tcpProxyFilter('up', { stat_prefix: name })], { stat_prefix: name }),
        ),
        clusters: [cluster('up', [socketAddress(upstream.port)])],
      },
    })
    await expectEcho(proxy.port('a'))
    await expectEcho(proxy.port('b'))
    await expectEcho(proxy.port('b'))
    await proxy.showsStats({
      'listener.a.downstream_cx_total': 1,
      'listener.b.downstream_cx_total': 2,
      'listener.c.downstream_cx_total': 0,
      'tcp.a.downstream_cx_total': 1,
      'tcp.b.downstream_cx_total': 2,
    })
    await proxy.stop()
  })

  test('without reuse_port one socket feeds every worker', async () => {
    const proxy = await startProxy(
      proxyConfig(upstream.port, { listener: { enable_reuse_port: false } }),
      { concurrency: 4 },
    )
    const clients = await Promise.all(Array.from({ length: 16 }, () => connectTo(proxy.port('in'))))
    for (const client of clients) client.write('x')
    for (const client of clients) await client.sees('x')
    const stats = await proxy.stats('worker_.*downstream_cx_active')
    const perWorker = Object.values(stats)
    expect(perWorker).toHaveLength(4)
    expect(Math.min(...perWorker)).toBeGreaterThanOrEqual(3)
    for (const client of clients) client.close()
    await proxy.stop()
  })
})

describe('a port that is taken', () => {
  const one = (port: number, address?: string) => ({
    static_resources: {
      listeners: [listener('ingress', [echoFilter()], { address: socketAddress(port, address) })],
    },
  })

  test.each([
    ['by a second start', '127.0.0.1', '127.0.0.1'],
    ['by the wildcard, for one address', '0.0.0.0', '127.0.0.1'],
    ['by one address, for the wildcard', '127.0.0.1', '0.0.0.0'],
  ])('%s ends the start with one error that names all', async (_, held, wanted) => {
    const first = await startProxy(one(0, held))
    const port = first.port('ingress')
    const second = spawnProxy(one(port, wanted))
    expect(await second.exited()).toBe(1)
    const errors = second.log.split('\n').filter((line) => line.includes('Address already in use'))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain("listener 'ingress'")
    expect(errors[0]).toContain(`'${wanted}:${port}'`)
    expect(errors[0]).toContain(`(pid ${first.pid})`)
    await expectEcho(port)
    await first.stop()
    await second.stop()
  })

  test('by a listener of the same config is an error too', async () => {
    const port = freePort()
    const listeners = ['a', 'b'].map((name) =>
      listener(name, [echoFilter()], { address: socketAddress(port) }),
    )
    const proxy = spawnProxy({ static_resources: { listeners } })
    expect(await proxy.exited()).toBe(1)
    await proxy.stop()
  })
})

async function echoes(port: number): Promise<boolean> {
  const client = await connectTo(port)
  client.write('x')
  await eventually(() => client.length > 0 || client.ended || client.closed)
  client.close()
  return client.text === 'x'
}
