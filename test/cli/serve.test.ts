import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProxy } from '../../src/cli/demo/proxy-process.ts'
import { runMain } from '../support/run-main.ts'

const MAIN = join(import.meta.dir, '../../src/main.ts')
const ADMIN = { admin: { address: socketAddress(0) } }

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tsproxy-serve-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

function socketAddress(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

/** A config that answers each connection with a word. */
function greeter(port: number) {
  const typedConfig = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config',
    response: { inline_string: 'hello' },
  }
  const filter = { name: 'envoy.filters.network.direct_response', typed_config: typedConfig }
  const listener = {
    name: 'greeter',
    address: socketAddress(port),
    filter_chains: [{ filters: [filter] }],
  }
  return { ...ADMIN, static_resources: { listeners: [listener] } }
}

test('the demo goes right', async () => {
  const { status, out, err } = await runMain(['demo', '--once'])
  expect([status, err]).toEqual([0, ''])
  expect(out.match(/✔/g)).toHaveLength(3)
  expect(out).toMatch(/MGET apple pear plum +red green blue/)
  expect(out).toMatch(/\d+ connections, \d+ bytes in, \d+ bytes out/)
})

describe('serving ends', () => {
  test('with 0 when it is told to stop', async () => {
    const proxy = await startProxy([process.execPath, MAIN], ADMIN, 1)
    await proxy.stop()
    expect(await proxy.exited).toBe(0)
  })

  test('with 0 after --mode init_only', async () => {
    const args = ['--mode', 'init_only', '--concurrency', '1', '--config-yaml', '{}']
    const { status, out } = await runMain(args)
    expect([status, out]).toEqual([0, ''])
  })

  test('with 1 when a port is taken, and one line that names it', async () => {
    const taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
    const port = taken.port ?? 0
    const config = JSON.stringify(greeter(port))
    const args = [
      '--concurrency',
      '1',
      '-l',
      'error',
      '--log-format',
      '%v',
      '--config-yaml',
      config,
    ]
    const { status, out, err } = await runMain(args)
    await taken.stop(true)
    expect([status, out]).toEqual([1, ''])
    expect(err).toContain(`127.0.0.1:${port}`)
    expect(err).toContain('greeter')
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  test('with 1 when the config is wrong, which is shown where it is', async () => {
    writeFileSync(join(dir, 'wrong.yaml'), 'node: { id: 7 }\n')
    const { status, out, err } = await runMain(['-c', 'wrong.yaml'], { cwd: dir })
    expect([status, out]).toEqual([1, ''])
    expect(err).toContain('wrong.yaml:1:13')
    expect(err).toEndWith("error: configuration 'wrong.yaml' has 1 error\n")
  })

  test('with 1 when the log cannot be opened', async () => {
    const args = ['--config-yaml', '{}', '--concurrency', '1', '--log-path', join(dir, 'no/log')]
    const { status, err } = await runMain(args)
    expect(status).toBe(1)
    expect(err).toStartWith(`error: Failed to open log-file '${join(dir, 'no/log')}'. e.what(): `)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })
})

test('says which config of the folder it took', async () => {
  writeFileSync(join(dir, 'proxy.yaml'), '{}')
  const args = ['--mode', 'init_only', '--concurrency', '1', '-l', 'off']
  const { status, err } = await runMain(args, { cwd: dir })
  expect([status, err]).toEqual([0, 'taking proxy.yaml of this folder\n'])
})
