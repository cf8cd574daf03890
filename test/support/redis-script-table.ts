/**
 * What every stock client runs directly and through the proxy, to see the same. On several hosts too: commands on several keys
 * use a hash tag where redis wants one slot, and none where the proxy splits.
 */

/** How two results are compared. `kind`: only what type each has, as their values are not predictable. */
export type Comparison = 'exact' | 'unordered' | 'kind'

export interface Step {
  readonly args: readonly string[]
  readonly compare: Comparison
}

const MANY = Array.from({ length: 12 }, (_, i) => `many:${i}`)
const GEO = 'geo'
const TO_LOAD = 'return ARGV[1] .. #KEYS'
const LOADED = new Bun.CryptoHasher('sha1').update(TO_LOAD).digest('hex')
const LIBRARY = `#!lua name=proof
redis.register_function('proof_add', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)`

const STRINGS: readonly Step[] = [
  exact('FLUSHALL'),
  exact('PING'),
  exact('PING', 'hello there'),
  exact('ECHO', ''),
  exact('SET', 'string:1', 'hello'),
  exact('GET', 'string:1'),
  exact('GET', 'string:none'),
  exact('SET', 'string:1', 'x', 'NX'),
  exact('SET', 'string:2', 'with GET', 'GET'),
  exact('SET', 'string:2', 'again', 'GET'),
  exact('APPEND', 'string:1', ' world'),
  exact('STRLEN', 'string:1'),
  exact('GETRANGE', 'string:1', '-5', '-1'),
  exact('SETRANGE', 'string:1', '6', 'WORLD'),
  exact('INCR', 'counter'),
  exact('INCRBY', 'counter', '41'),
  exact('INCRBYFLOAT', 'counter', '0.5'),
  exact('GETDEL', 'counter'),
  exact('SETBIT', 'bits', '7', '1'),
  exact('BITCOUNT', 'bits'),
  exact('BITFIELD', 'bits', 'SET', 'u8', '#1', '255', 'GET', 'u4', '4'),
  exact('SETEX', 'expiring', '100', 'v'),
  exact('PERSIST', 'expiring'),
  exact('TTL', 'expiring'),
  exact('EXPIREAT', 'expiring', '4102444800'),
  exact('EXPIRETIME', 'expiring'),
  exact('GETEX', 'expiring', 'PERSIST'),
  exact('TYPE', 'expiring'),
  exact('OBJECT', 'ENCODING', 'expiring'),
  exact('COPY', '{c}from', '{c}to'),
  exact('SET', '{c}from', 'é ü ☃ \u{1f600}'),
  exact('COPY', '{c}from', '{c}to'),
  exact('RENAME', '{c}to', '{c}renamed'),
  exact('GET', '{c}renamed'),
  exact('LCS', '{c}from', '{c}renamed', 'LEN'),
  exact('PFADD', 'hll', 'a', 'b', 'c', 'd'),
  exact('PFCOUNT', 'hll'),
]

const KEY_SPACE: readonly Step[] = [
  exact('MSET', ...MANY.flatMap((key, i) => [key, `value ${i}`])),
  exact('MGET', ...MANY, 'many:none', 'many:3'),
  exact('EXISTS', ...MANY, 'many:none', 'many:3'),
  exact('TOUCH', ...MANY),
  unordered('KEYS', 'many:*'),
  exact('DBSIZE'),
  exact('DEL', 'many:0', 'many:1', 'many:none'),
  exact('UNLINK', 'many:2', 'many:3'),
  exact('MGET', ...MANY),
  exact('MSETNX', '{nx}a', '1', '{nx}b', '2'),
  exact('MSETNX', '{nx}b', '3', '{nx}c', '4'),
  kind('RANDOMKEY'),
  kind('SCAN', '0', 'COUNT', '1000'),
  exact('SELECT', '3'),
  exact('DBSIZE'),
  exact('SET', 'in:3', 'three'),
  exact('GET', 'in:3'),
  exact('SELECT', '0'),
  exact('GET', 'in:3'),
]

