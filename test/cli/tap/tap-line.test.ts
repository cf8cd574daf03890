import { describe, expect, test } from 'bun:test'
import { TapLines, type TappedCommand } from '../../../src/cli/tap/tap-line.ts'
import { createStyle } from '../../../src/cli/terminal.ts'

function line(fields: Partial<TappedCommand>, lines = new TapLines(createStyle(false))): string {
  return lines
    .line({
      time: '2026-11-28T10:00:00.123Z',
      listener: 'redis',
      client: '127.0.0.1:50512',
      command: ['GET', 'user:1'],
      latency_ms: 0.2145,
      reply: { type: 'string', value: 'hello' },
      host: '127.0.0.1:6379',
      ...fields,
    })
    .replace(/^\d\d:\d\d:/, '10:00:')
}

describe('a line', () => {
  test('tells when, who, how fast, where, what and what came of it', () => {
    expect(line({})).toBe(
      '10:00:00.123  127.0.0.1:50512     0.214 ms  127.0.0.1:6379  GET user:1 → "hello"\n',
    )
  })

  test.each([
    [{ type: 'status', value: 'OK' }, 'OK'],
    [{ type: 'error', value: 'ERR no' }, 'error ERR no'],
    [{ type: 'integer', value: '7' }, '7'],
    [{ type: 'nil', value: '' }, 'nil'],
    [{ type: 'array', value: '3' }, 'array of 3'],
    [{ type: 'boolean', value: 'true' }, 'true'],
    [{ type: 'unknown', value: '' }, '?'],
  ])('shows the reply %j', (reply, text) => {
    expect(line({ reply })).toEndWith(` → ${text}\n`)
  })

  test('quotes arguments, and says what is not shown', () => {
    const command = ['SET', 'a b', '', 'x"y']
    expect(line({ command, more: 2, database: 3 })).toContain(
      '  SET "a b" "" "x\\"y" … 2 more [db 3] → ',
    )
  })

  test('has a dash for the host when the proxy answered', () => {
    expect(line({ host: '', command: ['PING'] })).toContain('  -               PING → ')
  })

  test('keeps the columns where the widest needed them', () => {
    const lines = new TapLines(createStyle(false))
    const wide = line({ client: '[2001:db8::1]:50512', host: '10.100.100.100:6379' }, lines)
    const narrow = line({}, lines)
    expect(narrow.indexOf('GET')).toBe(wide.indexOf('GET'))
  })

  test('marks errors, slowness and the name on a terminal', () => {
    const lines = new TapLines(createStyle(true))
    const text = line({ latency_ms: 12, reply: { type: 'error', value: 'ERR no' } }, lines)
    expect(text).toContain('\x1b[31merror ERR no\x1b[39m')
    expect(text).toContain('\x1b[33m  12.000 ms\x1b[39m')
    expect(text).toContain('\x1b[1mGET\x1b[22m')
  })
})

test('what was missed is told as a number', () => {
  const lines = new TapLines(createStyle(false))
  expect(lines.missed(1)).toBe('… 1 command was not looked at, so as not to slow the traffic\n')
  expect(lines.missed(20)).toStartWith('… 20 commands were')
})
