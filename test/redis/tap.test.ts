import { describe, expect, test } from 'bun:test'
import { TimerWheel } from '../../src/network/timers.ts'
import { requestOf } from '../../src/redis/arguments.ts'
import { lookupCommand } from '../../src/redis/lookup.ts'
import { NOT_TAPPED, RedisTap, type TapClient } from '../../src/redis/tap.ts'
import type { TapFilter } from '../../src/redis/tap-filter.ts'
import { FakeTime } from '../support/fake-time.ts'

const client: TapClient = { listener: 'redis', address: '10.0.0.7:4711', database: 0 }

/** A tap with its clock; what it posted is read as lines. */
class Tapped {
  readonly time = new FakeTime(1_700_000_000_000)
  readonly timers = new TimerWheel(this.time, (error) => {
    throw error
  })
  readonly posted: { to: number; lines: Record<string, unknown>[] }[] = []
  missed = 0
  readonly tap = new RedisTap({
    timers: this.timers,
    timeSource: this.time,
    post: (batches, missed) => {
      this.missed += missed
      for (const { to, lines } of batches) {
        const parsed = lines
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
        this.posted.push({ to, lines: parsed })
      }
    },
  })

  constructor(...filters: Partial<TapFilter>[]) {
    this.tap.setFilters(filters.map((one, id) => filter({ id, ...one })))
    this.timers.stop()
  }

  begin(line: string | readonly (string | Uint8Array)[], from = client): number {
    // As the filter does.
    if (!this.tap.enabled) {
      this.tap.missed++
      return NOT_TAPPED
    }
    const words = typeof line === 'string' ? line.split(' ') : line
    const request = requestOf(...words)
    return this.tap.begin(from, request, lookupCommand(request.bytes, 0, request.args[1]!))
  }

  end(ticket: number, reply = '+OK\r\n', host = '127.0.0.1:6379'): void {
    const bytes = Buffer.from(reply)
    this.tap.end(ticket, host, bytes, 0, bytes.length)
  }

  /** The commands shown up to now, flushed. */
  flush(): string[] {
    this.tap.onTimer()
    this.timers.stop()
    return this.posted
      .splice(0)
      .flatMap(({ lines }) => lines.map(({ command }) => (command as string[]).join(' ')))
  }
}

function filter(fields: Partial<TapFilter>): TapFilter {
  return {
    id: 0,
    key: null,
    commands: [],
    client: null,
    listener: null,
    errorsOnly: false,
    slowerThanMs: 0,
    ...fields,
  }
}

test('shows who asked what, what was answered, by whom and how fast', () => {
  const tapped = new Tapped({})
  tapped.end(tapped.begin(['GET', 'k'], { ...client, database: 3 }), '$1\r\nv\r\n')
  tapped.tap.onTimer()
  tapped.timers.stop()
  expect(tapped.posted).toEqual([
    {
      to: 1,
      lines: [
        {
          time: '2023-11-14T22:13:20.000Z',
          listener: 'redis',
          client: '10.0.0.7:4711',
          database: 3,
          command: ['GET', 'k'],
          latency_ms: 0,
          reply: { type: 'string', value: 'v' },
          host: '127.0.0.1:6379',
        },
      ],
    },
  ])
})

test('measures from the command to the reply', () => {
  const tapped = new Tapped({})
  const ticket = tapped.begin('GET a')
  tapped.time.ms += 12.3456
  tapped.end(ticket)
  tapped.tap.onTimer()
  tapped.timers.stop()
  expect(tapped.posted[0]?.lines[0]).toMatchObject({
    latency_ms: 12.346,
    time: '2023-11-14T22:13:20.000Z',
  })
})

test('shows the first 16 arguments and says how many more there are', () => {
  const tapped = new Tapped({})
  tapped.end(tapped.begin(['DEL', ...Array.from({ length: 20 }, (_, i) => `k${i}`)]))
  tapped.tap.onTimer()
  tapped.timers.stop()
  expect(tapped.posted[0]?.lines[0]).toMatchObject({ more: 5 })
  expect(tapped.posted[0]?.lines[0]?.['command']).toHaveLength(16)
})

test('keeps the command although its bytes are overwritten before the reply', () => {
  const tapped = new Tapped({})
  const request = requestOf('SET', 'k', 'v'.repeat(100))
  const ticket = tapped.tap.begin(client, request, lookupCommand(request.bytes, 0, 3))
  request.bytes.fill(0)
  tapped.end(ticket)
  expect(tapped.flush()).toEqual([`SET k ${'v'.repeat(64)}…(100 bytes)`])
})

test('never shows a password, not even in the error about it', () => {
  const tapped = new Tapped({})
  tapped.end(tapped.begin('AUTH hunter2'), '-WRONGPASS no hunter2\r\n')
  tapped.end(tapped.begin('ACL SETUSER bob >hunter2'), '-ERR in modifier >hunter2\r\n')
  tapped.end(tapped.begin('ACL GENPASS'), '$7\r\nhunter2\r\n')
  tapped.tap.onTimer()
  tapped.timers.stop()
  const text = JSON.stringify(tapped.posted)
  expect(text).not.toContain('hunter2')
  expect(text).toContain('WRONGPASS (text hidden)')
})

