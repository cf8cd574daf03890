import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What `bun run build` makes; `bun run test` does it first. */
const EXECUTABLE = join(import.meta.dir, '../../dist/tsproxy')

describe.skipIf(!existsSync(EXECUTABLE))('the executable', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsproxy-executable-'))
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  function run(...args: string[]) {
    const { PATH = '' } = process.env
    const { exitCode, stdout, stderr } = Bun.spawnSync([EXECUTABLE, ...args], {
      cwd: dir,
      env: { PATH },
    })
    return { status: exitCode, out: stdout.toString(), err: stderr.toString() }
  }

  test('knows the commit it was made of', () => {
    const { status, out, err } = run('--version')
    expect([status, err]).toEqual([0, ''])
    expect(out).toMatch(
      /version: [0-9a-f]{40}\/\d+\.\d+\.\d+\/(Clean|Modified)\/RELEASE\/BoringSSL/,
    )
  })

  test('does not read .env and bunfig.toml of the working folder', () => {
    writeFileSync(join(dir, '.env'), 'FORCE_COLOR=1\n')
    writeFileSync(join(dir, 'bunfig.toml'), 'preload = ["./preload.ts"]\n')
    writeFileSync(join(dir, 'preload.ts'), 'console.log("preloaded")\n')
    const { status, out, err } = run('--no-such-flag')
    expect([status, out]).toEqual([2, ''])
    expect(err).toBe("error: unknown flag '--no-such-flag'\n")
  })

  test('logs with the places of the source', () => {
    const { status, err } = run(
      '--mode',
      'validate',
      '--config-yaml',
      '{}',
      '--log-format',
      '%g:%# %n',
    )
    expect(status).toBe(0)
    expect(err).toMatch(/^src\/cli\/validate\.ts:\d+ config\n/)
  })
})