const HASHES_AND_LISTS: readonly Step[] = [
  exact('HSET', 'hash', 'f1', 'v1', 'f2', 'v2', 'f3', ''),
  exact('HGET', 'hash', 'f1'),
  exact('HMGET', 'hash', 'f1', 'none', 'f2'),
  exact('HGETALL', 'hash'),
  exact('HGETALL', 'hash:none'),
  exact('HINCRBY', 'hash', 'n', '5'),
  exact('HINCRBYFLOAT', 'hash', 'n', '1.5'),
  exact('HDEL', 'hash', 'f1', 'f2', 'none'),
  exact('HKEYS', 'hash'),
  exact('HEXISTS', 'hash', 'f3'),
  unordered('HRANDFIELD', 'hash', '5'),
  exact('HSCAN', 'hash', '0'),
  exact('RPUSH', '{l}list', 'a', 'b', 'c', 'd', 'b'),
  exact('LPUSH', '{l}list', 'z'),
  exact('LRANGE', '{l}list', '0', '-1'),
  exact('LINSERT', '{l}list', 'BEFORE', 'c', 'bc'),
  exact('LPOS', '{l}list', 'b', 'COUNT', '0'),
  exact('LREM', '{l}list', '1', 'b'),
  exact('LSET', '{l}list', '0', 'Z'),
  exact('LTRIM', '{l}list', '0', '3'),
  exact('LMOVE', '{l}list', '{l}other', 'LEFT', 'RIGHT'),
  exact('LMPOP', '2', '{l}list', '{l}other', 'RIGHT', 'COUNT', '2'),
  exact('LPOP', '{l}list', '5'),
  exact('LPOP', '{l}list'),
  exact('BLPOP', '{l}other', '{l}list', '1'),
  exact('BLPOP', '{l}other', '{l}list', '0.02'),
  exact('BRPOP', 'nowhere', '0.02'),
  exact('RPUSH', '{l}list', 'one', 'two'),
  exact('BLMOVE', '{l}list', '{l}other', 'RIGHT', 'LEFT', '1'),
  exact('BLMPOP', '1', '2', '{l}none', '{l}other', 'LEFT'),
]

const SETS: readonly Step[] = [
  exact('SADD', '{s}a', '1', '2', '3', 'x'),
  exact('SADD', '{s}b', '2', '3', '4'),
  unordered('SMEMBERS', '{s}a'),
  exact('SISMEMBER', '{s}a', 'x'),
  exact('SMISMEMBER', '{s}a', 'x', 'y'),
  unordered('SINTER', '{s}a', '{s}b'),
  unordered('SUNION', '{s}a', '{s}b'),
  unordered('SDIFF', '{s}a', '{s}b'),
  exact('SINTERCARD', '2', '{s}a', '{s}b'),
  exact('SUNIONSTORE', '{s}c', '{s}a', '{s}b'),
  exact('SMOVE', '{s}a', '{s}b', 'x'),
  exact('SREM', '{s}b', 'x', 'y'),
  kind('SPOP', '{s}c'),
  exact('SCARD', '{s}c'),
  exact('ZADD', '{z}a', '1', 'one', '2.5', 'two and a half', 'inf', 'most'),
  exact('ZADD', '{z}a', 'INCR', '1', 'one'),
  exact('ZSCORE', '{z}a', 'two and a half'),
  exact('ZMSCORE', '{z}a', 'one', 'none'),
  exact('ZRANGE', '{z}a', '0', '-1', 'WITHSCORES'),
  exact('ZRANGE', '{z}a', '(2', '+inf', 'BYSCORE', 'LIMIT', '0', '1'),
  exact('ZRANGESTORE', '{z}b', '{z}a', '0', '1'),
  exact('ZINCRBY', '{z}a', '0.25', 'one'),
  exact('ZRANK', '{z}a', 'most'),
  exact('ZCOUNT', '{z}a', '-inf', '3'),
  exact('ZUNION', '2', '{z}a', '{z}b', 'WITHSCORES'),
  exact('ZINTERSTORE', '{z}c', '2', '{z}a', '{z}b', 'WEIGHTS', '2', '3'),
  exact('ZPOPMIN', '{z}a'),
  exact('ZPOPMAX', '{z}a', '5'),
  exact('ZMPOP', '2', '{z}a', '{z}b', 'MIN'),
  exact('BZPOPMIN', '{z}none', '{z}c', '1'),
  exact('BZPOPMAX', '{z}none', '0.02'),
  exact('GEOADD', GEO, '13.361389', '38.115556', 'Palermo', '15.087269', '37.502669', 'Catania'),
  exact('GEODIST', GEO, 'Palermo', 'Catania', 'km'),
  exact('GEOPOS', GEO, 'Palermo', 'none'),
  exact('GEOSEARCH', GEO, 'FROMMEMBER', 'Palermo', 'BYRADIUS', '200', 'km', 'ASC', 'WITHDIST'),
  exact('SORT', '{s}b', 'DESC'),
  exact('SORT', '{s}b', 'BY', 'nosort', 'STORE', '{s}sorted'),
]