describe('a filter', () => {
  const shown = (fields: Partial<TapFilter>, ...lines: string[]): string[] => {
    const tapped = new Tapped(fields)
    for (const line of lines) tapped.end(tapped.begin(line))
    return tapped.flush()
  }

  test('takes a command by its name or that of its container, known or not', () => {
    expect(shown({ commands: ['get'] }, 'GET a', 'get b', 'SET a 1')).toEqual(['GET a', 'get b'])
    expect(shown({ commands: ['config'] }, 'CONFIG GET x', 'GET a')).toEqual(['CONFIG GET x'])
    expect(shown({ commands: ['nope'] }, 'NOPE a', 'GET a')).toEqual(['NOPE a'])
  })

  test('takes a command by any of its keys, and by nothing that is not a key', () => {
    expect(
      shown(
        { key: 'u:*' },
        'GET u:1',
        'MGET a u:2',
        'SET a u:3',
        'EVAL s 1 u:4',
        'EVAL s 0 u:5',
        'PING u:6',
      ),
    ).toEqual(['GET u:1', 'MGET a u:2', 'EVAL s 1 u:4'])
  })

  test('takes a command by its client and its listener', () => {
    expect(shown({ client: '10.0.0.7' }, 'GET a')).toEqual(['GET a'])
    expect(shown({ client: '10.0.0.8' }, 'GET a')).toEqual([])
    expect(shown({ listener: 'redis' }, 'GET a')).toEqual(['GET a'])
    expect(shown({ listener: 'other' }, 'GET a')).toEqual([])
  })

  test('takes errors only', () => {
    const tapped = new Tapped({ errorsOnly: true })
    tapped.end(tapped.begin('GET a'), '$1\r\na\r\n')
    tapped.end(tapped.begin('GET b'), '-no upstream host\r\n', '')
    tapped.end(tapped.begin('GET c'), '!5\r\nERR x\r\n')
    expect(tapped.flush()).toEqual(['GET b', 'GET c'])
  })

  test('takes what was slow', () => {
    const tapped = new Tapped({ slowerThanMs: 10 })
    const slow = tapped.begin('GET slow')
    tapped.time.ms += 9
    const quick = tapped.begin('GET quick')
    tapped.time.ms += 1
    tapped.end(slow)
    tapped.end(quick)
    expect(tapped.flush()).toEqual(['GET slow'])
  })

  test('of another tapper decides for itself', () => {
    const tapped = new Tapped({ commands: ['get'] }, { key: 'a' })
    for (const line of ['GET a', 'GET b', 'SET a 1', 'SET b 1']) tapped.end(tapped.begin(line))
    tapped.tap.onTimer()
    tapped.timers.stop()
    expect(tapped.posted.map(({ to, lines }) => [to, lines.map(({ command }) => command)])).toEqual(
      [
        [3, [['GET', 'a']]],
        [1, [['GET', 'b']]],
        [2, [['SET', 'a', '1']]],
      ],
    )
  })
})

describe('a tap', () => {
  test('is off without filters and keeps nothing', () => {
    const tapped = new Tapped()
    expect(tapped.tap.enabled).toBe(false)
    expect(tapped.begin('GET a')).toBe(NOT_TAPPED)
    expect(tapped.timers.size).toBe(0)
  })

  test('forgets a command whose client is gone', () => {
    const tapped = new Tapped({})
    const ticket = tapped.begin('GET a')
    tapped.tap.cancel(ticket)
    tapped.end(ticket)
    expect(tapped.flush()).toEqual([])
  })

  test('shows a command once', () => {
    const tapped = new Tapped({})
    const ticket = tapped.begin('GET a')
    tapped.end(ticket)
    tapped.end(ticket)
    expect(tapped.flush()).toEqual(['GET a'])
  })

  test('shows nothing to a later tapper that began before it came', () => {
    const tapped = new Tapped({})
    const ticket = tapped.begin('GET a')
    tapped.tap.setFilters([])
    tapped.tap.setFilters([filter({})])
    tapped.timers.stop()
    const next = tapped.begin('GET b')
    tapped.end(ticket)
    expect(tapped.flush()).toEqual([])
    tapped.end(next)
    expect(tapped.flush()).toEqual(['GET b'])
  })

  test('keeps what it shows to one when another comes and goes', () => {
    const tapped = new Tapped({})
    const ticket = tapped.begin('GET a')
    tapped.tap.setFilters([filter({}), filter({ id: 1 })])
    tapped.tap.setFilters([filter({})])
    tapped.end(ticket)
    expect(tapped.flush()).toEqual(['GET a'])
  })

  test('misses and counts what is beyond its budget, and goes on after the flush', () => {
    const tapped = new Tapped({})
    for (let i = 0; i < 5000; i++) tapped.end(tapped.begin(`GET k${i}`))
    expect(tapped.tap.enabled).toBe(false)
    expect(tapped.flush().length).toBe(50)
    expect(tapped.missed).toBe(4950)
    expect(tapped.tap.enabled).toBe(true)
    tapped.end(tapped.begin('GET more'))
    expect(tapped.flush()).toEqual(['GET more'])
    expect(tapped.missed).toBe(4950)
  })

  test('misses and counts what comes while too many wait for their replies', () => {
    const tapped = new Tapped({})
    const tickets: number[] = []
    for (let i = 0; i < 1500; i++) {
      tickets.push(tapped.begin(`GET k${i}`))
      if (i % 100 === 0) tapped.flush()
    }
    expect(tickets.filter((ticket) => ticket === NOT_TAPPED).length).toBe(1500 - 1024)
    tapped.flush()
    expect(tapped.missed).toBe(1500 - 1024)
    tapped.end(tickets[0]!)
    expect(tapped.begin('GET free')).not.toBe(NOT_TAPPED)
  })
})
