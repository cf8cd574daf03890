import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { redisConfig } from '../support/redis-config.ts'
import { TaggedLoad, tagged } from '../support/redis-load.ts'
import { needs } from '../support/require.ts'
import { connectRedis, encodeRequest, quantile, type RespClient } from '../support/resp-client.ts'
import { connectTo, type TcpPeer } from '../support/tcp.ts'

setDefaultTimeout(120_000)

const MIB = 1024 * 1024
const LARGEST = 512 * MIB
const ASKED_FOR = 128 * MIB
/** What the proxy may hold for a reader that does not read, beyond what it had: half of what is asked for, and most of that is garbage. */
const HELD_AT_MOST = 64 * MIB
const CLIENTS = 8
const SPAN_MS = 1000
/** Bytes that do not repeat at any power of two, so that a piece lost, doubled or moved is seen. */
const PATTERN = Buffer.from(Array.from({ length: 1_000_003 }, (_, i) => (i * 7919) & 0xff))

describe.if(needs('redis'))('big values', () => {
  let redis: RedisServer
  let proxy: TestProxy
  let port: number

  beforeAll(async () => {
    redis = await startRedis()
    proxy = await startProxy(redisConfig([redis.port]), { concurrency: 1 })
    port = proxy.port('in')
  })
  afterAll(async () => {
    await proxy.stop()
    await redis.kill()
  })

  test('512 MB pass through in both directions with bounded memory', async () => {
    const client = await connectTo(port)
    const memory = new Memory(proxy)
    await write(client, 'SET', 'largest', LARGEST)
    await client.sees('+OK\r\n', 60_000)
    const reader = new ValueReader(client, LARGEST)
    client.write(encodeRequest(['GET', 'largest']))
    await reader.whole
    client.close()
    expect(memory.grown()).toBeLessThan(128 * MIB)
    const other = await connectRedis(port)
    expect(await other.send('DEL', 'largest')).toBe(1)
    other.close()
  })

  test('a client that asks for 128 MB and does not read costs the others one wait at most', async () => {
    await store('much', ASKED_FOR)
    const clients = await connectMany(CLIENTS)
    const load = new TaggedLoad(clients, 1, (client, n) => tagged(`others:${client}`, client, n))
    await Bun.sleep(SPAN_MS)
    const before = { p99: load.p99(), right: load.right }
    load.startOver()
    const memory = new Memory(proxy)
    const slow = await asksForMuch()
    await Bun.sleep(3 * SPAN_MS)
    const after = { p99: load.p99(), right: load.right, worst: quantile(load.latencies, 1) }
    await load.stop()
    expect(load.wrong).toEqual([])
    expect(load.errorCount).toBe(0)
    // Those who had sent a command before the reply came wait until it is clear that it is not read; one second.
    expect(after.worst).toBeLessThan(2 * SPAN_MS)
    expect(after.p99).toBeLessThan(Math.max(20, before.p99 * 3))
    // In three times the time; others use the machine too.
    expect(after.right).toBeGreaterThan(before.right / 2)
    expect(memory.grown()).toBeLessThan(HELD_AT_MOST)
    slow.close()
    for (const client of clients) client.close()
  })

  test('128 MB that wait for a reader whom nobody waits for are not lost', async () => {
    await store('much', ASKED_FOR)
    const memory = new Memory(proxy)
    const slow = await asksForMuch()
    await Bun.sleep(2 * SPAN_MS)
    expect(memory.grown()).toBeLessThan(HELD_AT_MOST)
    const { whole } = new ValueReader(slow, ASKED_FOR)
    slow.resume()
    await whole
    slow.close()
  })

  test('a client that pipelines without reading is held back, and nobody else', async () => {
    const clients = await connectMany(CLIENTS)
    await clients[0]!.send('SET', 'ten kilobytes', 'v'.repeat(10_000))
    const memory = new Memory(proxy)
    const greedy = await connectTo(port)
    greedy.pause()
    const gets = Buffer.concat(
      Array.from({ length: 5_000 }, () => encodeRequest(['GET', 'ten kilobytes'])),
    )
    const ask = () => {
      while (greedy.unsent === 0) greedy.write(gets)
    }
    greedy.onSent = ask
    ask()
    const load = new TaggedLoad(clients, 1, (client, n) => tagged(`others:${client}`, client, n))
    await Bun.sleep(3 * SPAN_MS)
    await load.stop()
    expect(load.wrong).toEqual([])
    expect(load.errorCount).toBe(0)
    expect(load.right).toBeGreaterThan(1000)
    expect(load.p99()).toBeLessThan(100)
    // It would have asked for gigabytes.
    expect(memory.grown()).toBeLessThan(HELD_AT_MOST)
    greedy.reset()
    for (const client of clients) client.close()
    await proxy.showsStats({ 'redis.redis.downstream_cx_active': 0, 'server.worker_deaths': 0 })
  })

  async function store(key: string, length: number): Promise<void> {
    const writer = await connectTo(port)
    await write(writer, 'SET', key, length)
    await writer.sees('+OK\r\n', 20_000)
    writer.close()
  }

  async function asksForMuch(): Promise<TcpPeer> {
    const peer = await connectTo(port)
    peer.keeps = false
    peer.pause()
    peer.write(encodeRequest(['GET', 'much']))
    return peer
  }

  function connectMany(count: number): Promise<RespClient[]> {
    return Promise.all(Array.from({ length: count }, () => connectRedis(port)))
  }
})

