/**
 * What applications do with each stock client through its own API, beyond sending commands: pipelines, transactions, iterators,
 * subscriptions, blocking pops that another connection ends. Each gives what it saw.
 */
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { outputOf, type Protocol } from './redis-clients.ts'
import { type Program, PYTHON_WITH_REDIS } from './require.ts'

export interface Idioms {
  readonly name: string
  readonly program?: Program
  readonly protocols: readonly Protocol[]
  run(port: number, protocol: Protocol): Promise<unknown>
}

const KEYS = Array.from({ length: 300 }, (_, i) => `idiom:${i}`)
/** More than one reply to SCAN. */
const PAGE = 50

async function ioredisIdioms(port: number, protocol: Protocol): Promise<unknown> {
  const client = new Redis({ port, protocol })
  const other = client.duplicate()
  try {
    await client.flushall()
    const seen: Record<string, unknown> = {}
    const filling = client.pipeline()
    for (const key of KEYS) filling.set(key, `value of ${key}`)
    seen['pipeline'] = await filling.exec()
    seen['pipelined errors'] = String(
      await client.pipeline().lpush(KEYS[0]!, 'x').get(KEYS[1]!).exec(),
    )
    seen['transaction'] = await client
      .multi()
      .set('{t}a', '1')
      .incr('{t}a')
      .mget('{t}a', '{t}b')
      .exec()
    await client.watch('{t}a')
    await other.set('{t}a', 'changed')
    seen['lost transaction'] = await client.multi().get('{t}a').exec()
    const found: string[] = []
    for await (const keys of client.scanStream({ match: 'idiom:*', count: PAGE }))
      found.push(...keys)
    seen['scan'] = found.toSorted()
    client.defineCommand('double', {
      numberOfKeys: 1,
      lua: "return redis.call('INCRBY', KEYS[1], redis.call('GET', KEYS[1]))",
    })
    await client.set('n', '21')
    seen['script'] = await (client as Redis & { double(key: string): Promise<number> }).double('n')
    const popping = client.blpop('{b}one', '{b}two', 10)
    await blocked(other, 'blpop')
    await other.rpush('{b}two', 'pushed')
    seen['blocking pop'] = await popping
    const reading = client.xread('BLOCK', 10_000, 'STREAMS', 'stream', '$')
    await blocked(other, 'xread')
    await other.xadd('stream', '7-1', 'f', 'v')
    seen['blocking read'] = await reading
    seen['messages'] = await ioredisMessages(client, other)
    return seen
  } finally {
    client.disconnect()
    other.disconnect()
  }
}

async function ioredisMessages(client: Redis, publisher: Redis): Promise<string[]> {
  const subscriber = client.duplicate()
  const messages: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const note = (...parts: string[]) => {
    messages.push(parts.join(' '))
    if (messages.length === 5) resolve()
  }
  subscriber.on('message', (channel, text) => note('message', channel, text))
  subscriber.on('pmessage', (pattern, channel, text) => note('pmessage', pattern, channel, text))
  try {
    const counts = [await subscriber.subscribe('news', 'more'), await subscriber.psubscribe('n*')]
    for (const channel of ['news', 'more', 'none', 'nothing'])
      await publisher.publish(channel, 'text')
    await promise
    counts.push(await subscriber.unsubscribe('news', 'more'), await subscriber.punsubscribe('n*'))
    return [...messages.toSorted(), `${counts}`, await subscriber.ping()]
  } finally {
    subscriber.disconnect()
  }
}

async function nodeRedisIdioms(port: number, protocol: Protocol): Promise<unknown> {
  const client = createClient({ socket: { port, host: '127.0.0.1' }, RESP: protocol })
  const other = client.duplicate()
  const subscriber = client.duplicate()
  const all = [client, other, subscriber]
  for (const one of all) one.on('error', () => {})
  await Promise.all(all.map((one) => one.connect()))
  try {
    await client.flushAll()
    const seen: Record<string, unknown> = {}
    seen['pipeline'] = await Promise.all(KEYS.map((key) => client.set(key, `value of ${key}`)))
    seen['transaction'] = await client
      .multi()
      .set('{t}a', '1')
      .incr('{t}a')
      .hSet('{t}h', { f: 1 })
      .hGetAll('{t}h')
      .exec()
    await client.watch('{t}a')
    await other.set('{t}a', 'changed')
    seen['lost transaction'] = await client
      .multi()
      .get('{t}a')
      .exec()
      .catch((error: Error) => error.name)
    const found: string[] = []
    for await (const keys of client.scanIterator({ MATCH: 'idiom:*', COUNT: PAGE }))
      found.push(...keys)
    seen['scan'] = found.toSorted()
    const popping = client.blPop(['{b}one', '{b}two'], 10)
    await blocked({ call: (...words) => other.sendCommand(words) }, 'blpop')
    await other.rPush('{b}two', 'pushed')
    seen['blocking pop'] = await popping
    seen['zset'] = [
      await client.zAdd('z', [
        { score: 1.5, value: 'a' },
        { score: 2, value: 'b' },
      ]),
      await client.zRangeWithScores('z', 0, -1),
    ]
    const messages: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const note = (text: string, channel: string) => {
      messages.push(`${channel}: ${text}`)
      if (messages.length === 4) resolve()
    }
    await subscriber.subscribe('news', note)
    await subscriber.pSubscribe('n*', note)
    await subscriber.sSubscribe('shard', note)
    seen['receivers'] = [
      await other.publish('news', 'text'),
      await other.publish('none', 'text of none'),
      await other.sPublish('shard', 'text of shard'),
    ]
    await promise
    seen['messages'] = messages.toSorted()
    await subscriber.unsubscribe()
    await subscriber.pUnsubscribe()
    await subscriber.sUnsubscribe()
    seen['afterwards'] = String(await subscriber.ping())
    return seen
  } finally {
    for (const one of all) one.destroy()
  }
}

