import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { requestOf } from '../../src/redis/arguments.ts'
import { COMMANDS, COMMANDS_BY_NAME } from '../../src/redis/commands.ts'
import {
  blocks,
  firstKeyPosition,
  keyPositions,
  UNCLEAR_KEYS,
} from '../../src/redis/key-positions.ts'

function command(name: string) {
  const [word, sub] = name.split('|')
  const found = COMMANDS_BY_NAME.get(word!)!
  return sub === undefined ? found : found.subcommands!.get(sub)!
}

/** The keys of a request written as words; `|` joins a container and its subcommand as in their name. */
function keysOf(text: string): string[] | 'unclear' {
  const words = text.split(' ').map((word) => (word === "''" ? '' : word))
  const name = words[0]!
  const request = requestOf(...name.split('|'), ...words.slice(1))
  const positions: number[] = []
  const count = keyPositions(command(name.toLowerCase()), request, positions)
  const first = firstKeyPosition(command(name.toLowerCase()), request)
  if (count === UNCLEAR_KEYS) return 'unclear'
  expect(first).toBe(count > 0 ? positions[0]! : 0)
  const all = [...name.split('|'), ...words.slice(1)]
  return positions.slice(0, count).map((at) => all[at]!)
}

describe('key positions', () => {
  const cases: readonly [string, string][] = [
    ['GET a', 'a'],
    ['PING', ''],
    ['MGET a b c', 'a b c'],
    ['MSET a 1 b 2', 'a b'],
    ['MSETNX a 1 b 2', 'a b'],
    ['MSETEX 2 a 1 b 2 EX 5', 'a b'],
    ['MSETEX 2 a 1 b', 'a b'],
    ['BITOP AND d a b', 'd a b'],
    ['BLPOP a b 0', 'a b'],
    ['BLMPOP 0 2 a b LEFT', 'a b'],
    ['LCS a b LEN', 'a b'],
    ['EVAL s 2 a b c', 'a b'],
    ['EVAL s 0', ''],
    ['FCALL f 1 a x', 'a'],
    ['ZUNIONSTORE d 2 a b WEIGHTS 1 2', 'd a b'],
    ['ZUNION 2 a b WITHSCORES', 'a b'],
    ['ZDIFFSTORE d 1 a', 'd a'],
    ['SORT k', 'k'],
    ['SORT k BY store GET store LIMIT 0 store STORE d', 'k d'],
    ['SORT k STORE d STORE e', 'k e'],
    ['SORT k STORE', 'k'],
    ['SORT_RO k BY x', 'k'],
    ['GEORADIUS k 1 2 3 km STORE d', 'k d'],
    ['GEORADIUS k 1 2 3 km STORE d STOREDIST e', 'k d e'],
    ['GEORADIUSBYMEMBER k m 3 km STOREDIST e', 'k e'],
    ['GEORADIUSBYMEMBER k m 3 km', 'k'],
    ['GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 km', 'd s'],
    ['XREAD COUNT 2 STREAMS a b 0 0', 'a b'],
    ['XREAD BLOCK 0 streams a $', 'a'],
    ['XREADGROUP GROUP streams streams STREAMS a >', 'a'],
    ['XGROUP|CREATE s g $', 's'],
    ['XINFO|STREAM s FULL', 's'],
    ['XINFO|HELP', ''],
    ['OBJECT|ENCODING k', 'k'],
    ['MEMORY|USAGE k SAMPLES 5', 'k'],
    ['MIGRATE h 1 k 0 10', 'k'],
    ["MIGRATE h 1 '' 0 10 COPY AUTH keys KEYS a b", 'a b'],
    ["MIGRATE h 1 '' 0 10 AUTH2 keys keys KEYS a b", 'a b'],
    ['PFMERGE d a b', 'd a b'],
    ['PFCOUNT a b', 'a b'],
    ['SSUBSCRIBE c d', 'c d'],
    ['SUNSUBSCRIBE', ''],
    ['JSON.MGET a b $', 'a b'],
    ['JSON.MSET a $ 1 b $ 2', 'a b'],
    ['JSON.DEBUG MEMORY k', 'k'],
    ['TS.MADD a 1 2 b 1 2', 'a b'],
    ['CMS.MERGE d 2 a b', 'd a b'],
    ['TDIGEST.MERGE d 1 a COMPRESSION 5', 'd a'],
    ['HEXPIRE k 10 FIELDS 1 f', 'k'],
    ['VSIM k ELE a', 'k'],
  ]
  for (const [request, keys] of cases) {
    test(`of ${request} are [${keys}]`, () => {
      expect(keysOf(request)).toEqual(keys === '' ? [] : keys.split(' '))
    })
  }

  const unclear = [
    'EVAL s 2 a',
    'EVAL s x a',
    'EVAL s -1 a',
    'EVAL s 01 a',
    'EVAL s 99999999999999999999 a',
    'ZUNION 3 a b',
    'ZUNIONSTORE d 3 a b',
    'BLMPOP 0 9 a LEFT',
    'XREAD COUNT 2 a 0',
  ]
  for (const request of unclear) {
    test(`of ${request} are unclear`, () => {
      expect(keysOf(request)).toBe('unclear')
    })
  }

  test('stay inside the arguments, whatever those are', () => {
    const word = fc.oneof(
      fc.constantFrom('streams', 'STORE', 'keys', 'auth', 'limit', '', '0', '1', '3', '-1'),
      fc.string({ maxLength: 6 }),
    )
    const positions: number[] = []
    fc.assert(
      fc.property(fc.constantFrom(...COMMANDS), fc.array(word, { maxLength: 9 }), (one, words) => {
        const request = requestOf(...one.name.split('|'), ...words)
        const count = keyPositions(one, request, positions)
        for (let i = 0; i < count; i++) {
          expect(positions[i]!).toBeGreaterThan(0)
          expect(positions[i]!).toBeLessThan(Math.max(request.argc, 4))
        }
      }),
      { seed: 1, numRuns: 5000 },
    )
  })
})

describe('blocking', () => {
  const cases: readonly [string, boolean][] = [
    ['BLPOP a 0', true],
    ['WAIT 1 0', true],
    ['GET a', false],
    ['XREAD COUNT 1 STREAMS a $', false],
    ['XREAD COUNT 1 BLOCK 0 STREAMS a $', true],
    ['XREAD STREAMS block 0', false],
    ['TS.READ block 5', false],
    ['TS.READ k $ BLOCK 0 1', true],
    ['XREADGROUP GROUP block block STREAMS a >', false],
    ['XREADGROUP GROUP g c BLOCK 5 STREAMS a >', true],
  ]
  for (const [text, expected] of cases) {
    test(`${text} ${expected ? 'may wait' : 'answers at once'}`, () => {
      const words = text.split(' ')
      expect(blocks(command(words[0]!.toLowerCase()), requestOf(...words))).toBe(expected)
    })
  }
})
