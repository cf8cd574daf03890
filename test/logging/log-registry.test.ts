import { describe, expect, test } from 'bun:test'
import { LogLevel, parseLogLevel } from '../../src/logging/log-level.ts'
import { LogRegistry } from '../../src/logging/log-registry.ts'
import { LOGGER_NAMES } from '../../src/logging/logger-names-table.ts'

function openLog(options: Partial<ConstructorParameters<typeof LogRegistry>[0]> = {}) {
  const lines: string[] = []
  const sink = (line: string) => void lines.push(line)
  const timeSource = { now: () => 1_000, monotonic: () => 0 }
  const registry = new LogRegistry({
    sink,
    thread: 7,
    pattern: '%t %l %n %v',
    timeSource,
    ...options,
  })
  return { registry, lines }
}

describe('a logger', () => {
  test('writes what is at or above its level', () => {
    const { registry, lines } = openLog({ level: LogLevel.Warning })
    const log = registry.logger('main')
    log.trace('t')
    log.debug('d')
    log.info('i')
    log.warn('w')
    log.error('e')
    log.critical('c')
    expect(lines).toEqual(['7 warning main w\n', '7 error main e\n', '7 critical main c\n'])
  })

  test('says what is worth building', () => {
    const { registry } = openLog({ level: LogLevel.Debug })
    const { traceEnabled, debugEnabled, infoEnabled } = registry.logger('upstream')
    expect([traceEnabled, debugEnabled, infoEnabled]).toEqual([false, true, true])
  })

  test('writes nothing when off', () => {
    const { registry, lines } = openLog({ level: LogLevel.Off })
    registry.logger('main').critical('c')
    expect(lines).toEqual([])
  })

  test('prints the id of its thread when nobody says another', () => {
    const lines: string[] = []
    const registry = new LogRegistry({ sink: (line) => void lines.push(line), pattern: '%t' })
    registry.logger('main').warn('x')
    expect(lines).toEqual([`${process.pid}\n`])
  })

  test('is one object for all who ask', () => {
    const { registry } = openLog()
    expect(registry.logger('redis')).toBe(registry.logger('redis'))
  })

  test('prints the place it was called from', () => {
    const { registry, lines } = openLog({ pattern: '%s:%# %!' })
    const place = new Error().stack!.split('\n')[1]!
    registry.logger('main').warn('here')
    const line = Number(/:(\d+):\d+\)?$/.exec(place)![1]) + 1
    expect(lines[0]).toStartWith(`log-registry.test.ts:${line} `)
  })

  test('escapes as in C when told to, quotes included', () => {
    const { registry, lines } = openLog({ pattern: '%v', escaped: true })
    registry.logger('main').info(`'a'\nb"c\td\x01`)
    expect(lines).toEqual([`\\'a\\'\\nb\\"c\\td\\001\n`])
  })
})

describe('levels', () => {
  test('are set per component at the start', () => {
    const { registry } = openLog({ level: LogLevel.Error, levels: { http: LogLevel.Trace } })
    expect(registry.logger('http').traceEnabled).toBe(true)
    expect(registry.logger('main').infoEnabled).toBe(false)
  })

  test('change at run time, one or all', () => {
    const { registry } = openLog()
    const log = registry.logger('pool')
    expect(registry.setLevel('pool', LogLevel.Trace)).toBe(true)
    expect(log.traceEnabled).toBe(true)
    registry.setAllLevels(LogLevel.Error)
    expect(log.infoEnabled).toBe(false)
    expect(registry.setLevel('nosuch', LogLevel.Trace)).toBe(false)
  })

  test('are listed with Envoy names, in Envoy order', () => {
    const { registry } = openLog()
    registry.setLevel('admin', LogLevel.Warning)
    const levels = registry.levels()
    expect(levels.map(({ name }) => name)).toEqual([...LOGGER_NAMES])
    expect(levels[1]).toEqual({ name: 'admin', level: 'warning' })
  })

  test('are read as the command line spells them', () => {
    expect(['trace', 'warn', 'warning', 'off'].map(parseLogLevel)).toEqual([0, 3, 3, 6])
    expect(['err', 'INFO', '', 'fatal'].map(parseLogLevel)).toEqual([null, null, null, null])
  })
})

test('takes another pattern on the way', () => {
  const { registry, lines } = openLog()
  registry.setPattern('%v!')
  registry.logger('main').info('x')
  expect(lines).toEqual(['x!\n'])
})
