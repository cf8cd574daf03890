import {
  anywhere,
  at,
  BLOCKS_IF_ASKED,
  type CommandRow,
  count,
  everywhere,
  KEY,
  keyed,
  ONE_HOST,
  plain,
  range,
  SUBCOMMAND_KEY,
  WRITE,
} from './command-row.ts'

/**
 * The commands of the modules in redis 8 (before that: redis stack). A module judges its arguments itself and changes its mind
 * between versions, so the arity here is only the least that a key needs.
 */

const BLOOM: readonly CommandRow[] = [
  ...keyedAll(WRITE, ['bf.add', 'bf.insert', 'bf.loadchunk', 'bf.madd', 'bf.reserve']),
  ...keyedAll(0, ['bf.card', 'bf.debug', 'bf.exists', 'bf.info', 'bf.mexists', 'bf.scandump']),
]

const CUCKOO: readonly CommandRow[] = [
  ...keyedAll(WRITE, ['cf.add', 'cf.addnx', 'cf.compact', 'cf.del', 'cf.insert', 'cf.insertnx']),
  ...keyedAll(WRITE, ['cf.loadchunk', 'cf.reserve']),
  ...keyedAll(0, ['cf.count', 'cf.debug', 'cf.exists', 'cf.info', 'cf.mexists', 'cf.scandump']),
]

const SKETCHES: readonly CommandRow[] = [
  ...keyedAll(WRITE, ['cms.incrby', 'cms.initbydim', 'cms.initbyprob']),
  ...keyedAll(0, ['cms.info', 'cms.query']),
  keyed('cms.merge', -4, [at(1), count(2)], WRITE),
  ...keyedAll(WRITE, ['topk.add', 'topk.incrby', 'topk.reserve']),
  ...keyedAll(0, ['topk.count', 'topk.info', 'topk.list', 'topk.query']),
  ...keyedAll(WRITE, ['tdigest.add', 'tdigest.create', 'tdigest.reset']),
  ...keyedAll(0, ['tdigest.byrank', 'tdigest.byrevrank', 'tdigest.cdf', 'tdigest.info']),
  ...keyedAll(0, ['tdigest.max', 'tdigest.min', 'tdigest.quantile', 'tdigest.rank']),
  ...keyedAll(0, ['tdigest.revrank', 'tdigest.trimmed_mean']),
  keyed('tdigest.merge', -4, [at(1), count(2)], WRITE),
]

const JSON_DOCUMENTS: readonly CommandRow[] = [
  ...keyedAll(WRITE, ['json.arrappend', 'json.arrinsert', 'json.arrpop', 'json.arrtrim']),
  ...keyedAll(WRITE, ['json.clear', 'json.del', 'json.forget', 'json.merge', 'json.numincrby']),
  ...keyedAll(WRITE, ['json.nummultby', 'json.numpowby', 'json.set', 'json.strappend']),
  ...keyedAll(WRITE, ['json.toggle']),
  ...keyedAll(0, ['json.arrindex', 'json.arrlen', 'json.get', 'json.objkeys', 'json.objlen']),
  ...keyedAll(0, ['json.resp', 'json.strlen', 'json.type']),
  // JSON.DEBUG MEMORY key: the module has no subcommands of its own in COMMAND's sense.
  keyed('json.debug', -2, SUBCOMMAND_KEY),
  keyed('json.mget', -3, [range(1, -2)]),
  keyed('json.mset', -4, [range(1, -1, 3)], WRITE),
]

const TIME_SERIES: readonly CommandRow[] = [
  ...keyedAll(WRITE, ['ts.add', 'ts.alter', 'ts.create', 'ts.decrby', 'ts.del', 'ts.incrby']),
  ...keyedAll(0, ['ts.get', 'ts.info', 'ts.range', 'ts.revrange']),
  keyed('ts.createrule', -3, [range(1, 2)], WRITE),
  keyed('ts.deleterule', -3, [range(1, 2)], WRITE),
  keyed('ts.madd', -4, [range(1, -1, 3)], WRITE),
  // By labels, over all series there are.
  everywhere('ts.mget', -2, 'concat'),
  everywhere('ts.queryindex', -2, 'concat'),
  anywhere('ts.mrange', -2, ONE_HOST),
  anywhere('ts.mrevrange', -2, ONE_HOST),
  // 8.10
  keyed('ts.nrange', -3, [count(1)]),
  keyed('ts.nrevrange', -3, [count(1)]),
  keyed('ts.read', -2, KEY, BLOCKS_IF_ASKED),
  everywhere('ts.querylabels', -1, 'union'),
]

/**
 * An index covers the documents of its host. In a redis cluster the node that is asked asks the others; over plain hosts
 * nobody would, so a search needs one host.
 */
const SEARCH: readonly CommandRow[] = [
  anywhere('ft._list', -1, ONE_HOST),
  ...oneHost(['ft.aggregate', 'ft.aliaslist', 'ft.cursor', 'ft.dictdump', 'ft.explain']),
  ...oneHost(['ft.explaincli', 'ft.hybrid', 'ft.info', 'ft.profile', 'ft.search']),
  ...oneHost(['ft.spellcheck', 'ft.syndump', 'ft.tagvals']),
  ...oneHost(['ft.aliasadd', 'ft.aliasdel', 'ft.aliasupdate', 'ft.alter', 'ft.config']),
  ...oneHost(['ft.create', 'ft.dictadd', 'ft.dictdel', 'ft.drop', 'ft.dropindex', 'ft.synupdate']),
  // Suggestions live under a key like any value.
  ...keyedAll(WRITE, ['ft.sugadd', 'ft.sugdel']),
  ...keyedAll(0, ['ft.sugget', 'ft.suglen']),
]

const VECTORS: readonly CommandRow[] = [
  ...keyedAll(WRITE, ['vadd', 'vrem', 'vsetattr']),
  ...keyedAll(0, ['vcard', 'vdim', 'vemb', 'vgetattr', 'vinfo', 'vismember', 'vlinks']),
  ...keyedAll(0, ['vrandmember', 'vrange', 'vsim']),
]

function keyedAll(flags: number, names: readonly string[]): readonly CommandRow[] {
  return names.map((name) => keyed(name, -2, KEY, flags))
}

function oneHost(names: readonly string[]): readonly CommandRow[] {
  return names.map((name) => plain(name, -2, 'anywhere', ONE_HOST))
}

export const MODULE_COMMANDS: readonly CommandRow[] = [
  ...BLOOM,
  ...CUCKOO,
  ...SKETCHES,
  ...JSON_DOCUMENTS,
  ...TIME_SERIES,
  ...SEARCH,
  ...VECTORS,
]
