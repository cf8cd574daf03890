import { describe, expect, test } from 'bun:test'
import { STARTER_NAMES, STARTERS } from '../../src/cli/starter-table.ts'
import { runMain } from '../support/run-main.ts'

describe.each(STARTER_NAMES.map((name) => [name]))('the starter %s', (name) => {
  test('is short, commented, and known to editors', () => {
    const lines = STARTERS[name].trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(25)
    expect(lines[0]).toBe('# yaml-language-server: $schema=tsproxy.schema.json')
  })

  test('is right', async () => {
    const { out } = await runMain(['init', name])
    expect(out).toBe(STARTERS[name])
    const verdict = await runMain(['validate', '--strict', '-'], { stdin: out })
    expect(verdict).toEqual({ status: 0, out: "configuration '-' OK\n", err: '' })
  })
})
