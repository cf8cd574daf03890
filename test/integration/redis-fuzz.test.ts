/** Streams of broken commands against the running proxy: it answers or closes, and neither stops nor forgets the others. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { redisConfig } from '../support/redis-config.ts'
import { TaggedLoad, tagged } from '../support/redis-load.ts'
import { SCRIPT } from '../support/redis-script-table.ts'
import { needs } from '../support/require.ts'
import { connectRedis, encodeRequest } from '../support/resp-client.ts'
import { connectTo, type TcpPeer } from '../support/tcp.ts'

setDefaultTimeout(300_000)

const STREAMS = Number(process.env['TSPROXY_FUZZ_STREAMS'] ?? 1_000)
const AT_A_TIME = 20
const SEED = Number(process.env['TSPROXY_FUZZ_SEED'] ?? 7)
/** Longer than what a blocking command of the script waits, and than a server needs. */
const ENDS_WITHIN_MS = 10_000
/** What is put into streams: the bytes that protocols are made of, and such lengths as break parsers. */
const PIECES = [
  ...['\r\n', '\r', '\n', '*', '$', '+', '-', ':', '%', '~', '>', '_', '#', ',', '(', '!', '='],
  ...['$-1\r\n', '*-1\r\n', '*0\r\n', '$0\r\n\r\n', '*1\r\n', '*1024\r\n', '*2147483647\r\n'],
  ...[
    '$536870913\r\n',
    '$99999999999999999999\r\n',
    '$3\r\nabcd\r\n',
    '"',
    "'",
    '\\x',
    '\0',
    '\xff',
  ],
]

describe.if(needs('redis'))('two shards behind the proxy', () => {
  const redis: RedisServer[] = []
  let proxy: TestProxy

  beforeAll(async () => {
    redis.push(await startRedis(), await startRedis())
    const ports = redis.map(({ port }) => port)
    proxy = await startProxy(redisConfig(ports), { concurrency: 1 })
  })
  afterAll(async () => {
    await proxy.stop()
    for (const server of redis) await server.kill()
  })

  test(`outlive ${STREAMS.toLocaleString('en-US')} mutated streams`, async () => {
    const port = proxy.port('in')
    const watching = await Promise.all([0, 1].map(() => connectRedis(port)))
    const load = new TaggedLoad(watching, 4, (client, n) => tagged(`watch:${n}`, client, n))
    const dice = new Dice(SEED)
    for (let from = 0; from < STREAMS; from += AT_A_TIME) {
      const streams = Array.from({ length: AT_A_TIME }, () => mutatedStream(dice))
      const seeds = streams.map(() => new Dice(dice.below(2 ** 30)))
      const results = await Promise.allSettled(
        streams.map((bytes, i) => play(port, bytes, seeds[i]!)),
      )
      for (const [i, result] of results.entries()) {
        if (result.status === 'fulfilled') continue
        const bytes = JSON.stringify(Buffer.concat(streams[i]!).toString('latin1'))
        throw new Error(
          `stream ${from + i} of seed ${SEED}: ${result.reason}\n${bytes.slice(0, 3000)}`,
        )
      }
    }
    await load.stop()
    expect(load.wrong).toEqual([])
    expect(load.errorCount).toBe(0)
    expect(load.lost).toBe(0)
    for (const client of watching) client.close()
    await proxy.showsStats({
      'server.worker_deaths': 0,
      'server.connection_faults': 0,
      'redis.redis.downstream_cx_active': 0,
      'redis.redis.downstream_rq_active': 0,
    })
  })
})

/** Sends the stream in pieces, then FIN: the proxy is to end the connection too, whatever it made of the bytes. */
async function play(port: number, pieces: readonly Buffer[], dice: Dice): Promise<void> {
  const peer: TcpPeer = await connectTo(port)
  peer.keeps = false
  for (const piece of pieces) {
    if (peer.closed || peer.ended) break
    peer.write(piece)
    if (dice.below(4) === 0) await Bun.sleep(1)
  }
  if (dice.below(8) === 0) peer.reset()
  else {
    peer.finish()
    await eventually(() => peer.ended || peer.closed, ENDS_WITHIN_MS)
    peer.close()
  }
}

/** Commands that end other clients' work, or change the server for all. */
const UNKIND = new Set(['FLUSHALL', 'FLUSHDB', 'SCRIPT', 'FUNCTION', 'CONFIG'])
const KIND_STEPS = SCRIPT.filter(({ args }) => !UNKIND.has(args[0]!))

function mutatedStream(dice: Dice): Buffer[] {
  const commands = Array.from({ length: 1 + dice.below(8) }, () => {
    const { args } = KIND_STEPS[dice.below(KIND_STEPS.length)]!
    return dice.below(10) === 0 ? Buffer.from(`${args.join(' ')}\r\n`) : encodeRequest(args)
  })
  let bytes: Buffer = Buffer.concat(commands)
  for (let left = dice.below(5); left > 0; left--) bytes = mutated(bytes, dice)
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = dice.below(3) === 0 ? bytes.length : 1 + dice.below(40)
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}

function mutated(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.below(bytes.length + 1)
  const until = Math.min(bytes.length, at + dice.below(12))
  const [before, middle, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, until),
    bytes.subarray(until),
  ]
  const piece = Buffer.from(PIECES[dice.below(PIECES.length)]!, 'latin1')
  switch (dice.below(5)) {
    case 0:
      return Buffer.concat([before, after])
    case 1:
      return Buffer.concat([before, piece, middle, after])
    case 2:
      return Buffer.concat([before, piece, after])
    case 3:
      return Buffer.concat([before, middle, middle, after])
    default:
      return Buffer.concat([
        before,
        Buffer.from(middle.map((byte) => byte ^ (1 << dice.below(8)))),
        after,
      ])
  }
}

/** The same throws for the same seed. */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = (seed % 2147483646) + 1
  }

  below(limit: number): number {
    this.#state = (this.#state * 48271) % 2147483647
    return this.#state % limit
  }
}
