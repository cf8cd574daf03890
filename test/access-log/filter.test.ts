import { describe, expect, test } from 'bun:test'
import { createAccessLogFilter } from '../../src/access-log/filter.ts'
import type { AccessLogFilter, Comparison } from '../../src/config/schema/access-log-filter.ts'
import type { ValueMatcher } from '../../src/config/schema/matcher.ts'
import { type AccessLogType, ResponseFlag, type StreamInfo } from '../../src/network/stream-info.ts'
import { seededRandom } from '../../src/random.ts'
import { connection, time } from './connection.ts'

const runtime: Record<string, number> = { on: 100, on50: 50, big: 100000, one: 1 }

function takes(
  filter: AccessLogFilter,
  info: StreamInfo = connection(),
  type: AccessLogType = 'TcpConnectionEnd',
): boolean {
  const context = {
    timeSource: time,
    random: seededRandom(1),
    runtime: { integer: (key: string, fallback: number) => runtime[key] ?? fallback },
  }
  return createAccessLogFilter(filter, context).evaluate(info, type)
}

function comparison(op: Comparison['op'], defaultValue: number, runtimeKey = ''): Comparison {
  return { op, value: { defaultValue, runtimeKey } }
}

// As Envoy 1.40 filtered the connections of a tcp_proxy.
describe('access log filters on a connection', () => {
  test('compare the status code as 0', () => {
    const status = (compared: Comparison) => takes({ kind: 'statusCode', comparison: compared })
    expect(status(comparison('EQ', 0))).toBeTrue()
    expect(status(comparison('GE', 1))).toBeFalse()
    expect(status(comparison('NE', 0))).toBeFalse()
    expect(status(comparison('LE', 5))).toBeTrue()
    expect(status(comparison('EQ', 0, 'one'))).toBeFalse()
  })

  test('compare the duration in milliseconds', () => {
    const info = connection()
    info.endMonotonicMs = info.startMonotonicMs + 150.9
    const duration = (compared: Comparison) =>
      takes({ kind: 'duration', comparison: compared }, info)
    expect(duration(comparison('EQ', 150))).toBeTrue()
    expect(duration(comparison('GE', 151))).toBeFalse()
    expect(duration(comparison('GE', 0, 'big'))).toBeFalse()
    expect(duration(comparison('GE', 0, 'unset'))).toBeTrue()
  })

  test('know no health check and no trace', () => {
    expect(takes({ kind: 'notHealthCheck' })).toBeTrue()
    expect(takes({ kind: 'traceable' })).toBeFalse()
  })

  test('ask for any flag, or for one of several', () => {
    const info = connection()
    expect(takes({ kind: 'responseFlag', flags: [] }, info)).toBeFalse()
    info.setFlag(ResponseFlag.UF)
    expect(takes({ kind: 'responseFlag', flags: [] }, info)).toBeTrue()
    expect(takes({ kind: 'responseFlag', flags: ['DC', 'UF'] }, info)).toBeTrue()
    expect(takes({ kind: 'responseFlag', flags: ['DC'] }, info)).toBeFalse()
  })

  test('ask for log types', () => {
    const types = ['TcpConnectionEnd'] as const
    expect(takes({ kind: 'logType', types, exclude: false })).toBeTrue()
    expect(takes({ kind: 'logType', types, exclude: true })).toBeFalse()
    expect(takes({ kind: 'logType', types, exclude: false }, connection(), 'NotSet')).toBeFalse()
    expect(takes({ kind: 'logType', types: [], exclude: true })).toBeTrue()
  })

  test('draw lots; a runtime key gives the numerator only', () => {
    const share = (runtimeKey: string, numerator: number, denominator: 100 | 10_000): number => {
      const filter = createAccessLogFilter(
        {
          kind: 'runtime',
          runtimeKey,
          percentSampled: { numerator, denominator },
          useIndependentRandomness: false,
        },
        {
          timeSource: time,
          random: seededRandom(7),
          runtime: { integer: (key, fallback) => runtime[key] ?? fallback },
        },
      )
      let taken = 0
      for (let i = 0; i < 10_000; i++) if (filter.evaluate(connection(), 'NotSet')) taken++
      return taken / 10_000
    }
    expect(share('', 0, 100)).toBe(0)
    expect(share('', 100, 100)).toBe(1)
    expect(share('on', 0, 100)).toBe(1)
    expect(share('', 25, 100)).toBeCloseTo(0.25, 1)
    expect(share('on50', 0, 10_000)).toBeLessThan(0.02)
  })

  test('combine', () => {
    const yes = { kind: 'notHealthCheck' } as const
    const no = { kind: 'traceable' } as const
    expect(takes({ kind: 'and', filters: [yes, yes] })).toBeTrue()
    expect(takes({ kind: 'and', filters: [yes, no] })).toBeFalse()
    expect(takes({ kind: 'or', filters: [no, yes] })).toBeTrue()
    expect(takes({ kind: 'or', filters: [no, no] })).toBeFalse()
  })

  test('match dynamic metadata, with an answer of their own where there is none', () => {
    const info = connection()
    info.dynamicMetadata = { a: { b: 'x', list: [1, 'y'], none: null } }
    const metadata = (key: string, value: ValueMatcher, matchIfKeyNotFound = true) =>
      takes(
        {
          kind: 'metadata',
          matcher: { filter: 'a', path: [key], value, invert: false },
          matchIfKeyNotFound,
        },
        info,
      )
    const text = (pattern: string): ValueMatcher => ({
      kind: 'string',
      matcher: { kind: 'exact', pattern, ignoreCase: false },
    })
    expect(metadata('b', text('x'))).toBeTrue()
    expect(metadata('b', text('z'))).toBeFalse()
    expect(metadata('missing', text('x'))).toBeTrue()
    expect(metadata('missing', text('x'), false)).toBeFalse()
    expect(metadata('none', { kind: 'null' }, false)).toBeTrue()
    expect(metadata('list', { kind: 'list', matcher: text('y') })).toBeTrue()
    expect(takes({ kind: 'metadata', matcher: null, matchIfKeyNotFound: true })).toBeTrue()
  })
})
