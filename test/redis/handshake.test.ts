import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { encodeValue } from '../../src/codec/resp/encode-value.ts'
import { type RespValue, textOf } from '../../src/codec/resp/value.ts'
import {
  type ClientDescription,
  clientLine,
  clientList,
  helloReply,
  NO_TRACKING,
} from '../../src/redis/handshake.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { connectToRedis } from '../support/redis-wire.ts'
import { needs } from '../support/require.ts'

const wireOf = (value: RespValue, protocol: 2 | 3) =>
  Buffer.from(encodeValue(value, protocol)).toString()

const CLIENT: ClientDescription = {
  id: 7,
  remoteAddress: '127.0.0.1:5000',
  localAddress: '127.0.0.1:6379',
  name: 'me',
  ageSeconds: 3,
  idleSeconds: 1,
  flags: 'N',
  database: 2,
  channels: 0,
  patterns: 0,
  shardChannels: 0,
  queuedCommands: -1,
  watchedKeys: 0,
  inputBytes: 10,
  outputBytes: 0,
  command: 'client|info',
  user: 'default',
  protocol: 3,
  libraryName: 'lib',
  libraryVersion: '1.2',
}

describe('HELLO', () => {
  test('is a map in RESP3 and its flat form in RESP2', () => {
    const fields = { version: '7.4.0', id: 5, mode: 'standalone' } as const
    expect(wireOf(helloReply({ ...fields, protocol: 3 }), 3)).toBe(
      '%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.4.0\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:5\r\n' +
        '$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n',
    )
    expect(wireOf(helloReply({ ...fields, protocol: 2 }), 2)).toStartWith('*14\r\n$6\r\nserver\r\n')
  })
})

describe('a client', () => {
  test('is a line that ends, empty values included', () => {
    expect(textOf(clientList([{ ...CLIENT, name: '' }, CLIENT]))).toMatch(
      /^id=7 addr=127\.0\.0\.1:5000 .* name= age=3 .* cmd=client\|info .*\nid=7 .* name=me .*lib-ver=1\.2\n$/,
    )
    expect(clientLine({ ...CLIENT, command: '' })).toContain(' cmd=NULL ')
    expect(clientLine({ ...CLIENT, outputBytes: 5 })).toContain(
      ' obl=5 oll=0 omem=5 tot-mem=15 events=rw ',
    )
  })
})

describe.if(needs('redis'))('a real server', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.kill())

  for (const protocol of [2, 3] as const) {
    test(`answers HELLO ${protocol} in the same bytes`, async () => {
      const wire = await connectToRedis(server.port)
      const id = Number(await wire.text('CLIENT', 'ID'))
      const version = (await wire.text('INFO', 'server')).match(/redis_version:(\S+)/)![1]!
      const reply = await wire.reply('HELLO', String(protocol))
      wire.close()
      const ours = helloReply({ version, protocol, id, mode: 'standalone' })
      expect(wireOf(ours, protocol)).toBe(Buffer.from(reply).toString())
    })

    test(`answers CLIENT TRACKINGINFO in RESP${protocol} in the same bytes`, async () => {
      const wire = await connectToRedis(server.port, protocol)
      const reply = await wire.reply('CLIENT', 'TRACKINGINFO')
      wire.close()
      expect(wireOf(NO_TRACKING, protocol)).toBe(Buffer.from(reply).toString())
    })
  }

  test('has the fields of a client in the same order, and the type', async () => {
    const wire = await connectToRedis(server.port, 3)
    const info = await wire.value('CLIENT', 'INFO')
    wire.close()
    const namesOf = (line: string) =>
      line
        .trim()
        .split(' ')
        .map((part) => part.split('=')[0]!)
    const theirs = namesOf(textOf(info))
    const ours = namesOf(clientLine(CLIENT)).filter((name) => theirs.includes(name))
    expect(ours).toEqual(theirs)
    expect(clientList([CLIENT]).type).toBe(info.type)
  })
})
