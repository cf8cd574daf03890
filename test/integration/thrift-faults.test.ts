import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { needs } from '../support/require.ts'
import { connectTo, freePort, type TcpTestServer } from '../support/tcp.ts'
import { thriftCluster, thriftListener } from '../support/thrift-config.ts'
import { startThriftServer } from '../support/thrift-library.ts'
import {
  EXCEPTION,
  echoOf,
  exceptionType,
  type Frame,
  frame,
  listenThrift,
  ONEWAY,
  REPLY,
  ThriftClient,
  textOf,
} from '../support/thrift-wire.ts'

setDefaultTimeout(60_000)

const INTERNAL_ERROR = 6
const TIMEOUT = 12

const servers: TcpTestServer[] = []
const clients: ThriftClient[] = []
let proxy: TestProxy

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await proxy.stop()
  for (const server of servers.splice(0)) server.stop()
})

function serve(...args: Parameters<typeof listenThrift>): number {
  const server = listenThrift(...args)
  servers.push(server)
  return server.port
}

/** Every call goes to one of the ports; `own` is what tsproxy.thrift says of the route. */
async function start(
  ports: readonly number[],
  own: object = {},
  cluster: object = {},
): Promise<void> {
  const route = { cluster: 'up', metadata_match: { filter_metadata: { 'tsproxy.thrift': own } } }
  const routes = [{ match: { method_name: '' }, route }]
  const filter = { route_config: { name: 'all', routes } }
  proxy = await startProxy(
    {
      static_resources: {
        listeners: [thriftListener('in', 'up', 'auto', filter)],
        clusters: [thriftCluster('up', ports, 'auto', cluster)],
      },
    },
    { concurrency: 2 },
  )
}

async function connect(): Promise<ThriftClient> {
  const client = await ThriftClient.connect(proxy.port('in'))
  clients.push(client)
  return client
}

describe('an upstream that dies in the middle of a call', () => {
  test('is told to the client, whose connection then closes', async () => {
    const port = serve((_call, peer) => peer.reset())
    await start([port])
    const client = await connect()
    const reply = await client.ask('get')
    expect([reply.type, reply.id, exceptionType(reply)]).toEqual([EXCEPTION, 1, INTERNAL_ERROR])
    expect(textOf(reply)).toBe(
      `connection failure before response start: remote connection failure '127.0.0.1:${port}'`,
    )
    await eventually(() => client.peer.ended)
    await proxy.showsStats({ 'thrift.thrift.request_active': 0 })
  })

  test('in the middle of its reply, too', async () => {
    const port = serve((call, peer) => {
      peer.write(echoOf(call).subarray(0, 20))
      setImmediate(() => peer.reset())
    })
    await start([port])
    const reply = await (await connect()).ask('get', 'x'.repeat(100))
    expect(textOf(reply)).toBe(
      `connection failure before response complete: remote connection failure '127.0.0.1:${port}'`,
    )
  })

  test('takes no other call with it, and is used again when it is back', async () => {
    let dies = true
    const port = serve((call, peer) => {
      if (dies && call.name === 'bad') peer.reset()
      else peer.write(echoOf(call))
    })
    await start([port])
    const [good, bad] = [await connect(), await connect()]
    expect((await bad.ask('bad')).type).toBe(EXCEPTION)
    expect(textOf(await good.ask('get', 'still here'))).toBe('still here')
    dies = false
    expect(textOf(await (await connect()).ask('bad', 'back'))).toBe('back')
  })

  test('is passed over by a retry of a method that may run twice, and by no other', async () => {
    const dying = serve((_call, peer) => peer.reset())
    let answered = 0
    const living = serve((call, peer) => {
      answered++
      peer.write(echoOf(call))
    })
    await start([dying, living], { retry_on: ['reset'], idempotent_methods: ['get'] })
    for (let i = 0; i < 10; i++) {
      expect(textOf(await (await connect()).ask('get', `${i}`))).toBe(`${i}`)
    }
    expect(answered).toBe(10)
    const types: number[] = []
    for (let i = 0; i < 4; i++) types.push((await (await connect()).ask('put')).type)
    expect(types.toSorted()).toEqual([REPLY, REPLY, EXCEPTION, EXCEPTION])
  })
})