/** Writes a command whose last word has that many bytes, as fast as it is taken and no faster. */
async function write(client: TcpPeer, name: string, key: string, length: number): Promise<void> {
  client.write(`*3\r\n$${name.length}\r\n${name}\r\n$${key.length}\r\n${key}\r\n$${length}\r\n`)
  for (let written = 0; written < length; written += PATTERN.length) {
    client.write(PATTERN.subarray(0, Math.min(PATTERN.length, length - written)))
    if (client.unsent > 0) await eventually(() => client.unsent === 0, 30_000)
  }
  client.write('\r\n')
}

/** Checks a bulk string of the pattern as it comes, and keeps none of it. */
class ValueReader {
  readonly whole: Promise<void>
  readonly #head: string
  readonly #length: number
  readonly #fulfil: () => void
  readonly #fail: (error: Error) => void
  #at = 0
  #before = ''

  constructor(peer: TcpPeer, length: number) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.whole = promise
    this.#fulfil = resolve
    this.#fail = reject
    this.#head = `$${length}\r\n`
    this.#length = length
    peer.keeps = false
    peer.onBytes = (bytes) =>
      this.#onBytes(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    peer.onGone = () => reject(new Error(`closed after ${this.#at} bytes`))
  }

  #onBytes(bytes: Buffer): void {
    let from = 0
    while (this.#before.length < this.#head.length && from < bytes.length) {
      this.#before += String.fromCharCode(bytes[from++]!)
    }
    if (!this.#head.startsWith(this.#before))
      this.#fail(new Error(`not the value: ${this.#before}`))
    while (from < bytes.length && this.#at < this.#length) {
      const offset = this.#at % PATTERN.length
      const count = Math.min(bytes.length - from, PATTERN.length - offset, this.#length - this.#at)
      if (bytes.compare(PATTERN, offset, offset + count, from, from + count) !== 0) {
        this.#fail(new Error(`wrong bytes after ${this.#at}`))
      }
      from += count
      this.#at += count
    }
    // Its line end.
    this.#at += bytes.length - from
    if (this.#at === this.#length + 2) this.#fulfil()
  }
}

/** How far the proxy's resident memory rises. */
class Memory {
  readonly #proxy: TestProxy
  readonly #base: number
  #highest = 0
  readonly #timer: Timer

  constructor(proxy: TestProxy) {
    this.#proxy = proxy
    this.#base = proxy.rss()
    this.#timer = setInterval(() => this.#look(), 20)
  }

  /** Bytes, at the most since it was made, once what was only garbage has been collected. */
  grown(): number {
    this.#look()
    clearInterval(this.#timer)
    return this.#highest - this.#base
  }

  #look(): void {
    try {
      this.#highest = Math.max(this.#highest, this.#proxy.rss())
    } catch {
      // It has ended, and the test with it.
      clearInterval(this.#timer)
    }
  }
}
