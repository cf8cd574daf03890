import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runMain } from '../support/run-main.ts'

const WRONG = `node: { id: 7 }
admin:
  adress: { socket_address: { address: 127.0.0.1, port_value: 1 } }
`

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tsproxy-validate-'))
  writeFileSync(join(dir, 'right.yaml'), 'node: { id: me }\n')
  writeFileSync(join(dir, 'wrong.yaml'), WRONG)
  writeFileSync(join(dir, 'twice.yaml'), 'node: { id: a }\nnode: { id: b }\n')
})
afterAll(() => rmSync(dir, { recursive: true }))

const validate = (...args: string[]) => runMain(['validate', ...args], { cwd: dir })

describe('text', () => {
  test('says OK on stdout, as Envoy does', async () => {
    expect(await validate('right.yaml')).toEqual({
      status: 0,
      out: "configuration 'right.yaml' OK\n",
      err: '',
    })
  })

  test('shows every mistake at its place on stderr', async () => {
    const { status, out, err } = await validate('wrong.yaml')
    expect([status, out]).toEqual([1, ''])
    expect(err).toContain('wrong.yaml:1:13\n')
    expect(err).toContain('wrong.yaml:3:3\n')
    expect(err).toContain('did you mean "address"?')
    expect(err).toEndWith("error: configuration 'wrong.yaml' has 2 errors\n")
  })

  test('takes several files and ends with the worst answer', async () => {
    const { status, out, err } = await validate('right.yaml', 'wrong.yaml', 'missing.yaml')
    expect([status, out]).toEqual([1, "configuration 'right.yaml' OK\n"])
    expect(err).toContain('"missing.yaml"')
  })

  test('reads stdin', async () => {
    const { status, out } = await runMain(['validate', '-'], { stdin: 'node: { id: me }' })
    expect([status, out]).toEqual([0, "configuration '-' OK\n"])
  })

  test('finds the config of the folder and says so', async () => {
    const folder = mkdtempSync(join(dir, 'found-'))
    writeFileSync(join(folder, 'envoy.yaml'), '{}')
    writeFileSync(join(folder, 'tsproxy.yaml'), '{}')
    const { status, out, err } = await runMain(['validate'], { cwd: folder })
    expect([status, out]).toEqual([0, "configuration 'tsproxy.yaml' OK\n"])
    expect(err).toBe('taking tsproxy.yaml of this folder\n')
  })

  test('merges --config-yaml over the file', async () => {
    expect((await validate('right.yaml', '--config-yaml', '{nod: {}}')).status).toBe(1)
    expect((await validate('--config-yaml', '{node: {id: x}}')).status).toBe(0)
  })
})

test('warnings are errors with --strict', async () => {
  const lax = await validate('twice.yaml')
  expect([lax.status, lax.out]).toEqual([0, "configuration 'twice.yaml' OK\n"])
  expect(lax.err).toContain('warning: ')
  expect((await validate('--strict', 'twice.yaml')).status).toBe(1)
})

test('json prints one object on stdout and nothing else', async () => {
  const { status, out, err } = await validate('--format', 'json', 'right.yaml', 'wrong.yaml')
  expect([status, err]).toEqual([1, ''])
  expect(JSON.parse(out)).toMatchObject({
    files: [
      { file: 'right.yaml', ok: true, diagnostics: [] },
      {
        file: 'wrong.yaml',
        ok: false,
        diagnostics: [
          { severity: 'error', code: 'wrong-type', line: 1, column: 13, path: 'node.id' },
          { severity: 'error', code: 'unknown-field', line: 3, suggestion: 'address' },
        ],
      },
    ],
  })
})

test('--for envoy: what tsproxy lacks is a note', async () => {
  writeFileSync(join(dir, 'more.yaml'), 'hds_config: { api_type: GRPC }\n')
  const ours = await validate('--format', 'json', 'more.yaml')
  const theirs = await validate('--format', 'json', '--for', 'envoy', 'more.yaml')
  const severities = (text: string) => {
    const { files } = JSON.parse(text) as { files: { diagnostics: { severity: string }[] }[] }
    return files[0]!.diagnostics.map(({ severity }) => severity)
  }
  expect([ours.status, severities(ours.out)]).toEqual([1, ['error']])
  expect([theirs.status, severities(theirs.out)]).toEqual([0, ['note']])
})

test('a disabled extension is one that tsproxy lacks', async () => {
  const { out } = await runMain(['init', 'tcp'])
  const name = 'envoy.filters.network/envoy.filters.network.tcp_proxy'
  const args = ['validate', '-', '--disable-extensions', name]
  const { status, err } = await runMain(args, { stdin: out })
  expect(status).toBe(1)
  expect(err).toContain('envoy.filters.network.tcp_proxy')
})

test('--mode validate logs what it loads, on stderr whatever --log-path says', async () => {
  const format = ['--log-format', '%l %n %v', '--log-path', '/nonexistent/log.txt']
  const args = ['--mode', 'validate', ...format]
  const right = await runMain([...args, '-c', 'right.yaml'], { cwd: dir })
  expect([right.status, right.err]).toEqual([
    0,
    'info config loading 0 cluster(s)\ninfo config loading 0 listener(s)\n',
  ])
  const wrong = await runMain([...args, '-c', 'wrong.yaml'], { cwd: dir })
  expect(wrong.err).toEndWith(
    "critical main error initializing configuration 'wrong.yaml': 2 errors\n",
  )
})

test('--mode validate answers as Envoy does', async () => {
  const right = await runMain(['--mode', 'validate', '-l', 'off', '-c', 'right.yaml'], { cwd: dir })
  expect(right).toEqual({ status: 0, out: "configuration 'right.yaml' OK\n", err: '' })
  const wrong = await runMain(['--mode', 'validate', '-c', 'wrong.yaml'], { cwd: dir })
  expect([wrong.status, wrong.out]).toEqual([1, ''])
})
