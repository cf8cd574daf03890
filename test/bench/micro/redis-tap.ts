import { TimerWheel } from '../../../src/network/timers.ts'
import { requestOf } from '../../../src/redis/arguments.ts'
import { lookupCommand } from '../../../src/redis/lookup.ts'
import { RedisTap, type TapClient } from '../../../src/redis/tap.ts'
import type { TapFilter } from '../../../src/redis/tap-filter.ts'
import { systemTime } from '../../../src/time-source.ts'
import type { MicroCase } from '../micro.ts'

const ANYTHING: TapFilter = {
  id: 0,
  key: null,
  commands: [],
  client: null,
  listener: null,
  errorsOnly: false,
  slowerThanMs: 0,
}
const client: TapClient = { listener: 'redis', address: '127.0.0.1:50000', database: 0 }
const request = requestOf('SET', 'user:1000', 'x'.repeat(100))
const command = lookupCommand(request.bytes, 0, 3)
const reply = Buffer.from('+OK\r\n')
const host = '127.0.0.1:6379'

/** `perFlush` commands between two flushes, with the batch's text made as it is for main. */
function tapped(name: string, filter: Partial<TapFilter>, perFlush: number): MicroCase {
  const timers = new TimerWheel(systemTime, () => {})
  let posted = 0
  const tap = new RedisTap({
    timers,
    timeSource: systemTime,
    post: (batches, missed) => {
      posted += JSON.stringify({ type: 'events', events: batches, dropped: missed }).length
    },
  })
  tap.setFilters([{ ...ANYTHING, ...filter }])
  timers.stop()
  return {
    name,
    run: (count) => {
      for (let i = 0; i < count; i++) {
        if (tap.enabled) tap.end(tap.begin(client, request, command), host, reply, 0, reply.length)
        else tap.missed++
        if (i % perFlush === 0) tap.onTimer()
      }
      timers.stop()
      return posted
    },
  }
}

/** Budget: the costs in `redis/tap.ts` are these numbers. */
export const cases: readonly MicroCase[] = [
  tapped('redis tap: a command that is shown', {}, 50),
  tapped('redis tap: kept, and not shown', { errorsOnly: true }, 500),
  tapped('redis tap: looked at, other command', { commands: ['get'] }, 500),
  tapped('redis tap: looked at, other key', { key: 'session:*' }, 500),
  tapped('redis tap: missed', {}, 1_000_000),
]
