import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { requestOf } from '../../src/redis/arguments.ts'
import type { Command } from '../../src/redis/command.ts'
import { COMMANDS_BY_NAME } from '../../src/redis/commands.ts'
import * as errors from '../../src/redis/errors.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { connectToRedis, encodeCommand, type RedisWire } from '../support/redis-wire.ts'
import { needs } from '../support/require.ts'

function command(name: string): Command {
  const [word, sub] = name.split('|')
  const found = COMMANDS_BY_NAME.get(word!)!
  return sub === undefined ? found : found.subcommands!.get(sub)!
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe.if(needs('redis'))("a real server's words are ours for", () => {
  let server: RedisServer
  let cluster: RedisServer

  beforeAll(async () => {
    server = await startRedis()
    cluster = await startRedis(undefined, ['--cluster-enabled', 'yes'])
    const wire = await connectToRedis(cluster.port)
    await wire.reply('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    while (!(await wire.text('CLUSTER', 'INFO')).includes('cluster_state:ok')) await Bun.sleep(10)
    wire.close()
  })

  afterAll(async () => {
    await server.kill()
    await cluster.kill()
  })

  /** The last reply to what is sent, one command a line, on a connection of its own. */
  async function last(port: number, requests: readonly (string | Uint8Array)[]): Promise<string> {
    const wire: RedisWire = await connectToRedis(port)
    let reply: Uint8Array = new Uint8Array(0)
    for (const one of requests) {
      reply = await wire.raw(typeof one === 'string' ? encodeCommand(one.split(' ')) : one)
    }
    wire.close()
    return textOf(reply)
  }

  const cases: readonly (readonly [string, Uint8Array, ...(string | Uint8Array)[]])[] = [
    ['NOPROTO', errors.NOPROTO, 'HELLO 4'],
    ['a HELLO without a number', errors.BAD_PROTOCOL_VERSION, 'HELLO x'],
    ['a HELLO option', errors.helloSyntax(requestOf('HELLO', '3', 'nöpe'), 2), 'HELLO 3 nöpe'],
    ['a wrong password', errors.WRONGPASS_REDIS, 'AUTH u p'],
    ['a client name', errors.BAD_CLIENT_NAME, encodeCommand(['CLIENT', 'SETNAME', 'a b'])],
    ['CLIENT CACHING', errors.CACHING_WITHOUT_TRACKING, 'CLIENT CACHING yes'],
    ['syntax', errors.SYNTAX_ERROR, 'SET a b nope'],
    ['an integer', errors.NOT_AN_INTEGER, 'LPOP a x', 'INCRBY a x'],
    ['a database', errors.BAD_DATABASE, 'SELECT 999'],
    ['a cursor', errors.INVALID_CURSOR, 'SCAN x'],
    ['negative numkeys', errors.NEGATIVE_KEYS, 'EVAL s -1'],
    ['too many numkeys', errors.TOO_MANY_KEYS, 'EVAL s 3 a'],
    ['a timeout', errors.BAD_TIMEOUT, 'BLPOP a x'],
    ['a negative timeout', errors.NEGATIVE_TIMEOUT, 'BLPOP a -1'],
    ['a missing script', errors.NOSCRIPT, `EVALSHA ${'f'.repeat(40)} 0`],
    ['EXECABORT', errors.EXECABORT, 'MULTI', 'NOSUCH', 'EXEC'],
    ['MULTI in MULTI', errors.NESTED_MULTI, 'MULTI', 'MULTI'],
    ['WATCH in MULTI', errors.WATCH_IN_MULTI, 'MULTI', 'WATCH a'],
    ['EXEC', errors.EXEC_WITHOUT_MULTI, 'EXEC'],
    ['DISCARD', errors.DISCARD_WITHOUT_MULTI, 'DISCARD'],
    ['MONITOR in MULTI', errors.NOT_IN_MULTI, 'MULTI', 'SYNC'],
    ['a number of arguments', errors.wrongArity(command('get')), 'GET'],
    ['one of a subcommand', errors.wrongArity(command('object|encoding')), 'OBJECT ENCODING'],
    ['one of a container', errors.wrongArity(command('object')), 'OBJECT'],
    [
      'one of a subcommand in capitals',
      errors.wrongArity(command('xgroup|create')),
      'XGROUP CREATE a',
    ],
    ['a subscriber', errors.notWhileSubscribed(command('get')), 'SUBSCRIBE a', 'GET a'],
    [
      "a subscriber's subcommand",
      errors.notWhileSubscribed(command('client|id')),
      'SUBSCRIBE a',
      'CLIENT ID',
    ],
    [
      'the count of arguments',
      errors.protocolError('invalid multibulk length'),
      Buffer.from('*x\r\n'),
    ],
    [
      'too many of them',
      errors.protocolError('invalid multibulk length'),
      Buffer.from('*2147483648\r\n'),
    ],
    ['the length of one', errors.protocolError('invalid bulk length'), Buffer.from('*1\r\n$x\r\n')],
    [
      'what is no length',
      errors.protocolError("expected '$', got 'x'"),
      Buffer.from('*1\r\nx1\r\n'),
    ],
    ['quotes', errors.protocolError('unbalanced quotes in request'), Buffer.from('GET "a\r\n')],
    ['a long line', errors.protocolError('too big inline request'), Buffer.alloc(70_000, 'x')],
    [
      'a long count',
      errors.protocolError('too big mbulk count string'),
      Buffer.from(`*${'1'.repeat(70_000)}`),
    ],
    [
      'a long length',
      errors.protocolError('too big bulk count string'),
      Buffer.from(`*1\r\n$${'1'.repeat(70_000)}`),
    ],
  ]
  for (const [name, ours, ...requests] of cases) {
    test(name, async () => {
      expect(textOf(ours)).toBe(await last(server.port, requests))
    })
  }

  const unknown: readonly (readonly (string | Uint8Array)[])[] = [
    ['FoO'],
    ['foo', 'a', 'b'],
    ['x'.repeat(300), 'y'.repeat(300)],
    ['foo', 'a'.repeat(100), 'b'.repeat(100), 'c'],
    ['foo', 'a'.repeat(125), 'b', 'c'],
    ['fo\ro\n', 'a\r\nb'],
    ['fo\0o', 'a\0b', 'c'],
    ['f\x01\x7f', '\xff\xfe'],
    ['', ''],
    ['ключ', 'значение'],
  ]
  for (const words of unknown) {
    test(`the unknown command ${JSON.stringify(words).slice(0, 40)}`, async () => {
      const request = encodeCommand(words as string[])
      const reply = await last(server.port, [request])
      expect(textOf(errors.unknownCommand(requestOf(...words)))).toBe(reply)
    })
  }

  for (const sub of ['NOPE', 'x'.repeat(300), 'a\nb', 'a\0b', '']) {
    test(`the unknown subcommand ${JSON.stringify(sub).slice(0, 20)}`, async () => {
      const reply = await last(server.port, [encodeCommand(['oBject', sub])])
      expect(textOf(errors.unknownSubcommand(command('object'), requestOf('oBject', sub)))).toBe(
        reply,
      )
    })
  }

  test('who has not said a password', async () => {
    const wire = await connectToRedis(server.port)
    await wire.reply('CONFIG', 'SET', 'requirepass', 'x')
    try {
      expect(await last(server.port, ['GET a'])).toBe(textOf(errors.NOAUTH))
      expect(await last(server.port, ['HELLO 3'])).toBe(textOf(errors.NOAUTH_HELLO))
      expect(await last(server.port, [Buffer.from('*11\r\n')])).toBe(
        textOf(errors.protocolError('unauthenticated multibulk length')),
      )
      expect(await last(server.port, [Buffer.from('*1\r\n$16385\r\n')])).toBe(
        textOf(errors.protocolError('unauthenticated bulk length')),
      )
    } finally {
      await wire.reply('CONFIG', 'SET', 'requirepass', '')
      wire.close()
    }
  })

  test('keys in different slots', async () => {
    expect(await last(cluster.port, ['MGET a b'])).toBe(textOf(errors.CROSSSLOT))
  })
})

describe('what only a proxy says', () => {
  test('is one line, whatever is in it', () => {
    for (const make of [
      () => errors.helloSyntax(requestOf('a\r\nb'), 0),
      () => errors.shardOutOfRange('9', 3),
      () => errors.finishedWith(2, ' from select'),
      () => errors.refused(command('cluster|meet')),
      () => errors.keysOnSeveralHosts(command('rename')),
    ]) {
      const text = textOf(make())
      expect(text.startsWith('-')).toBeTrue()
      expect(text.slice(0, -2)).not.toMatch(/[\r\n]/)
      expect(text.endsWith('\r\n')).toBeTrue()
    }
  })

  test('has the words of Envoy', () => {
    expect(textOf(errors.finishedWith(2))).toBe('-finished with 2 error(s)\r\n')
    expect(textOf(errors.shardOutOfRange('9', 3))).toBe('-ERR shard_id 9 out of range (0-2)\r\n')
    expect(textOf(errors.UPSTREAM_FAILURE)).toBe('-upstream failure\r\n')
    expect(textOf(errors.refused(command('cluster|meet')))).toBe(
      "-ERR 'cluster meet' is not for clients of a proxy\r\n",
    )
  })
})
