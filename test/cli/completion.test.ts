import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMMANDS } from '../../src/cli/command-table.ts'
import { runMain } from '../support/run-main.ts'

async function script(shell: string): Promise<string> {
  const { status, out } = await runMain(['completion', shell])
  expect(status).toBe(0)
  return out
}

/** What bash offers for the last of these words. */
async function complete(...words: string[]): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'tsproxy-completion-'))
  try {
    const file = join(dir, 'tsproxy.bash')
    writeFileSync(file, await script('bash'))
    writeFileSync(join(dir, 'proxy.yaml'), '')
    const quoted = ['tsproxy', ...words].map((word) => `'${word}'`).join(' ')
    const line = `source ${file}; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _tsproxy; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = Bun.spawnSync(['bash', '-c', line], { cwd: dir })
    expect(stderr.toString()).toBe('')
    return stdout.toString().split('\n').filter(Boolean)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

describe('bash', () => {
  test('reads the script', async () => {
    const { exitCode, stderr } = Bun.spawnSync(['bash', '-n'], {
      stdin: Buffer.from(await script('bash')),
    })
    expect([exitCode, stderr.toString()]).toEqual([0, ''])
  })

  test('offers commands first', async () => {
    expect(await complete('')).toEqual(COMMANDS.map(({ name }) => name))
    expect(await complete('va')).toEqual(['validate'])
  })

  test('offers the flags of the command', async () => {
    expect(await complete('--conc')).toEqual(['--concurrency'])
    expect(await complete('validate', '--fo')).toEqual(['--format', '--for'])
    expect(await complete('demo', '--on')).toEqual(['--once'])
    expect(await complete('demo', '--conc')).toEqual([])
    expect(await complete('explain', '--re')).toEqual(['--redis'])
    expect(await complete('redis', '--tls-c')).toEqual(['--tls-ca', '--tls-cert'])
    expect(await complete('tap', '')).toEqual(['redis', 'thrift'])
  })

  test('offers the values of a flag', async () => {
    expect(await complete('--mode', '')).toEqual(['serve', 'validate', 'init_only'])
    expect(await complete('-l', 'w')).toEqual(['warning'])
  })

  test('offers files where a file is wanted', async () => {
    expect(await complete('-c', 'pro')).toEqual(['proxy.yaml'])
    expect(await complete('validate', 'pro')).toEqual(['proxy.yaml'])
  })

  test('offers the words of a command', async () => {
    expect(await complete('init', '')).toEqual(['tcp', 'redis', 'thrift', 'redis-tcp'])
    expect(await complete('help', 'e')).toEqual(['exit-codes', 'environment'])
  })
})

describe.each(['zsh', 'fish'])('%s', (shell) => {
  test('knows every command and flag', async () => {
    const text = await script(shell)
    for (const { name, flags } of COMMANDS) {
      expect(text).toContain(name)
      for (const flag of flags) expect(text).toContain(flag.name)
    }
  })

  const path = Bun.which(shell)
  test.skipIf(path === null)('reads the script', async () => {
    const stdin = Buffer.from(await script(shell))
    expect(Bun.spawnSync([path!, '-n'], { stdin }).exitCode).toBe(0)
  })
})

test('is asked for a shell that it knows', async () => {
  expect((await runMain(['completion'])).err).toContain('completion needs a shell')
  expect((await runMain(['completion', 'ksh'])).status).toBe(2)
})
