import { integerArgument, isWord } from './arguments.ts'
import type { Command, RequestArguments } from './command.ts'
import { COMMANDS } from './commands.ts'
import {
  DOUBLE,
  ENTRIES,
  either,
  fields,
  listOf,
  MAP,
  mapOf,
  pairs,
  SET,
  type Shape,
  setOf,
  tuple,
  VERBATIM,
} from './resp3-shape.ts'

/** Flat or in pairs: which, only the request says. */
type ShapeOfRequest = (request: RequestArguments) => Shape | null

/** Key and two bounds, or key and count, come before it. */
const withScores: ShapeOfRequest = (request) =>
  hasWord(request, 'withscores', 3) ? pairs(DOUBLE) : null

/** Keys, as many as argument 1 says, come before it. */
const withScoresBehindKeys: ShapeOfRequest = (request) => {
  const start = 2 + integerArgument(request, 1)
  return hasWord(request, 'withscores', start) ? pairs(DOUBLE) : null
}

const withValues: ShapeOfRequest = (request) =>
  hasWord(request, 'withvalues', 3) ? pairs(null) : null

/** With a count, pairs; without, a member and its score. */
const popped: ShapeOfRequest = (request) => (request.argc > 2 ? pairs(DOUBLE) : tuple(null, DOUBLE))

/** Members with their distance, hash and place, of which RESP3 has the place's two numbers as doubles. */
const PLACES = listOf(listOf(listOf(DOUBLE)))

/** COMMAND DOCS: arguments have arguments. */
const ARGUMENT: Shape = {
  as: 'map',
  value: null,
  fields: {
    flags: SET,
    get arguments(): Shape {
      return listOf(ARGUMENT)
    },
  },
}

const COMMAND_DOCS: Shape = {
  as: 'map',
  value: null,
  fields: {
    history: SET,
    doc_flags: SET,
    arguments: listOf(ARGUMENT),
    get subcommands(): Shape {
      return mapOf(COMMAND_DOCS)
    },
  },
}

const KEY_SEARCH = fields({ spec: MAP })
const KEY_SPEC = fields({ flags: SET, begin_search: KEY_SEARCH, find_keys: KEY_SEARCH })

/** A command's entry in COMMAND INFO. Its subcommands are such entries again; without any they are an empty set. */
const COMMAND_INFO: Shape = {
  as: 'tuple',
  get items(): readonly (Shape | null)[] {
    return [null, null, SET, null, null, null, SET, SET, setOf(KEY_SPEC), SUBCOMMANDS]
  },
}

const SUBCOMMANDS: Shape = { as: 'list-or-empty-set', of: COMMAND_INFO }

const SHAPES: Readonly<Record<string, Shape | ShapeOfRequest>> = {
  'acl|getuser': fields({ flags: SET, selectors: listOf(MAP) }),
  'acl|log': listOf(fields({ 'age-seconds': DOUBLE })),
  bzmpop: tuple(null, listOf(tuple(null, DOUBLE))),
  bzpopmax: tuple(null, null, DOUBLE),
  bzpopmin: tuple(null, null, DOUBLE),
  'client|info': VERBATIM,
  'client|list': VERBATIM,
  'client|trackinginfo': fields({ flags: SET }),
  'cluster|info': VERBATIM,
  'cluster|links': listOf(MAP),
  'cluster|nodes': VERBATIM,
  'cluster|shards': listOf(fields({ nodes: listOf(MAP) })),
  'cluster|slot-stats': listOf(tuple(null, MAP)),
  'cluster|slots': listOf(listOf(tuple(null, null, null, MAP))),
  command: listOf(COMMAND_INFO),
  'command|docs': mapOf(COMMAND_DOCS),
  'command|getkeysandflags': listOf(tuple(null, SET)),
  'command|info': listOf(COMMAND_INFO),
  'config|get': MAP,
  'function|list': listOf(fields({ functions: listOf(fields({ flags: SET })) })),
  'function|stats': fields({ running_script: MAP, engines: mapOf(MAP) }),
  geopos: listOf(listOf(DOUBLE)),
  georadius: PLACES,
  georadius_ro: PLACES,
  georadiusbymember: PLACES,
  georadiusbymember_ro: PLACES,
  geosearch: PLACES,
  hello: MAP,
  hgetall: MAP,
  hrandfield: withValues,
  info: VERBATIM,
  'latency|doctor': VERBATIM,
  'latency|graph': VERBATIM,
  'latency|histogram': mapOf(fields({ histogram_usec: MAP })),
  lcs: MAP,
  lolwut: VERBATIM,
  'memory|doctor': VERBATIM,
  'memory|malloc-stats': VERBATIM,
  'memory|stats': mapOf(either(DOUBLE, MAP)),
  'module|list': listOf(MAP),
  sdiff: SET,
  sinter: SET,
  smembers: SET,
  spop: SET,
  sunion: SET,
  'xinfo|consumers': listOf(MAP),
  'xinfo|groups': listOf(MAP),
  'xinfo|stream': fields({ groups: listOf(fields({ consumers: listOf(MAP) })) }),
  xread: ENTRIES,
  xreadgroup: ENTRIES,
  zadd: DOUBLE,
  zdiff: withScoresBehindKeys,
  zincrby: DOUBLE,
  zinter: withScoresBehindKeys,
  zmpop: tuple(null, listOf(tuple(null, DOUBLE))),
  zmscore: listOf(DOUBLE),
  zpopmax: popped,
  zpopmin: popped,
  zrandmember: withScores,
  zrange: withScores,
  zrangebyscore: withScores,
  // 7.2: WITHSCORE.
  zrank: tuple(null, DOUBLE),
  zrevrange: withScores,
  zrevrangebyscore: withScores,
  zrevrank: tuple(null, DOUBLE),
  zscore: DOUBLE,
  zunion: withScoresBehindKeys,
}

/** By the command's index. */
const shapes: readonly (Shape | ShapeOfRequest | null)[] = COMMANDS.map(
  ({ name }) => SHAPES[name] ?? null,
)

/**
 * How a RESP3 server's reply to this request differs from a RESP2 server's; null: in its nulls only. Modules have forms of their
 * own that are not told here, as every server that has them speaks RESP3 itself.
 */
export function shapeOf(command: Command, request: RequestArguments): Shape | null {
  const shape = shapes[command.index] ?? null
  return typeof shape === 'function' ? shape(request) : shape
}

function hasWord(request: RequestArguments, word: string, from: number): boolean {
  for (let i = from; i < request.argc; i++) if (isWord(request, i, word)) return true
  return false
}
