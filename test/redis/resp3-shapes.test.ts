import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { decodeValue } from '../../src/codec/resp/decode-value.ts'
import { encodeValue } from '../../src/codec/resp/encode-value.ts'
import { bulk, isAggregate, NULL_ARRAY, type RespValue } from '../../src/codec/resp/value.ts'
import { requestOf } from '../../src/redis/arguments.ts'
import type { Command } from '../../src/redis/command.ts'
import { COMMANDS_BY_NAME } from '../../src/redis/commands.ts'
import { applyShape, MAP, pairs } from '../../src/redis/resp3-shape.ts'
import { shapeOf } from '../../src/redis/resp3-shapes-table.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { connectToRedis, type RedisWire } from '../support/redis-wire.ts'
import { needs } from '../support/require.ts'

function commandOf(words: readonly string[]): Command {
  const command = COMMANDS_BY_NAME.get(words[0]!.toLowerCase())!
  return command.subcommands?.get(words[1]?.toLowerCase() ?? '') ?? command
}

function translate(words: readonly string[], reply: Uint8Array): RespValue {
  const shape = shapeOf(commandOf(words), requestOf(...words))
  const translated = applyShape(decodeValue(reply, 0)!.value, shape)
  return decodeValue(encodeValue(translated, 3), 0)!.value
}

/** Data for the commands below, made once: what they read they leave as it is. */
const DATA = `
  HSET h a 1 b 2
  HSET h1 a 1
  SADD s a b c
  SADD t a b
  ZADD z 1 a 2.5 b inf c
  ZADD y 1 a
  GEOADD g 13.361389 38.115556 P 15.087269 37.502669 C
  RPUSH l a b c
  SET k ohmytext
  SET k2 mynewtext
  XADD x 1-1 f v
  XADD x 2-1 f v
  XGROUP CREATE x grp 0
  XREADGROUP GROUP grp c COUNT 1 STREAMS x >
  ACL SETUSER bob on >x (+get ~a)
  AUTH bob wrong
`

/** Same bytes from both. */
const EQUAL = `
  GET k | GET none | HGETALL h | HGETALL none | HGETALL k | HRANDFIELD h1 | HRANDFIELD h 5 | HRANDFIELD h 5 WITHVALUES
  HRANDFIELD none 2 WITHVALUES | HMGET h a none | HSCAN h 0 | CONFIG GET maxmemory* | CONFIG GET none | SMEMBERS s
  SMEMBERS none | SUNION s t | SDIFF s t | SINTER s t | SPOP none | SPOP none 5 | SMISMEMBER s a z | SSCAN t 0
  ZSCORE z a | ZSCORE z c | ZSCORE z none | ZMSCORE z a none | ZRANGE z 0 -1 | ZRANGE z 0 -1 WITHSCORES
  ZREVRANGE z 0 -1 withscores | ZRANGEBYSCORE z 0 9 WITHSCORES | ZRANGEBYSCORE z 0 inf LIMIT 0 1 WITHSCORES
  ZREVRANGEBYSCORE z 9 0 WITHSCORES LIMIT 0 1 | ZRANGEBYLEX y - + | ZUNION 2 z y WITHSCORES | ZINTER 2 z y WITHSCORES
  ZDIFF 2 z y WITHSCORES | ZUNION 2 z y | ZUNION 2 z withscores | ZRANDMEMBER y | ZRANDMEMBER y 1
  ZRANDMEMBER y 1 WITHSCORES | ZSCAN y 0 | ZRANK z a | ZRANK z none | ZADD z NX INCR 1 a | ZADD y 1 a
  ZPOPMIN none | ZPOPMAX none 2 | BZPOPMIN none 0.01 | ZMPOP 1 none MIN | LMPOP 1 none LEFT | BLPOP none 0.01
  LPOP none 2 | LPOS l z | LPOS l b COUNT 1 | GEOPOS g P none | GEODIST g P C | GEODIST g P none
  GEORADIUS g 15 37 200 km WITHCOORD WITHDIST WITHHASH ASC | GEORADIUS g 15 37 200 km
  GEORADIUSBYMEMBER g P 200 km WITHCOORD ASC | GEORADIUS_RO g 15 37 200 km WITHCOORD ASC
  GEOSEARCH g FROMMEMBER P BYRADIUS 200 km WITHDIST ASC | GEOSEARCH g FROMMEMBER P BYRADIUS 200 km WITHCOORD ASC
  GEOHASH g P none | XREAD COUNT 5 STREAMS x 0 | XREAD COUNT 5 STREAMS x none 0 0 | XREAD COUNT 5 STREAMS x 99
  XRANGE x - + | XINFO STREAM x | XINFO STREAM x FULL | XINFO GROUPS x | XPENDING x grp | LCS k k2 | LCS k k2 LEN
  LCS k k2 IDX | LCS k k2 IDX WITHMATCHLEN | MEMORY USAGE none | COMMAND COUNT | COMMAND LIST
  COMMAND INFO get bitfield object nosuch sort xread zunionstore eval | COMMAND DOCS get object xadd set lpop geosearch
  COMMAND | COMMAND DOCS | COMMAND GETKEYS get a | COMMAND GETKEYSANDFLAGS copy a b | ACL GETUSER default
  ACL GETUSER bob | ACL GETUSER none | ACL LIST | ACL USERS | CLIENT GETNAME | CLIENT TRACKINGINFO | FUNCTION LIST
  FUNCTION STATS | LATENCY LATEST | MODULE LIST | PUBSUB CHANNELS | PUBSUB NUMSUB a | PUBSUB NUMPAT
  MEMORY DOCTOR | LATENCY DOCTOR | LATENCY GRAPH none | ROLE | KEYS none | DBSIZE | OBJECT HELP | EXISTS a
  SCRIPT EXISTS aa | SORT l ALPHA | SORT l BY nosort GET none* | MGET a k | DUMP none | SET none v XX | HGETALL
  BITFIELD none OVERFLOW FAIL INCRBY u2 0 9 | EVAL return{1,2,false,'x'} 0 | CLUSTER INFO | NOSUCH
`

