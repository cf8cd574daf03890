import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dir, '../../../access-log/log-to-standard-stream.ts')

describe('the stdout access logger', () => {
  test('neither waits for a stalled pipe nor mixes the lines of threads', async () => {
    const line = 'o'.repeat(250)
    const child = Bun.spawn([process.execPath, PROGRAM, 'stdout', line], {
      stdout: 'pipe',
      stderr: 'pipe',
      timeout: 20_000,
    })
    // 1 MB is on its way and the pipe holds 64 KiB: the program says how long logging took before we read any.
    const { value } = await child.stderr.getReader().read()
    const said = new TextDecoder().decode(value).trim()
    expect(said).toMatch(/^\d+$/)
    expect(Number(said)).toBeLessThan(300)
    const lines = (await new Response(child.stdout).text()).trimEnd().split('\n')
    expect(await child.exited).toBe(0)
    expect(lines).toHaveLength(4000)
    expect(lines.every((each) => each === line)).toBeTrue()
  })
})