const STREAMS: readonly Step[] = [
  exact('XADD', '{x}one', '1-1', 'field', 'value', 'other', ''),
  exact('XADD', '{x}one', '1-2', 'field', 'value 2'),
  exact('XADD', '{x}two', '2-1', 'f', 'v'),
  exact('XADD', '{x}one', '1-1', 'too', 'small'),
  exact('XLEN', '{x}one'),
  exact('XRANGE', '{x}one', '-', '+'),
  exact('XREAD', 'COUNT', '5', 'STREAMS', '{x}one', '{x}two', '0', '0'),
  exact('XREAD', 'BLOCK', '20', 'STREAMS', '{x}one', '$'),
  exact('XGROUP', 'CREATE', '{x}one', 'group', '0'),
  exact('XGROUP', 'CREATE', '{x}one', 'group', '0'),
  exact('XREADGROUP', 'GROUP', 'group', 'me', 'COUNT', '1', 'STREAMS', '{x}one', '>'),
  exact('XREADGROUP', 'GROUP', 'group', 'me', 'BLOCK', '20', 'STREAMS', '{x}one', '>'),
  exact('XPENDING', '{x}one', 'group'),
  exact('XACK', '{x}one', 'group', '1-1'),
  exact('XAUTOCLAIM', '{x}one', 'group', 'you', '0', '0', 'COUNT', '5'),
  exact('XINFO', 'GROUPS', '{x}one'),
  exact('XTRIM', '{x}one', 'MAXLEN', '1'),
  exact('XDEL', '{x}one', '1-2'),
]

const PROGRAMS: readonly Step[] = [
  exact('EVAL', 'return {KEYS[1], ARGV[1], 1, {2, false}}', '1', 'e', 'arg'),
  exact('EVAL', "return redis.call('SET', KEYS[1], ARGV[1])", '1', 'evaluated', 'yes'),
  exact('EVAL', "return redis.error_reply('MY own error')", '0'),
  exact('EVAL_RO', "return redis.call('GET', KEYS[1])", '1', 'evaluated'),
  exact('SCRIPT', 'LOAD', TO_LOAD),
  exact('EVALSHA', LOADED, '1', 'e', 'keys: '),
  exact('EVALSHA', LOADED.replace('2', 'f'), '0'),
  exact('SCRIPT', 'EXISTS', LOADED, LOADED.replace('2', 'f')),
  exact('FUNCTION', 'LOAD', 'REPLACE', LIBRARY),
  exact('FCALL', 'proof_add', '1', 'function:key', '7'),
  exact('FCALL', 'proof_add', '1', 'function:key', '7'),
  exact('MULTI'),
  exact('SET', '{m}a', '1'),
  exact('INCR', '{m}a'),
  exact('LPUSH', '{m}a', 'of the wrong type'),
  exact('MGET', '{m}a', '{m}b'),
  exact('EXEC'),
  exact('MULTI'),
  exact('SET', '{m}a', 'discarded'),
  exact('DISCARD'),
  exact('GET', '{m}a'),
  exact('WATCH', '{m}a'),
  exact('SET', '{m}a', 'changed'),
  exact('MULTI'),
  exact('GET', '{m}a'),
  exact('EXEC'),
  exact('WATCH', '{m}a'),
  exact('UNWATCH'),
  exact('MULTI'),
  exact('NOSUCHCOMMAND'),
  exact('EXEC'),
  exact('EXEC'),
  exact('PUBLISH', 'channel', 'nobody listens'),
  exact('PUBSUB', 'CHANNELS'),
  exact('PUBSUB', 'NUMSUB', 'channel'),
]

const MISTAKES: readonly Step[] = [
  exact('GET'),
  exact('SET', 'only a key'),
  exact('MSET', 'a', '1', 'b'),
  exact('LPUSH', 'string:1', 'x'),
  exact('INCR', 'string:1'),
  exact('SETEX', 'string:1', '0', 'v'),
  exact('HSET', 'hash', 'field'),
  exact('ZADD', '{z}a', 'not a number', 'm'),
  exact('NOSUCHCOMMAND', 'with', 'arguments'),
  exact('EVAL', 'return', 'x'),
  exact('XADD', '{x}one', 'bad id', 'f', 'v'),
  exact('SELECT', 'x'),
]

const ABOUT: readonly Step[] = [
  exact('CLIENT', 'SETNAME', 'proof'),
  exact('CLIENT', 'GETNAME'),
  kind('CLIENT', 'ID'),
  kind('INFO'),
  kind('TIME'),
  kind('COMMAND', 'COUNT'),
  exact('COMMAND', 'GETKEYS', 'MSET', 'a', '1', 'b', '2'),
  // Over several hosts the lists stand one behind the other, as Envoy gives them.
  kind('CONFIG', 'GET', 'maxmemory-policy'),
  exact('WAIT', '0', '0'),
  exact('FLUSHDB'),
  exact('DBSIZE'),
]

export const SCRIPT: readonly Step[] = [
  ...STRINGS,
  ...KEY_SPACE,
  ...HASHES_AND_LISTS,
  ...SETS,
  ...STREAMS,
  ...PROGRAMS,
  ...MISTAKES,
  ...ABOUT,
]

function exact(...args: string[]): Step {
  return { args, compare: 'exact' }
}

function unordered(...args: string[]): Step {
  return { args, compare: 'unordered' }
}

function kind(...args: string[]): Step {
  return { args, compare: 'kind' }
}
