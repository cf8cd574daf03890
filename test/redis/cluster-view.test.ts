import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { encodeValue } from '../../src/codec/resp/encode-value.ts'
import { textOf } from '../../src/codec/resp/value.ts'
import { requestOf } from '../../src/redis/arguments.ts'
import { answerCluster, type ClusterNode } from '../../src/redis/cluster-view.ts'
import { COMMANDS_BY_NAME } from '../../src/redis/commands.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { connectToRedis, type RedisWire } from '../support/redis-wire.ts'
import { needs } from '../support/require.ts'

const CLUSTER = COMMANDS_BY_NAME.get('cluster')!
const NODE: ClusterNode = { ip: '10.0.0.1', port: 6379, id: 'a'.repeat(40) }

function answer(text: string, node = NODE) {
  const words = ['CLUSTER', ...text.split(' ')]
  const command = CLUSTER.subcommands!.get(words[1]!.toLowerCase())!
  return answerCluster(command, requestOf(...words), node)
}

describe('a cluster of one', () => {
  test('owns all slots at the address where the client came in', () => {
    expect(Buffer.from(encodeValue(answer('SLOTS'), 2)).toString()).toBe(
      `*1\r\n*3\r\n:0\r\n:16383\r\n*4\r\n$8\r\n10.0.0.1\r\n:6379\r\n$40\r\n${NODE.id}\r\n*0\r\n`,
    )
  })

  test('has no bus port above all ports', () => {
    expect(textOf(answer('NODES', { ...NODE, port: 60_000 }))).toContain(':60000@0 ')
  })

  test('has an answer for every subcommand that is local', () => {
    for (const [name, command] of CLUSTER.subcommands!) {
      if (command.kind !== 'local') continue
      expect(answer(`${name} ${NODE.id}`).type).not.toBe('error')
    }
  })

  test('knows the slot of a key and of its tag', () => {
    for (const [key, slot] of [
      ['foo', 12182],
      ['{foo}bar', 12182],
      ['a{foo}{bar}', 12182],
      ['{}foo', 9500],
      ['123456789', 12739],
    ]) {
      expect(answer(`KEYSLOT ${key}`)).toEqual({ type: 'integer', value: slot as number })
    }
  })

  test('refuses what changes a cluster', () => {
    expect(textOf(answer('MEET 1.2.3.4 5'))).toBe(
      "ERR 'cluster meet' is not for clients of a proxy",
    )
  })
})

describe.if(needs('redis'))('a real cluster of one', () => {
  let server: RedisServer
  let node: ClusterNode
  const wires = new Map<2 | 3, RedisWire>()

  beforeAll(async () => {
    const options = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']
    server = await startRedis(undefined, options)
    for (const protocol of [2, 3] as const) {
      wires.set(protocol, await connectToRedis(server.port, protocol))
    }
    const wire = wires.get(2)!
    await wire.reply('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await wire.reply('CLUSTER', 'BUMPEPOCH')
    while (!(await wire.text('CLUSTER', 'INFO')).includes('cluster_state:ok')) await Bun.sleep(10)
    node = { ip: '127.0.0.1', port: server.port, id: await wire.text('CLUSTER', 'MYID') }
  })

  afterAll(async () => {
    for (const wire of wires.values()) wire.close()
    await server.kill()
  })

  const requests = [
    'SLOTS',
    'SHARDS',
    'NODES',
    'INFO',
    'MYID',
    'LINKS',
    'KEYSLOT foo',
    'KEYSLOT {a}b',
    'KEYSLOT {}b',
    'REPLICAS nobody',
    'COUNT-FAILURE-REPORTS nobody',
    'REPLICAS @',
    'SLAVES @',
    'COUNT-FAILURE-REPORTS @',
  ]
  for (const request of requests) {
    for (const protocol of [2, 3] as const) {
      test(`answers CLUSTER ${request} in RESP${protocol} in the same bytes`, async () => {
        const text = request.replace('@', node.id)
        const reply = await wires.get(protocol)!.reply('CLUSTER', ...text.split(' '))
        const ours = encodeValue(answer(text, node), protocol)
        expect(Buffer.from(ours).toString()).toBe(Buffer.from(reply).toString())
      })
    }
  }
})
