import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { Queue, QueueEvents, Worker } from 'bullmq'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { redisConfig } from '../support/redis-config.ts'
import { needs } from '../support/require.ts'
import { connectTo } from '../support/tcp.ts'

setDefaultTimeout(60_000)

const JOBS = 1_000
/** Every hundredth fails the first time and is tried again. */
const FAILS_ONCE = 100

describe.if(needs('redis'))('BullMQ', () => {
  const hosts: RedisServer[] = []
  const proxies: TestProxy[] = []

  beforeAll(async () => {
    for (let i = 0; i < 4; i++) hosts.push(await startRedis())
  })
  afterAll(async () => {
    for (const proxy of proxies) await proxy.stop()
    for (const host of hosts) await host.kill()
  })

  test.each([1, 4])('does 1,000 jobs through a proxy before %i shards', async (shards) => {
    for (const { port } of hosts) await flush(port)
    const ports = hosts.slice(0, shards).map(({ port }) => port)
    const proxy = await startProxy(redisConfig(ports), { concurrency: 2 })
    proxies.push(proxy)
    const { done, returned, tries } = await work(proxy.port('in'))
    expect(done).toEqual(new Set(Array.from({ length: JOBS }, (_, i) => String(i * 2))))
    expect(returned).toBe(JOBS)
    expect(tries).toBe(JOBS + JOBS / FAILS_ONCE)
  })
})

async function flush(port: number): Promise<void> {
  const client = await connectTo(port)
  client.write('FLUSHALL\r\n')
  await client.sees('+OK\r\n')
  client.close()
}

/** All keys of a queue carry its prefix; in braces it is the hash tag that keeps them on one host. */
async function work(port: number) {
  const options = { connection: { host: '127.0.0.1', port }, prefix: '{jobs}' }
  const queue = new Queue('proof', options)
  const events = new QueueEvents('proof', options)
  const done = new Set<string>()
  const { promise: allDone, resolve, reject } = Promise.withResolvers<void>()
  events.on('completed', ({ returnvalue }) => {
    done.add(JSON.parse(JSON.stringify(returnvalue)) as string)
    if (done.size === JOBS) resolve()
  })
  let tries = 0
  const worker = new Worker<{ n: number }, string>(
    'proof',
    async ({ data, attemptsMade }) => {
      tries++
      if (data.n % FAILS_ONCE === 0 && attemptsMade === 0) throw new Error('for the first time')
      return String(data.n * 2)
    },
    { ...options, concurrency: 20 },
  )
  queue.on('error', reject)
  events.on('error', reject)
  worker.on('error', reject)
  try {
    await events.waitUntilReady()
    const jobs = Array.from({ length: JOBS }, (_, n) => ({
      name: 'double',
      data: { n },
      opts: { attempts: 2 },
    }))
    await queue.addBulk(jobs)
    await allDone
    const counts = await queue.getJobCounts('completed', 'failed', 'waiting', 'active')
    return { done, returned: counts['completed'], tries }
  } finally {
    await Promise.all([worker.close(), events.close(), queue.close()])
  }
}
