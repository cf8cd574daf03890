import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { RedisClient } from 'bun'
import { requestOf } from '../../src/redis/arguments.ts'
import type { Command } from '../../src/redis/command.ts'
import { COMMANDS, COMMANDS_BY_NAME } from '../../src/redis/commands.ts'
import { ENVOY_COMMANDS } from '../../src/redis/envoy-command-table.ts'
import { keyPositions } from '../../src/redis/key-positions.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { needs } from '../support/require.ts'

function ours(name: string): Command | undefined {
  const [word, sub] = name.split('|')
  const command = COMMANDS_BY_NAME.get(word!)
  return sub === undefined ? command : command?.subcommands?.get(sub)
}

/** Names that later servers have besides those of 7.0, as their documentation lists them. */
const LATER: Readonly<Record<string, string>> = {
  '7.2': 'client|no-touch client|setinfo cluster|myshardid waitaof',
  '7.4': 'hexpire hexpireat hexpiretime hpersist hpexpire hpexpireat hpexpiretime hpttl httl',
  '8.0':
    'hgetdel hgetex hsetex sflush vadd vcard vdim vemb vgetattr vinfo vlinks vrandmember vrem vsetattr vsim ' +
    'bf.add bf.card bf.exists bf.info bf.insert bf.loadchunk bf.madd bf.mexists bf.reserve bf.scandump ' +
    'cf.add cf.addnx cf.count cf.del cf.exists cf.info cf.insert cf.insertnx cf.loadchunk cf.mexists cf.reserve ' +
    'cf.scandump cms.incrby cms.info cms.initbydim cms.initbyprob cms.merge cms.query ft._list ft.aggregate ' +
    'ft.aliasadd ft.aliasdel ft.aliasupdate ft.alter ft.config ft.create ft.cursor ft.dictadd ft.dictdel ' +
    'ft.dictdump ft.dropindex ft.explain ft.explaincli ft.info ft.profile ft.search ft.spellcheck ft.sugadd ' +
    'ft.sugdel ft.sugget ft.suglen ft.syndump ft.synupdate ft.tagvals json.arrappend json.arrindex ' +
    'json.arrinsert json.arrlen json.arrpop json.arrtrim json.clear json.debug json.del json.forget json.get ' +
    'json.merge json.mget json.mset json.numincrby json.nummultby json.objkeys json.objlen json.resp json.set ' +
    'json.strappend json.strlen json.toggle json.type tdigest.add tdigest.byrank tdigest.byrevrank tdigest.cdf ' +
    'tdigest.create tdigest.info tdigest.max tdigest.merge tdigest.min tdigest.quantile tdigest.rank ' +
    'tdigest.reset tdigest.revrank tdigest.trimmed_mean topk.add topk.count topk.incrby topk.info topk.list ' +
    'topk.query topk.reserve ts.add ts.alter ts.create ts.createrule ts.decrby ts.del ts.deleterule ts.get ' +
    'ts.incrby ts.info ts.madd ts.mget ts.mrange ts.mrevrange ts.queryindex ts.range ts.revrange',
  '8.2': 'cluster|slot-stats vismember xackdel xdelex',
  '8.4': 'cluster|migration delex digest ft.hybrid msetex vrange',
  '8.6': 'hotkeys|get hotkeys|reset hotkeys|start hotkeys|stop xcfgset',
  '8.8':
    'arcount ardel ardelrange arget argetrange argrep arinfo arinsert arlastitems arlen armget armset arnext ' +
    'arop arring arscan arseek arset increx xnack',
  '8.10':
    'lmovem blmovem backup sunioncard sdiffcard himport ft.aliaslist ts.nrange ts.nrevrange ts.read ts.querylabels',
  '8.12':
    'bitrangeintarray sexpire sexpireat spexpire spexpireat sttl spttl sexpiretime spexpiretime spersist saddex ' +
    'zmove bzmove zmovemember bless|set bless|clear bless|get bless|scan',
}

for (const [version, names] of Object.entries(LATER)) {
  test(`there is a row for every command that redis ${version} brought`, () => {
    expect(names.split(' ').filter((name) => ours(name) === undefined)).toEqual([])
  })
}

test('there is a row for every command that Envoy knows', () => {
  expect([...ENVOY_COMMANDS].filter((name) => ours(name) === undefined)).toEqual([])
})

/** Rows that say more than 7.0 does, as later servers take other numbers of arguments. */
const WIDER: readonly string[] = ['zrank', 'zrevrank', 'command|getkeys', 'command|getkeysandflags']

/** Not flagged `write` by the server, and still nothing for a replica. */
const PRIMARY_ONLY = ['eval', 'evalsha', 'fcall', 'publish', 'spublish', 'wait', 'waitaof']

/** What GETKEYS has no words for: it says that channels are no keys, and that GEORADIUS's target is none. */
const NOT_KEYS: readonly string[] = ['ssubscribe', 'sunsubscribe', 'spublish', 'restore-asking']