test('a host that nobody listens on is passed over for any method', async () => {
  const living = serve((call, peer) => peer.write(echoOf(call)))
  await start([freePort(), living], { retry_on: ['connect-failure'] })
  for (let i = 0; i < 10; i++) {
    expect(textOf(await (await connect()).ask('put', `${i}`))).toBe(`${i}`)
  }
  const { 'cluster.up.upstream_rq_retry': retries } = await proxy.stats()
  expect(retries).toBeGreaterThan(0)
})

test.if(needs('thrift'))(
  'a real server that is killed under load is missed by no call that may run twice',
  async () => {
    const dying = await startThriftServer('python', ['framed/binary'])
    const living = await startThriftServer('node', ['framed/binary'])
    const ports = [dying, living].map((one) => one.ports.get('framed/binary')!)
    // All ten may have to be tried again at once: without this the breaker lets three.
    const circuit_breakers = { thresholds: [{ max_retries: 100 }] }
    const own = { retry_on: ['connect-failure', 'reset'], idempotent_methods: ['ping'] }
    await start(ports, own, { circuit_breakers })
    let isOver = false
    const types: number[] = []
    const lives = Array.from({ length: 10 }, async () => {
      const client = await connect()
      while (!isOver) types.push((await client.ask('ping')).type)
    })
    await eventually(() => types.length > 200, 20_000)
    await dying.kill()
    const killedAt = types.length
    await eventually(() => types.length > killedAt + 200, 20_000)
    isOver = true
    await Promise.all(lives)
    await living.kill()
    expect(new Set(types)).toEqual(new Set([REPLY]))
    const { 'cluster.up.upstream_rq_retry': retries } = await proxy.stats()
    expect(retries).toBeGreaterThan(0)
  },
)

test('an upstream that takes too long is given up, and its late reply reaches nobody', async () => {
  const late: (() => void)[] = []
  const port = serve((call, peer) => {
    const answer = () => peer.write(echoOf(call))
    if (call.name === 'slow') late.push(answer)
    else answer()
  })
  await start([port], { timeout_ms: 100 })
  const client = await connect()
  const startedAt = performance.now()
  const reply = await client.ask('slow', 'old')
  expect(performance.now() - startedAt).toBeGreaterThan(95)
  expect([reply.type, exceptionType(reply)]).toEqual([EXCEPTION, TIMEOUT])
  for (const answer of late) answer()
  // The connection stays usable: a timeout is about the one call.
  for (let i = 0; i < 5; i++) expect(textOf(await client.ask('fast', `${i}`))).toBe(`${i}`)
})

test('no reply reaches a wrong caller: many clients, random delays, clients that leave', async () => {
  const port = serve((call, peer) => {
    if (call.type === ONEWAY) return
    setTimeout(() => {
      if (!peer.closed) peer.write(echoOf(call))
    }, Math.random() * 10)
  })
  await start([
    port,
    serve((call, peer) => void (call.type !== ONEWAY && peer.write(echoOf(call)))),
  ])
  const wrong: string[] = []
  let right = 0
  const live = async (number: number): Promise<void> => {
    const client = await ThriftClient.connect(proxy.port('in'))
    const leavesAt = number % 4 === 0 ? 5 + Math.floor(Math.random() * 20) : Infinity
    for (let round = 0; round < 12; round++) {
      const sent: [id: number, text: string][] = []
      const from = client.replies.length
      for (let i = 0; i < 1 + (round % 4); i++) {
        const text = `client ${number} round ${round} call ${i}`
        sent.push([client.send('get', { struct: [[1, { text }]] }), text])
        if (i % 3 === 2) client.send('tell', { struct: [[1, { text }]] }, ONEWAY)
      }
      if (client.replies.length + sent.length > leavesAt) {
        client.peer.reset()
        return
      }
      await eventually(() => client.replies.length >= from + sent.length, 10_000)
      sent.forEach(([id, text], i) => {
        const reply = client.replies[from + i]!
        const isRight = reply.type === REPLY && reply.id === id && textOf(reply) === text
        if (isRight) right++
        else wrong.push(`${text}: got ${reply.id} ${textOf(reply)}`)
      })
    }
    client.close()
  }
  await Promise.all(Array.from({ length: 60 }, (_, number) => live(number)))
  expect(wrong).toEqual([])
  expect(right).toBeGreaterThan(60 * 12)
  await proxy.showsStats({ 'thrift.thrift.request_active': 0, 'server.worker_deaths': 0 })
})