async function bunIdioms(port: number): Promise<unknown> {
  const url = `redis://127.0.0.1:${port}`
  const client = new Bun.RedisClient(url)
  const other = new Bun.RedisClient(url)
  const subscriber = new Bun.RedisClient(url)
  await Promise.all([client.connect(), other.connect(), subscriber.connect()])
  try {
    await client.send('FLUSHALL', [])
    const seen: Record<string, unknown> = {}
    seen['pipeline'] = await Promise.all(KEYS.map((key) => client.set(key, `value of ${key}`)))
    seen['read back'] = await Promise.all(KEYS.map((key) => client.get(key)))
    seen['hash'] = [
      await client.hmset('h', ['f', 'v', 'g', 'w']),
      await client.hmget('h', ['g', 'f', 'x']),
    ]
    const popping = client.send('BLPOP', ['{b}one', '{b}two', '10'])
    await blocked({ call: (name, ...args) => other.send(name, args) }, 'blpop')
    await other.send('RPUSH', ['{b}two', 'pushed'])
    seen['blocking pop'] = await popping
    const messages: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    await subscriber.subscribe('news', (text, channel) => {
      messages.push(`${channel}: ${text}`)
      if (messages.length === 3) resolve()
    })
    for (const text of ['one', 'two', 'three']) await other.publish('news', text)
    await promise
    seen['messages'] = messages
    return seen
  } finally {
    for (const one of [client, other, subscriber]) one.close()
  }
}

async function redisPyIdioms(port: number, protocol: Protocol): Promise<unknown> {
  const script = join(import.meta.dir, 'redis_idioms.py')
  const task = JSON.stringify({ port, protocol, keys: KEYS, page: PAGE })
  return JSON.parse(await outputOf([PYTHON_WITH_REDIS, script], task))
}

async function redisCliIdioms(port: number, protocol: Protocol): Promise<unknown> {
  const cli = ['redis-cli', '-p', String(port), `-${protocol}`]
  await outputOf([...cli, 'FLUSHALL'])
  const inserts = KEYS.map((key) => `SET ${key} "value of ${key}"\r\n`).join('')
  const piped = await outputOf([...cli, '--pipe'], inserts)
  const scanned = await outputOf([...cli, '--scan', '--pattern', 'idiom:*'])
  return {
    'mass insertion': piped.replaceAll(/\r|\.\n/g, ''),
    scan: scanned.split('\n').toSorted(),
    'a value from a pipe': [
      await outputOf([...cli, '-x', 'SET', 'from pipe'], 'text'),
      await outputOf([...cli, 'GET', 'from pipe']),
    ],
    'another database': [
      await outputOf([...cli, '-n', '2', 'SET', 'k', 'v']),
      await outputOf([...cli, '-n', '2', 'DBSIZE']),
      await outputOf([...cli, 'GET', 'k']),
    ],
    csv: await outputOf([...cli, '--csv', 'MGET', KEYS[0]!, 'none', KEYS[1]!]),
    repeated: await outputOf([...cli, '-r', '3', 'INCR', 'n']),
    help: await outputOf([...cli, '--no-raw', 'OBJECT', 'HELP']),
  }
}

interface Caller {
  call(...words: [string, ...string[]]): Promise<unknown>
}

/** Waits until a client that is not the caller waits in this command, as the server tells. */
async function blocked(caller: Caller, command: string): Promise<void> {
  const deadline = performance.now() + 5000
  while (!String(await caller.call('INFO', 'clients')).includes('blocked_clients:1')) {
    if (performance.now() > deadline) throw new Error(`no client is blocked in ${command}`)
    await Bun.sleep(5)
  }
}

export const IDIOMS: readonly Idioms[] = [
  { name: 'ioredis', protocols: [2, 3], run: ioredisIdioms },
  { name: 'node-redis', protocols: [2, 3], run: nodeRedisIdioms },
  { name: "Bun's own", protocols: [3], run: bunIdioms },
  { name: 'redis-py', program: 'redis-py', protocols: [2, 3], run: redisPyIdioms },
  { name: 'redis-cli', program: 'redis-cli', protocols: [2, 3], run: redisCliIdioms },
]
