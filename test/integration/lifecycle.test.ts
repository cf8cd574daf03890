import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { spawnProxy, startProxy } from '../support/proxy.ts'
import { connectTo, listenEcho, type TcpTestServer } from '../support/tcp.ts'
import {
  echoFilter,
  listener,
  ownFilter,
  proxyConfig,
  socketAddress,
} from '../support/tcp-config.ts'

setDefaultTimeout(60_000)

const FAULTY = join(import.meta.dir, '../support/filters/faulty.ts')

let folder: string
let upstream: TcpTestServer
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsproxy-lifecycle-'))
  upstream = listenEcho()
})
afterAll(() => {
  upstream.stop()
  rmSync(folder, { recursive: true, force: true })
})

function loggedTo(path: string) {
  const log = {
    name: 'envoy.access_loggers.file',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      path,
      log_format: {
        text_format_source: { inline_string: '%BYTES_RECEIVED% %BYTES_SENT% %RESPONSE_FLAGS%\n' },
      },
    },
  }
  return proxyConfig(upstream.port, { filter: { access_log: [log] } })
}

describe('SIGTERM', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s cuts the connections, writes their log and ends with 0',
    async (signal) => {
      const path = join(folder, `${signal}.log`)
      const proxy = await startProxy(loggedTo(path), {
        args: ['--file-flush-interval-msec', '60000'],
      })
      const clients = await Promise.all([1, 2, 3, 4].map(() => connectTo(proxy.port('in'))))
      for (const client of clients) client.write('12345')
      for (const client of clients) await client.sees('12345')
      const began = performance.now()
      proxy.kill(signal)
      expect(await proxy.exited()).toBe(0)
      expect(performance.now() - began).toBeLessThan(3000)
      await eventually(() => clients.every(({ ended, closed }) => ended || closed))
      expect(readFileSync(path, 'utf8')).toBe('5 5 -\n'.repeat(4))
      expect(proxy.log).toContain('shutting down server instance')
      expect(proxy.log).toContain('exiting')
      await proxy.stop()
    },
  )

  test('a second one ends a shutdown that hangs', async () => {
    const config = {
      static_resources: {
        listeners: [listener('in', [ownFilter('test.Faulty'), echoFilter()])],
      },
    }
    const proxy = await startProxy(config, { concurrency: 1, args: ['--filter', FAULTY] })
    const client = await connectTo(proxy.port('in'))
    client.write('block')
    await Bun.sleep(100)
    proxy.kill('SIGTERM')
    await eventually(() => proxy.log.includes('caught ENVOY_SIGTERM'))
    const began = performance.now()
    proxy.kill('SIGTERM')
    expect(await proxy.exited()).toBe(1)
    expect(performance.now() - began).toBeLessThan(1000)
    await proxy.stop()
  })

  test('ends a proxy whose worker hangs, too', async () => {
    const config = {
      static_resources: {
        listeners: [listener('in', [ownFilter('test.Faulty'), echoFilter()])],
      },
    }
    const proxy = await startProxy(config, { concurrency: 2, args: ['--filter', FAULTY] })
    const client = await connectTo(proxy.port('in'))
    client.write('block')
    await Bun.sleep(100)
    proxy.kill('SIGTERM')
    expect(await proxy.exited(5000)).toBe(0)
    await proxy.stop()
  })
})

test('SIGUSR1 opens the access log and the application log anew', async () => {
  const path = join(folder, 'access.log')
  const proxy = await startProxy(loggedTo(path), { args: ['--file-flush-interval-msec', '20'] })
  const exchange = async (text: string) => {
    const client = await connectTo(proxy.port('in'))
    client.write(text)
    await client.sees(text)
    client.close()
  }
  await exchange('1')
  await eventually(() => readFileSync(path, 'utf8') === '1 1 -\n')
  renameSync(path, `${path}.1`)
  renameSync(proxy.logPath, `${proxy.logPath}.1`)
  proxy.kill('SIGUSR1')
  await eventually(() => existsSync(path) && existsSync(proxy.logPath))
  await exchange('22')
  await eventually(() => readFileSync(path, 'utf8') === '2 2 -\n')
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('1 1 -\n')
  expect(readFileSync(`${proxy.logPath}.1`, 'utf8')).toContain('caught SIGUSR1')
  await proxy.stop()
})

test('SIGHUP is logged and changes nothing', async () => {
  const proxy = await startProxy(proxyConfig(upstream.port))
  proxy.kill('SIGHUP')
  await eventually(() => proxy.log.includes('caught and eating SIGHUP'))
  const client = await connectTo(proxy.port('in'))
  client.write('x')
  await client.sees('x')
  await proxy.stop()
})

describe('--mode', () => {
  test('init_only binds, starts and ends with 0', async () => {
    const proxy = spawnProxy(proxyConfig(upstream.port), { args: ['--mode', 'init_only'] })
    expect(await proxy.exited()).toBe(0)
    expect(proxy.log).toContain('starting main dispatch loop')
    await proxy.stop()
  })

  test('validate binds nothing', async () => {
    const proxy = await startProxy(proxyConfig(upstream.port))
    const taken = proxyConfig(upstream.port, {
      listener: { address: socketAddress(proxy.port('in')) },
    })
    const validation = spawnProxy(taken, { args: ['--mode', 'validate'] })
    expect(await validation.exited()).toBe(0)
    await validation.stop()
    await proxy.stop()
  })
})

describe('/drain_listeners', () => {
  test('refuses new connections and leaves those that are there', async () => {
    const proxy = await startProxy(proxyConfig(upstream.port))
    const port = proxy.port('in')
    const client = await connectTo(port)
    client.write('before')
    await client.sees('before')
    await proxy.admin('/drain_listeners', 'POST')
    await eventually(async () => !(await connects(port)))
    client.write(' and after')
    await client.sees('before and after')
    await proxy.showsStats({ 'listener_manager.listener_stopped': 2 })
    await proxy.stop()
  })

  test('with graceful goes on accepting for the drain time', async () => {
    const proxy = await startProxy(proxyConfig(upstream.port), { args: ['--drain-time-s', '1'] })
    const port = proxy.port('in')
    const began = performance.now()
    await proxy.admin('/drain_listeners?graceful', 'POST')
    expect(await connects(port)).toBe(true)
    await eventually(async () => !(await connects(port)), 5000)
    expect(performance.now() - began).toBeGreaterThanOrEqual(950)
    await proxy.stop()
  })
})

async function connects(port: number): Promise<boolean> {
  const client = await connectTo(port).catch(() => null)
  client?.close()
  return client !== null
}
