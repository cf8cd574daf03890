import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dir, '../../../access-log/log-to-standard-stream.ts')

describe('the stderr access logger', () => {
  test('appends behind what others write when stderr is a file', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'stderr-logger-'))
    const path = join(dir, 'out')
    const command = 'echo before >&2; "$0" "$1" stderr "$2" >/dev/null; echo after >&2'
    const child = Bun.spawn(['sh', '-c', command, process.execPath, PROGRAM, 'line'], {
      stderr: Bun.file(path),
      timeout: 20_000,
    })
    await child.exited
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    rmSync(dir, { recursive: true })
    expect(lines[0]).toBe('before')
    expect(lines.at(-1)).toBe('after')
    expect(lines.slice(1, -1)).toEqual(new Array(4000).fill('line'))
  })
})
