import { expect, test } from 'bun:test'
import type { WorkerCommand } from '../../src/messages.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import type { TapFilter } from '../../src/redis/tap-filter.ts'
import { TapHub } from '../../src/server/tap-hub.ts'
import { FakeTime } from '../support/fake-time.ts'

const ANY: Omit<TapFilter, 'id'> = {
  key: null,
  commands: [],
  client: null,
  listener: null,
  errorsOnly: false,
  slowerThanMs: 0,
}

/** A hub, what it told the workers, and tappers that remember. */
function hub() {
  const commands: WorkerCommand[] = []
  const timers = new TimerWheel(new FakeTime(), (error) => {
    throw error
  })
  const taps = new TapHub<TapFilter>({
    protocol: 'redis',
    timers,
    command: (command) => commands.push(command),
  })
  const filters = () => {
    const last = commands.at(-1)
    return last?.name === 'tap-redis' ? (last.filters as TapFilter[]) : null
  }
  return { taps, commands, filters, timers }
}

function reader() {
  const got: string[] = []
  const one = {
    got,
    reads: true,
    write: (lines: string) => {
      if (one.reads) got.push(lines)
      return one.reads
    },
  }
  return one
}

test('tells the workers who wants what, and when nobody does any more', () => {
  const { taps, commands, filters, timers } = hub()
  const stopFirst = taps.add({ ...ANY, key: 'a' }, reader())
  expect(filters()).toEqual([{ ...ANY, id: 0, key: 'a' }])
  const stopSecond = taps.add(ANY, reader())
  expect(filters()?.map(({ id }) => id)).toEqual([0, 1])
  stopFirst()
  stopFirst()
  expect(filters()?.map(({ id }) => id)).toEqual([1])
  stopSecond()
  expect(filters()).toEqual([])
  expect(commands.length).toBe(4)
  expect(timers.size).toBe(0)
})

test('gives each the lines that are for it', () => {
  const { taps, timers } = hub()
  const [first, second] = [reader(), reader()]
  taps.add(ANY, first)
  taps.add(ANY, second)
  taps.onEvents([
    { kind: 'redis', to: 3, lines: 'both\n' },
    { kind: 'redis', to: 2, lines: 'second\n' },
    { kind: 'other', to: 3, lines: 'none\n' },
  ])
  expect(first.got).toEqual(['both\n'])
  expect(second.got).toEqual(['both\n', 'second\n'])
  timers.stop()
})

test('counts what a slow reader was not given, with what the workers had no time for, and says so once', () => {
  const { taps, timers } = hub()
  const slow = reader()
  taps.add(ANY, slow)
  slow.reads = false
  taps.onEvents([{ kind: 'redis', to: 1, lines: 'a\nb\n', missed: 5 }])
  taps.onTimer()
  slow.reads = true
  taps.onTimer()
  taps.onTimer()
  expect(slow.got).toEqual(['{"missed":7}\n'])
  timers.stop()
})

test('lets eight look on and knows how many more may', () => {
  const { taps, timers } = hub()
  const stops = Array.from({ length: 8 }, () => taps.add(ANY, reader()))
  expect(taps.free).toBe(0)
  expect(() => taps.add(ANY, reader())).toThrow('too many taps')
  stops[3]!()
  expect(taps.free).toBe(1)
  timers.stop()
})

test('tells a new worker, if there is something to tell', () => {
  const { taps, commands, timers } = hub()
  taps.repeat()
  expect(commands).toEqual([])
  taps.add(ANY, reader())
  taps.repeat()
  expect(commands.length).toBe(2)
  expect(commands[1]).toEqual(commands[0]!)
  timers.stop()
})