describe.if(needs('redis'))('beside a real server', () => {
  let server: RedisServer
  let client: RedisClient
  let theirs: readonly Info[]

  beforeAll(async () => {
    server = await startRedis()
    client = new RedisClient(`redis://127.0.0.1:${server.port}`)
    const infos = (await client.send('COMMAND', [])) as readonly unknown[][]
    theirs = infos.flatMap((info) => [toInfo(info), ...(info[9] as unknown[][]).map(toInfo)])
  })

  afterAll(async () => {
    client.close()
    await server.kill()
  })

  test('COMMAND LIST has nothing that the table lacks', async () => {
    const names = (await client.send('COMMAND', ['LIST'])) as string[]
    expect(names.length).toBeGreaterThan(350)
    expect(names.filter((name) => ours(name) === undefined)).toEqual([])
  })

  test('arities are those of COMMAND INFO', () => {
    const wrong = theirs.filter(({ name, arity }) => ours(name)?.arity !== arity)
    expect(wrong.map(({ name }) => name).sort()).toEqual([...WIDER].sort())
  })

  test('what is a write there is one here', () => {
    const wrong = theirs.filter(({ name, flags }) => ours(name)!.isWrite !== flags.has('write'))
    expect(wrong.map(({ name }) => name).sort()).toEqual(
      PRIMARY_ONLY.filter((name) => name !== 'waitaof').sort(),
    )
  })

  test('what blocks there blocks here', () => {
    // WAIT does too, but does not say so.
    const wrong = theirs.filter(
      ({ name, flags }) => ours(name)!.isBlocking !== flags.has('blocking'),
    )
    expect(wrong.map(({ name }) => name)).toEqual(['wait'])
  })

  test('the first key stands where COMMAND INFO says', () => {
    const wrong = theirs.filter(({ name, firstKey, flags }) => {
      const command = ours(name)!
      // It says 0 for keys that move; GETKEYS knows those.
      return !(flags.has('movablekeys') && firstKey === 0) && command.firstKey !== firstKey
    })
    // Of BITOP's it says 2 as we do; of MIGRATE's 3, which is only right if that is not empty.
    expect(wrong.map(({ name }) => name)).toEqual(['migrate'])
  })

  test('keys are those of COMMAND GETKEYS', async () => {
    const commands = COMMANDS.filter(
      ({ name, keys }) => keys !== null && !NOT_KEYS.includes(name) && known(name),
    )
    for (const command of commands) {
      for (const words of samples(command)) {
        const positions: number[] = []
        const count = keyPositions(command, requestOf(...words), positions)
        const mine = positions.slice(0, count).map((at) => words[at]!)
        const keys = await client.send('COMMAND', ['GETKEYS', ...words]).catch(String)
        expect({ words, keys: mine }).toEqual({ words, keys })
      }
    }
    expect(commands.length).toBeGreaterThan(170)
  })

  function known(name: string): boolean {
    return theirs.some((info) => info.name === name)
  }
})

interface Info {
  readonly name: string
  readonly arity: number
  readonly flags: ReadonlySet<string>
  readonly firstKey: number
}

function toInfo(info: unknown[]): Info {
  return {
    name: info[0] as string,
    arity: info[1] as number,
    flags: new Set([...(info[2] as Iterable<string>)]),
    firstKey: info[3] as number,
  }
}

/** Requests with the least arguments and with more, numbers where numbers must stand. */
function samples(command: Command): string[][] {
  const own = OWN_SAMPLES[command.name]
  if (own !== undefined) return own.map((text) => text.split(' ').map((w) => (w === "''" ? '' : w)))
  const name = command.name.split('|')
  const least = Math.max(Math.abs(command.arity), command.firstKey + 1)
  const isExact = command.arity > 0 || WIDER.includes(command.name)
  const lengths = isExact ? [least] : [least, least + 2, least + 4]
  return lengths.map((length) =>
    Array.from({ length }, (_, i) => {
      if (i < name.length) return name[i]!
      const counted = command.keys!.some((spec) => spec.find === 'count' && spec.at === i)
      return counted ? '1' : `a${i}`
    }),
  )
}

const OWN_SAMPLES: Readonly<Record<string, readonly string[]>> = {
  mset: ['mset a 1', 'mset a 1 b 2'],
  msetnx: ['msetnx a 1', 'msetnx a 1 b 2'],
  eval: ['eval s 1 a', 'eval s 2 a b c'],
  xread: ['xread streams a 0', 'xread COUNT 2 BLOCK 0 STREAMS a b 0 0'],
  xreadgroup: [
    'xreadgroup GROUP g c STREAMS a >',
    'xreadgroup group streams streams BLOCK 5 streams a b > >',
  ],
  sort: [
    'sort k',
    'sort k BY store GET store LIMIT 0 store STORE d',
    'sort k STORE d STORE e',
    'sort k DESC STORE',
  ],
  georadius: [
    'georadius k 1 2 3 km',
    'georadius k 1 2 3 km STORE d',
    'georadius k 1 2 3 km ASC STORE d STOREDIST e',
  ],
  georadiusbymember: ['georadiusbymember k m 3 km', 'georadiusbymember k m 3 km STOREDIST e'],
  migrate: [
    'migrate h 1 k 0 10',
    "migrate h 1 '' 0 10 KEYS a b",
    "migrate h 1 '' 0 10 COPY AUTH keys KEYS a b",
    "migrate h 1 '' 0 10 AUTH2 keys keys KEYS a b",
  ],
  // With one argument, which is right, GETKEYS fails.
  pfmerge: ['pfmerge d a', 'pfmerge d a b'],
  zunionstore: ['zunionstore d 2 a b', 'zunionstore d 2 a b WEIGHTS 1 2'],
}
