import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy, TSPROXY } from '../support/proxy.ts'
import { connectTo } from '../support/tcp.ts'
import { echoFilter, listener } from '../support/tcp-config.ts'
import { framed } from '../support/thrift-bench.ts'
import { thriftProxyFilter } from '../support/thrift-config.ts'

setDefaultTimeout(30_000)

const ROOT = join(import.meta.dir, '../..')
const GREETER = join(ROOT, 'configs/my-filter.ts')
const FAULTY = join(ROOT, 'test/support/filters/faulty.ts')

function own(type: string, value: object) {
  const typed = {
    '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
    type_url: `type.googleapis.com/${type}`,
    value,
  }
  return { name: `of the type ${type}`, typed_config: typed }
}

const greeter = (greeting: unknown) => own('example.filters.network.MyFilter', { greeting })
const config = {
  static_resources: {
    listeners: [listener('in', [own('test.Faulty', {}), greeter('welcome'), echoFilter()])],
  },
}

describe('filters of --filter', () => {
  let proxy: TestProxy
  beforeAll(async () => {
    proxy = await startProxy(config, {
      concurrency: 2,
      args: ['--filter', GREETER, '--filter', FAULTY],
    })
  })
  afterAll(() => proxy.stop())

  test('run in every worker, with stats of their own', async () => {
    const clients = await Promise.all([1, 2, 3, 4].map(() => connectTo(proxy.port('in'))))
    for (const client of clients) {
      await client.sees('welcome\n')
      client.write('one line\n')
      await client.sees('welcome\none line\n')
    }
    await proxy.showsStats({ 'my_filter.greeted': 4, 'my_filter.lines': 4 })
    for (const client of clients) client.finish()
  })

  test('an exception ends its connection and nothing else', async () => {
    const other = await connectTo(proxy.port('in'))
    await other.sees('welcome\n')
    const faulty = await connectTo(proxy.port('in'))
    await faulty.sees('welcome\n')
    faulty.write('throw')
    await eventually(() => faulty.ended || faulty.closed)
    other.write('still here')
    await other.sees('welcome\nstill here')
    await proxy.showsStats({ 'server.connection_faults': 1, 'server.worker_deaths': 0 })
    expect(proxy.log).toContain('thrown in onData')
    expect(proxy.log).toContain('faulty.ts:')
  })

  test('are there again in a worker that takes the place of a dead one', async () => {
    const client = await connectTo(proxy.port('in'))
    await client.sees('welcome\n')
    client.write('die')
    await proxy.showsStats({ 'server.worker_deaths': 1 })
    const clients = await Promise.all([1, 2, 3, 4].map(() => connectTo(proxy.port('in'))))
    for (const one of clients) await one.sees('welcome\n')
  })
})

describe('a module that cannot be used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsproxy-filter-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function validate(text: string, greeting: unknown = 'hi') {
    const file = join(folder, 'filter.ts')
    const path = join(folder, 'config.json')
    writeFileSync(file, text)
    const listeners = [listener('in', [greeter(greeting), echoFilter()])]
    writeFileSync(path, JSON.stringify({ static_resources: { listeners } }))
    const { exitCode, stderr } = Bun.spawnSync([TSPROXY, 'validate', path, '--filter', file])
    return { exitCode, error: stderr.toString() }
  }

  test('says where it does not parse', () => {
    const { exitCode, error } = validate('export default {\n  name: ,\n}')
    expect(exitCode).toBe(1)
    expect(error).toContain('filter.ts:2:9 ')
  })

  test('says what it should export', () => {
    const { exitCode, error } = validate('export const nothing = 1')
    expect(exitCode).toBe(1)
    expect(error).toContain('the default export must be what defineNetworkFilter')
  })

  test('may not take the name of another', () => {
    const { exitCode, error } = validate(`
      import { defineNetworkFilter, v } from 'tsproxy'
      export default defineNetworkFilter({
        name: 'envoy.filters.network.echo', configType: null, configSchema: () => v.object({}),
        isTerminalFilter: true, createFilterFactory: () => () => {},
      })`)
    expect(exitCode).toBe(1)
    expect(error).toContain('is registered twice')
  })

  test('has its config checked by its own schema', async () => {
    const { exitCode, error } = validate(await Bun.file(GREETER).text(), 7)
    expect(exitCode).toBe(1)
    expect(error).toContain('Expected string but received 7')
    expect(error).toContain('greeting')
  })
})

test('a thrift filter of --filter looks at calls, and the router has the rest', async () => {
  const guard = own('example.filters.thrift.Guard', { denied: ['drop'] })
  const router = {
    name: 'envoy.filters.thrift.router',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.thrift_proxy.router.v3.Router',
      close_downstream_on_upstream_error: false,
    },
  }
  const fields = { route_config: { routes: [] }, thrift_filters: [guard, router] }
  const proxy = await startProxy(
    {
      static_resources: {
        listeners: [listener('in', [thriftProxyFilter('none', 'auto', fields)])],
      },
    },
    { args: ['--filter', join(ROOT, 'test/support/filters/thrift-guard.ts')] },
  )
  try {
    const client = await connectTo(proxy.port('in'))
    client.write(Buffer.from(framed('call', 'drop', 1), 'latin1'))
    await eventually(() => client.text.includes('drop is not for you'))
    client.write(Buffer.from(framed('call', 'keep', 2), 'latin1'))
    await eventually(() => client.text.includes("no route for method 'keep'"))
    client.finish()
  } finally {
    await proxy.stop()
  }
})