describe('bad input', () => {
  /** A frame whose body is these bytes. */
  const body = (hex: string) => frame(1, 'm', 1, Buffer.from(hex, 'hex'))
  const list = (count: string, levels: number) => `0f0001${`0f${count}`.repeat(levels)}`

  const CASES: readonly [name: string, bytes: Buffer, answer: string | null][] = [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), null],
    ['a frame of no bytes', Buffer.from('0000000000000000', 'hex'), null],
    ['a frame of a negative size', Buffer.from('ffffffff80010001', 'hex'), null],
    ['a frame above the limit', Buffer.from('7fffffff80010001', 'hex'), null],
    ['a wrong message type', frame(9, 'm', 1, Buffer.of(0)), null],
    [
      'a negative string',
      body('0b0001fffffff000'),
      'negative binary protocol string/binary length -16',
    ],
    ['a negative list', body('0f000108ffffffff00'), 'negative binary protocol list/set size -1'],
    ['a negative map', body('0d00010808ffffffff00'), 'negative binary protocol map size -1'],
    ['an unknown type', body('16000100'), 'unknown field type 22'],
    ['a list of more than there is', body('0f0001087fffffff00'), ''],
    ['lists within lists', body(list('00000001', 5000)), ''],
    ['a string of more than the frame', body('0b00017fffffff00'), ''],
    ['a frame with bytes left over', frame(1, 'm', 1, Buffer.from('00ffff', 'hex')), ''],
  ]

  test.each(CASES)(
    '%s ends its connection, with a word where there is one',
    async (_name, bytes, answer) => {
      await start([serve((call, peer) => peer.write(echoOf(call)))])
      const client = await connect()
      client.peer.write(bytes)
      await eventually(() => client.peer.ended || client.peer.closed)
      const texts = client.replies.map((reply: Frame) => [reply.type, reply.name, textOf(reply)])
      if (answer === null) expect(texts).toEqual([])
      else {
        expect(texts.length).toBe(1)
        expect(texts[0]!.slice(0, 2)).toEqual([EXCEPTION, 'm'])
        expect(texts[0]![2]).toContain(answer)
      }
      expect(textOf(await (await connect()).ask('get', 'fine'))).toBe('fine')
    },
  )

  test('that promises much costs no memory', async () => {
    await start([serve((call, peer) => peer.write(echoOf(call)))])
    await (await connect()).ask('get')
    const before = proxy.rss()
    for (let i = 0; i < 50; i++) {
      const greedy = await connectTo(proxy.port('in'))
      // A frame of 16 MB of which nothing more comes.
      greedy.write(
        Buffer.concat([Buffer.from('00f9ffff', 'hex'), body('0b000100f0000000').subarray(4)]),
      )
      const lists = await connectTo(proxy.port('in'))
      lists.write(body('0f00010f7fffffff00'))
      clients.push(new ThriftClient(greedy), new ThriftClient(lists))
    }
    expect(textOf(await (await connect()).ask('get', 'fine'))).toBe('fine')
    expect(proxy.rss() - before).toBeLessThan(60e6)
  })

  test('cut off anywhere leaves nothing behind', async () => {
    await start([serve((call, peer) => peer.write(echoOf(call)))])
    const whole = frame(1, 'get', 1, { struct: [[1, { text: 'abc' }]] })
    for (let end = 1; end < whole.length; end++) {
      const client = await connectTo(proxy.port('in'))
      client.write(whole.subarray(0, end))
      client.finish()
      await eventually(() => client.ended || client.closed)
      client.close()
    }
    expect(textOf(await (await connect()).ask('get', 'fine'))).toBe('fine')
    await proxy.showsStats({
      'thrift.thrift.request_active': 0,
      'cluster.up.upstream_rq_active': 0,
    })
  })
})