/** Same types, as what they say changes from one moment to the next. */
const ALIKE = `
  INFO | INFO server | CLIENT LIST | CLIENT INFO | MEMORY STATS | MEMORY MALLOC-STATS | ACL LOG | LOLWUT | HELLO
  LOLWUT VERSION 5 | LATENCY HISTOGRAM | LATENCY HISTOGRAM get set | SLOWLOG GET 2 | TIME | XINFO CONSUMERS x grp
`

/** Same types, and each of the two connections has its own key, as the command takes something away. */
const TAKING = `
  ZADD @ INCR 1 a | ZINCRBY @ 1 a | ZPOPMIN @ | ZPOPMAX @ 2 | BZPOPMIN @ 1 | BZPOPMAX @ 1 | ZMPOP 1 @ MIN
  BZMPOP 1 1 @ MIN COUNT 2 | INCRBYFLOAT @f 1.5 | HINCRBYFLOAT @h f 1.5 | SPOP @s 2 | SPOP @s
  XREADGROUP GROUP g c COUNT 1 STREAMS @x > | XREADGROUP GROUP g c COUNT 1 STREAMS @x 99 | XAUTOCLAIM @x g d 0 0
  XCLAIM @x g c 0 1-1 | XINFO STREAM @x FULL | LMPOP 1 @l LEFT | BLMPOP 1 1 @l LEFT | BLPOP @l 1
`

function lines(text: string): string[][] {
  return text
    .split(/\n|\|/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
}

/** Which types stand where, without what they say and without repetition. */
function typesOf(value: RespValue): string {
  if (!isAggregate(value)) return value.type
  return `${value.type}(${[...new Set(value.items.map(typesOf))].join(', ')})`
}

describe.if(needs('redis'))('a RESP2 reply, translated, is what RESP3 has for', () => {
  let server: RedisServer
  let two: RedisWire
  let three: RedisWire

  beforeAll(async () => {
    server = await startRedis()
    two = await connectToRedis(server.port)
    three = await connectToRedis(server.port, 3)
    for (const words of lines(DATA)) await two.reply(...words)
  })

  afterAll(async () => {
    two.close()
    three.close()
    await server.kill()
  })

  for (const words of lines(EQUAL)) {
    test(words.join(' '), async () => {
      const known = COMMANDS_BY_NAME.has(words[0]!.toLowerCase())
      const reply = await two.reply(...words)
      const wanted = decodeValue(await three.reply(...words), 0)!.value
      const translated = known ? translate(words, reply) : decodeValue(reply, 0)!.value
      expect(translated).toEqual(wanted)
    })
  }

  for (const words of lines(ALIKE)) {
    test(words.join(' '), async () => {
      const translated = translate(words, await two.reply(...words))
      const wanted = decodeValue(await three.reply(...words), 0)!.value
      expect(typesOf(translated)).toBe(typesOf(wanted))
    })
  }

  for (const words of lines(TAKING)) {
    test(words.join(' '), async () => {
      const values: RespValue[] = []
      for (const [wire, name] of [
        [two, 'two'],
        [three, 'three'],
      ] as const) {
        await fill(wire, name)
        const mine = words.map((word) => word.replace('@', name))
        const reply = await wire.reply(...mine)
        const value = decodeValue(reply, 0)!.value
        values.push(wire === two ? translate(mine, reply) : value)
      }
      expect(values[0]!.type).not.toBe('null')
      expect(typesOf(values[0]!)).toBe(typesOf(values[1]!))
    })
  }
})

async function fill(wire: RedisWire, name: string): Promise<void> {
  await wire.reply('DEL', name, `${name}f`, `${name}h`, `${name}s`, `${name}l`, `${name}x`)
  await wire.reply('ZADD', name, '1', 'a', '2', 'b', '3', 'c')
  await wire.reply('SADD', `${name}s`, 'a', 'b', 'c')
  await wire.reply('RPUSH', `${name}l`, 'a', 'b')
  await wire.reply('XADD', `${name}x`, '1-1', 'f', 'v')
  await wire.reply('XGROUP', 'CREATE', `${name}x`, 'g', '0')
  await wire.reply('XADD', `${name}x`, '2-1', 'f', 'v')
  await wire.reply('XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '1', 'STREAMS', `${name}x`, '>')
}

describe('a shape', () => {
  test('leaves alone what it is not made for', () => {
    const odd: RespValue = { type: 'array', items: [bulk('a')] }
    expect(applyShape(odd, MAP)).toBe(odd)
    expect(applyShape(odd, pairs(null))).toBe(odd)
    expect(applyShape(NULL_ARRAY, MAP)).toBe(NULL_ARRAY)
    expect(applyShape(bulk('a'), MAP)).toEqual(bulk('a'))
    const mixed: RespValue = { type: 'array', items: [bulk('a'), bulk('b')] }
    expect(applyShape(mixed, { as: 'entries' })).toBe(mixed)
  })

  test('takes a field for no other of its prototype', () => {
    const words = ['acl', 'getuser', 'x']
    const shape = shapeOf(commandOf(words), requestOf(...words))
    const value: RespValue = { type: 'array', items: [bulk('constructor'), bulk('x')] }
    expect(applyShape(value, shape)).toEqual({ type: 'map', items: value.items })
  })
})
