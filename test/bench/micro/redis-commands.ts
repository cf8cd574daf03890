import { requestOf } from '../../../src/redis/arguments.ts'
import { firstKeyPosition, keyPositions } from '../../../src/redis/key-positions.ts'
import { lookupCommand } from '../../../src/redis/lookup.ts'
import type { MicroCase } from '../micro.ts'

const encoder = new TextEncoder()

/** What clients mostly send, as they write it, and one that nobody knows. */
const names = [
  'GET',
  'set',
  'HGETALL',
  'ZRANGEBYSCORE',
  'expire',
  'LPUSH',
  'EvalSha',
  'NOSUCH',
].map((name) => encoder.encode(name))
const bytes = names[0]!
const evalsha = requestOf('EVALSHA', 'f'.repeat(40), '2', 'a', 'b', 'c')
const xread = requestOf('XREAD', 'COUNT', '2', 'BLOCK', '5000', 'STREAMS', 'a', 'b', '0', '0')
const evalshaCommand = lookupCommand(encoder.encode('evalsha'), 0, 7)!
const xreadCommand = lookupCommand(encoder.encode('xread'), 0, 5)!
const positions: number[] = []

/** Budgets: a name 25 ns, a counted key 20 ns. */
export const cases: readonly MicroCase[] = [
  {
    name: 'look up GET',
    run: (count) => {
      let found = 0
      for (let i = 0; i < count; i++) found += lookupCommand(bytes, 0, 3)!.index
      return found
    },
  },
  {
    name: 'look up one of eight names in turn',
    run: (count) => {
      let found = 0
      for (let i = 0; i < count; i++) {
        const name = names[i & 7]!
        if (lookupCommand(name, 0, name.length) !== null) found++
      }
      return found
    },
  },
  {
    name: "EVALSHA's first key",
    run: (count) => {
      let found = 0
      for (let i = 0; i < count; i++) found += firstKeyPosition(evalshaCommand, evalsha)
      return found
    },
  },
  {
    name: "XREAD's keys behind STREAMS",
    run: (count) => {
      let found = 0
      for (let i = 0; i < count; i++) found += keyPositions(xreadCommand, xread, positions)
      return found
    },
  },
]
