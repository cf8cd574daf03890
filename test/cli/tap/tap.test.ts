import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AdminUnderTest } from '../../support/admin-client.ts'
import { eventually } from '../../support/eventually.ts'
import { FakeServerView } from '../../support/fake-server-view.ts'
import { runMain } from '../../support/run-main.ts'
import { freePort } from '../../support/tcp.ts'

const SHOWN = JSON.stringify({
  time: '2026-11-28T10:00:00.123Z',
  listener: 'redis',
  client: '127.0.0.1:50512',
  command: ['GET', 'user:1'],
  latency_ms: 0.2,
  reply: { type: 'nil', value: '' },
  host: '127.0.0.1:6379',
})

let dir: string
let view: FakeServerView
let admin: AdminUnderTest
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tsproxy-tap-'))
  view = new FakeServerView()
  admin = await AdminUnderTest.start(view)
})
afterAll(() => {
  admin[Symbol.dispose]()
  rmSync(dir, { recursive: true })
})

/** Taps until two commands were shown. */
async function tap(...args: string[]) {
  const ended = runMain(['tap', 'redis', '--count', '2', ...args], { cwd: dir })
  await eventually(() => view.tappers.length === 1, 10_000)
  const { filter, tapper } = view.tappers[0]!
  tapper.write(`${SHOWN}\n{"missed":4}\n`)
  tapper.write(`${SHOWN}\n`)
  const result = await ended
  await eventually(() => view.tappers.length === 0)
  return { ...result, filter }
}

describe('tsproxy tap redis', () => {
  test('prints a line a command', async () => {
    const { status, out, err } = await tap('--admin', admin.address)
    expect([status, err]).toEqual([0, ''])
    const lines = out.trimEnd().split('\n')
    expect(lines.length).toBe(3)
    expect(lines[0]).toEndWith('0.200 ms  127.0.0.1:6379  GET user:1 → nil')
    expect(lines[1]).toContain('4 commands were not looked at')
  })

  test('prints the JSON as it comes', async () => {
    const { out } = await tap('--admin', `http://${admin.address}/`, '--format', 'json')
    expect(out).toBe(`${SHOWN}\n{"missed":4}\n${SHOWN}\n`)
  })

  test('asks for what the flags say', async () => {
    const { filter } = await tap(
      ...['--admin', String(admin.port), '--key', 'a+b *', '--command', 'GET, config get'],
      ...['--command=set', '--client', '10.0.0.7', '--listener', 'l', '--errors'],
      ...['--slower-than', '2.5'],
    )
    expect(filter).toEqual({
      key: 'a+b *',
      commands: ['get', 'config|get', 'set'],
      client: '10.0.0.7',
      listener: 'l',
      errorsOnly: true,
      slowerThanMs: 2.5,
    })
  })

  test('finds the admin in the config that serving would take', async () => {
    const socket = (port: number) => `{ socket_address: { address: 0.0.0.0, port_value: ${port} } }`
    writeFileSync(join(dir, 'proxy.yaml'), `admin: { address: ${socket(admin.port)} }\n`)
    expect((await tap()).status).toBe(0)
    writeFileSync(join(dir, 'other.yaml'), `admin: { address: ${socket(0)} }\n`)
    const { status, err } = await runMain(['tap', 'redis', '-c', 'other.yaml'], { cwd: dir })
    expect(status).toBe(1)
    expect(err).toContain('the admin of other.yaml has port 0')
    rmSync(join(dir, 'proxy.yaml'))
  })
})

describe('a tap that cannot be says why', () => {
  const failed = async (...args: string[]) => {
    const { status, out, err } = await runMain(['tap', ...args], { cwd: dir })
    expect(out).toBe('')
    return `${status} ${err.trimEnd()}`
  }

  test('no proxy is named', async () => {
    expect(await failed('redis')).toStartWith('1 error: no running proxy is named: give its admin')
  })

  test('nobody is there', async () => {
    const port = freePort()
    expect(await failed('redis', '--admin', String(port))).toBe(
      `1 error: no proxy answers at 127.0.0.1:${port} (connection refused): is it running?`,
    )
    expect(await failed('redis', '--admin', '/nowhere.sock')).toContain(
      'no proxy answers at /nowhere',
    )
  })

  test('somebody else is there', async () => {
    const other = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response('what?', { status: 404 }),
    })
    expect(await failed('redis', '--admin', String(other.port))).toContain(
      'has no /tap/redis: is it a tsproxy of this version?',
    )
    await other.stop(true)
  })

  test('the proxy ends', async () => {
    const dying = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response(`${SHOWN}\n`),
    })
    const { status, out, err } = await runMain(['tap', 'redis', '--admin', String(dying.port)])
    expect([status, out.split('\n').length]).toEqual([1, 2])
    expect(err).toBe(`error: the proxy at 127.0.0.1:${dying.port} has ended\n`)
    await dying.stop(true)
  })

  test('the command line is wrong', async () => {
    expect(await failed()).toContain('2 error: tap needs to know what')
    expect(await failed('reddis')).toContain("did you mean 'redis'?")
    expect(await failed('redis', '--slower-than', 'slow')).toContain(
      "'slow' is no number of milliseconds",
    )
    expect(await failed('redis', '--count', '0')).toContain('a count is at least 1')
    expect(await failed('redis', '--admin', 'localhost')).toContain(
      "--admin 'localhost' needs a port",
    )
  })
})

test('ends when nobody reads it any more', async () => {
  const main = join(import.meta.dir, '../../../src/main.ts')
  const command = `'${process.execPath}' '${main}' tap redis --admin ${admin.address} | head -1`
  const child = Bun.spawn(['bash', '-c', command], { stdout: 'pipe', stderr: 'pipe' })
  await eventually(() => view.tappers.length === 1, 10_000)
  const { tapper } = view.tappers[0]!
  await eventually(() => !tapper.write(`${SHOWN}\n`), 10_000)
  expect((await new Response(child.stdout).text()).split('\n').length).toBe(2)
  await child.exited
})
