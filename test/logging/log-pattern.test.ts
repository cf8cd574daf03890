import { describe, expect, test } from 'bun:test'
import { LogLevel } from '../../src/logging/log-level.ts'
import { compileLogPattern, jsonLogPattern } from '../../src/logging/log-pattern.ts'
import type { LogRecord } from '../../src/logging/log-record.ts'

/** The moment and the message of the lines that a real Envoy 1.40 printed for these patterns. */
const RECORD: LogRecord = {
  level: LogLevel.Info,
  loggerName: 'main',
  message: 'runtime: {}',
  timeMs: new Date(2026, 10, 21, 1, 14, 18, 683).getTime(),
  file: 'source/server/server.cc',
  line: '989',
  functionName: 'createRuntime',
}

function format(pattern: string, record: Partial<LogRecord> = {}): string {
  const context = { thread: '9919', processId: 9920, version: 'a/1.0', startMs: RECORD.timeMs - 5 }
  return compileLogPattern(pattern, context).format({ ...RECORD, ...record })
}

describe('prints what Envoy prints for', () => {
  test.each([
    ['%v', 'runtime: {}'],
    ['%n|%l|%L|%t|%P', 'main|info|I|9919|9920'],
    ['[%8l][%-8l][%=8l][%=9l]', '[    info][info    ][  info  ][  info   ]'],
    ['[%3!l][%8!l][%2!v]', '[inf][    info][ru]'],
    [
      '%g|%s|%#|%@|%!',
      'source/server/server.cc|server.cc|989|source/server/server.cc:989|createRuntime',
    ],
    ['%a %A %b %B %c %C', 'Sat Saturday Nov November Sat Nov 21 01:14:18 2026 26'],
    ['%Y %D %x %m %d %H %I %M %S %p', '2026 11/21/26 11/21/26 11 21 01 01 14 18 AM'],
    ['%r %R %T %X', '01:14:18 AM 01:14 01:14:18 01:14:18'],
    ['%e', '683'],
    ['%% %j %_', '% runtime: {} runtime: {}'],
    ['%v %Q %', 'runtime: {} %Q '],
    ['%^%l%$ %v', 'info runtime: {}'],
    ['%10v|', 'runtime: {}|'],
    ['%-20v|', 'runtime: {}         |'],
    ['%+ ', 'runtime: {} '],
    ['%&', ''],
    ['%h %k %y', 'Nov %k %y'],
    ['%3Y', '2026'],
    ['%6!v|', 'runtim|'],
    ['x%3Qy%', 'x%Qy'],
    ['%-', ''],
    ['%3', ''],
    ['%N|%*|', 'a/1.0||'],
    ['%=4!n|%=3!v', 'main|run'],
    ['a\\nb', 'a\\nb'],
    ['', ''],
  ])('%j', (pattern, line) => {
    expect(format(pattern)).toBe(line)
  })
})

test('pads to at most 64, as spdlog does', () => {
  expect(format('%-129v|')).toBe(`${'runtime: {}'.padEnd(64)}|`)
})

test('escapes newlines for %_ and JSON for %j', () => {
  const message = 'a\nb"c\td'
  expect(format('%_', { message })).toBe('a\\nb"c\td')
  expect(format('%j', { message })).toBe('a\\nb\\"c\\td')
})

test('knows noon from midnight', () => {
  const noon = new Date(2026, 0, 5, 12, 0, 9).getTime()
  const midnight = new Date(2026, 0, 5, 0, 0, 9).getTime()
  expect(format('%r', { timeMs: noon })).toBe('12:00:09 PM')
  expect(format('%r', { timeMs: midnight })).toBe('12:00:09 AM')
})

test('counts the time since the line before', () => {
  expect(format('%o %u %i')).toBe('5 5000 5000000')
})

test('renews the date with each second', () => {
  const context = { thread: '', processId: 0, version: '', startMs: 0 }
  const pattern = compileLogPattern('%S', context)
  const seconds = [0, 999, 1000, 59_000].map((ms) => pattern.format({ ...RECORD, timeMs: ms }))
  expect(seconds).toEqual(['00', '00', '01', '59'])
})

test('asks for the call site only when a flag prints it', () => {
  const context = { thread: '', processId: 0, version: '', startMs: 0 }
  expect(compileLogPattern('%v %l', context).needsCallSite).toBe(false)
  expect(compileLogPattern('%v %10g', context).needsCallSite).toBe(true)
})

test('makes a pattern of a JSON format, but not with flags that would break the JSON', () => {
  const pattern = jsonLogPattern({ level: '%l', message: '%j' })!
  const line = format(pattern, { message: 'say "hi"\n' })
  expect(JSON.parse(line)).toEqual({ level: 'info', message: 'say "hi"\n' })
  expect(jsonLogPattern({ message: '%v' })).toBeNull()
  expect(jsonLogPattern({ message: '%-10_' })).toBeNull()
})
