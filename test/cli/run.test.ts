import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DIFFERENCES } from '../../src/cli/differences.ts'
import { runMain } from '../support/run-main.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tsproxy-cli-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('asks answered at once: status 0, stdout', () => {
  test.each([
    [['--help'], 'usage: tsproxy'],
    [['-h'], 'usage: tsproxy'],
    [['help'], 'usage: tsproxy'],
    [['serve', '--help'], 'usage: tsproxy serve'],
    [['validate', '-h'], 'usage: tsproxy validate [FILE...]'],
    [['help', 'validate'], 'usage: tsproxy validate [FILE...]'],
    [['help', 'exit-codes'], 'Exit status'],
    [['help', 'environment'], 'BUN_OPTIONS'],
    [['help', 'config'], 'proxy.yaml, tsproxy.yaml or envoy.yaml'],
    [['help', 'flags'], '--socket-mode OCTAL'],
    [['help', 'settings'], 'filter_metadata.tsproxy.redis'],
    [['--help', '--no-such-flag'], 'usage: tsproxy'],
    [['--version', '-c', '/nonexistent'], 'version: '],
  ])('%j', async (args, text) => {
    const { status, out, err } = await runMain(args)
    expect([status, err]).toEqual([0, ''])
    expect(out).toContain(text)
  })

  test('the version has the shape of Envoy, however it is asked for', async () => {
    const shape = /^tsproxy {2}version: [0-9a-f]{40}\/\d+\.\d+\.\d+\/\w+\/RELEASE\/BoringSSL\n$/
    expect((await runMain(['--version'])).out).toMatch(shape)
    expect((await runMain(['version'])).out).toMatch(shape)
  })

  test('the hot restart version goes to stderr, as in Envoy', async () => {
    const { status, out, err } = await runMain(['--hot-restart-version'])
    expect([status, out, err]).toEqual([0, '', 'disabled\n'])
  })

  test('every difference from Envoy is told', async () => {
    const { out } = await runMain(['help', 'differences'])
    for (const { head, why } of DIFFERENCES) {
      expect(out).toContain(head)
      expect(out).toContain(why)
    }
  })
})

describe('a wrong command line: status 2, stderr says what', () => {
  test.each([
    [['--no-such-flag'], "error: unknown flag '--no-such-flag'"],
    [['--no-such-flag', '--help'], "error: unknown flag '--no-such-flag'"],
    [['--concurrency'], '--concurrency needs a value'],
    [['--mode', 'dance'], "error: unknown mode 'dance'"],
    [['stray'], "unknown command 'stray'"],
    [['validte'], "did you mean 'validate'?"],
    [['proxy.yaml'], "write 'tsproxy -c proxy.yaml'"],
    [['-c', 'x.yaml', 'stray'], "unknown command 'stray'"],
    [['-c', 'x.yaml', 'validate'], "the command 'validate' must be the first argument"],
    [['demo', 'stray'], "unexpected argument 'stray'"],
    [['demo', '--concurrency', '2'], "unknown flag '--concurrency'"],
    [['validate', '--format', 'xml'], "unknown format 'xml'"],
    [['init'], 'init needs to know what for'],
    [['init', 'reddis'], "did you mean 'redis'?"],
    [['help', 'exit-code'], "did you mean 'tsproxy help exit-codes'?"],
    [['completion', 'ksh'], "unknown shell 'ksh'"],
    [['--color', 'pink'], "unknown color 'pink'"],
  ])('%j', async (args, text) => {
    const { status, out, err } = await runMain(args)
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain(text)
    expect(err).not.toContain('    at ')
  })
})

describe('no config anywhere: status 1, and where to get one', () => {
  test.each([[[]], [['validate']], [['--mode', 'validate']]])('%j', async (args) => {
    const { status, out, err } = await runMain(args, { cwd: dir })
    expect([status, out]).toEqual([1, ''])
    expect(err).toContain('proxy.yaml, tsproxy.yaml, envoy.yaml')
    expect(err).toContain('tsproxy init')
  })
})

test('a flag without effect warns and goes on', async () => {
  writeFileSync(join(dir, 'empty.json'), '{}')
  const args = ['--mode', 'validate', '-l', 'off', '-c', 'empty.json', '--enable-mutex-tracing']
  const { status, out, err } = await runMain(args, { cwd: dir })
  expect([status, out]).toEqual([0, "configuration 'empty.json' OK\n"])
  expect(err).toBe('warning: --enable-mutex-tracing has no effect: there are no locks to trace\n')
})

test('extensions that cannot be disabled are told, in the words of Envoy', async () => {
  const names = 'nosuch,a/b,envoy.filters.network/envoy.filters.network.echo'
  const args = ['--mode', 'validate', '-l', 'off', '--config-yaml', '{}']
  const { status, err } = await runMain([...args, '--disable-extensions', names])
  expect([status, err]).toEqual([
    0,
    "warning: failed to disable invalid extension name 'nosuch'\nwarning: failed to disable unknown extension 'a/b'\n",
  ])
})

test('colours are forced from the command line', async () => {
  expect((await runMain(['--color=always', '-h'])).out).toContain('\x1b[')
  expect((await runMain(['-h'], { env: { FORCE_COLOR: '1' } })).out).not.toContain('Run\x1b[0m')
})
