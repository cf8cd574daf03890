import { jest } from 'bun:test'
import { isDefault } from '../../src/config/load/is-default.ts'
import { withContext } from '../../src/config/schema/parse-context.ts'
import type { FactoryContext } from '../../src/extension/factory-context.ts'
import { RuntimeSnapshot } from '../../src/extension/runtime.ts'
import { RedisClient } from '../../src/extensions/filters/network/redis_proxy/redis-client.ts'
import {
  createRedisProxyContext,
  type RedisProxyContext,
} from '../../src/extensions/filters/network/redis_proxy/redis-proxy-context.ts'
import {
  type RedisProxy,
  redisProxySchema,
} from '../../src/extensions/filters/network/redis_proxy/schema.ts'
import type { NetworkContext } from '../../src/network/network-context.ts'
import { ServerConnection } from '../../src/network/server-connection.ts'
import { RedisTap } from '../../src/redis/tap.ts'
import type { ClusterData } from '../../src/upstream/cluster-data.ts'
import { schemaRegistry } from '../config/support/registry.ts'
import type { FakeClientConnection } from './fake-client-connection.ts'
import { hostData } from './fake-host.ts'
import { FakeRawSocket } from './fake-raw-socket.ts'
import { FakeTime } from './fake-time.ts'
import { UpstreamThread } from './upstream-thread.ts'

export interface RedisBenchOptions {
  /** Of the filter's config, beside the smallest one. */
  readonly filter?: object
  readonly settings?: object
  /** Clusters, and how many hosts each has; `up` with one if nothing else is said. */
  readonly clusters?: Readonly<Record<string, number>>
  readonly cluster?: Partial<ClusterData>
  readonly drains?: () => boolean
  readonly keys?: Readonly<Record<string, number>>
}

/** A redis_proxy without sockets: the test speaks for its clients, and plays its servers. Needs fake timers. */
export class RedisBench {
  readonly time = new FakeTime(1_000_000)
  readonly thread: UpstreamThread
  readonly context: RedisProxyContext
  readonly #network: NetworkContext

  constructor(options: RedisBenchOptions = {}) {
    this.thread = new UpstreamThread({ time: this.time })
    let slot = 0
    for (const [name, count] of Object.entries(options.clusters ?? { up: 1 })) {
      const hosts = Array.from({ length: count }, () => hostData(++slot))
      this.thread.addCluster({ ...options.cluster, name, slot: slot % 8 }, hosts)
    }
    const { timers, stats, random, manager } = this.thread
    const runtime = new RuntimeSnapshot(random)
    runtime.update(options.keys ?? {})
    this.#network = {
      timers,
      timeSource: this.time,
      onFault: (error) => {
        throw error
      },
    }
    const context = {
      clusterManager: manager,
      stats,
      timers,
      timeSource: this.time,
      random,
      runtime,
      redisTap: new RedisTap({ timers, timeSource: this.time, post: () => {} }),
      listenerName: 'in',
      listenerMetadata: null,
      drainDecision: { drainClose: options.drains ?? (() => false) },
    } as unknown as FactoryContext
    this.context = createRedisProxyContext(readConfig(options), context)
  }

  client(): BenchClient {
    const socket = new FakeRawSocket()
    const connection = new ServerConnection(this.#network, null, socket)
    connection.setBufferLimit(1024 * 1024)
    const filter = new RedisClient(this.context)
    connection.filterManager.addReadFilter(filter)
    connection.onSocketOpen(socket)
    return new BenchClient(this, socket)
  }

  /** The connection to a server at a place in the order of dialling, open. */
  server(index: number): FakeClientConnection {
    const connection = this.thread.dialled[index]
    if (connection === undefined) throw new Error(`${this.thread.dialled.length} were dialled`)
    return connection
  }

  get dials(): number {
    return this.thread.dialled.length
  }

  /** What waits for the end of the turn happens, and a read of up to half a megabyte, of which each turn takes a part. */
  async turn(): Promise<void> {
    for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  async advance(ms: number): Promise<void> {
    for (let i = 0; i < ms; i += 5) {
      this.time.ms += 5
      jest.advanceTimersByTime(5)
    }
    await this.turn()
  }

  /** Counters and gauges below `redis.r.` that are not 0; those of commands alone if asked. */
  stats(pattern: RegExp): Record<string, number> {
    const metrics = [...this.thread.aggregator.counters(), ...this.thread.aggregator.gauges()]
    return Object.fromEntries(
      metrics
        .filter(({ name, value }) => value !== 0 && pattern.test(name))
        .map(({ name, value }) => [name.replace('redis.r.', ''), value] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }
}

/** One client of the bench. */
export class BenchClient {
  readonly socket: FakeRawSocket
  readonly #bench: RedisBench
  #seen = 0

  constructor(bench: RedisBench, socket: FakeRawSocket) {
    this.#bench = bench
    this.socket = socket
  }

  /** Sends the lines as commands, a turn passes. */
  async asks(...lines: readonly string[]): Promise<void> {
    await this.says(lines.map((line) => wire(...line.split(' '))).join(''))
  }

  async says(text: string): Promise<void> {
    this.socket.data.onSocketData(this.socket, new Uint8Array(Buffer.from(text, 'latin1')))
    await this.#bench.turn()
  }

  /** What came since the last look. */
  get got(): string {
    const all = this.socket.written
    const fresh = all.slice(this.#seen)
    this.#seen = all.length
    return fresh
  }
}

/** A command, or a reply that is an array of strings. */
export function wire(...words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word, 'latin1')}\r\n${word}\r\n`)
  return `*${words.length}\r\n${parts.join('')}`
}

/** What a server was sent, as lines. */
export function commands(connection: FakeClientConnection): string[] {
  const lines: string[] = []
  const words = connection.sent.split('\r\n')
  for (let at = 0; at < words.length && words[at] !== ''; ) {
    const count = Number(words[at]!.slice(1))
    lines.push(Array.from({ length: count }, (_, i) => words[at + 2 + 2 * i]).join(' '))
    at += 1 + 2 * count
  }
  return lines
}

function readConfig(options: RedisBenchOptions): RedisProxy {
  const value = {
    stat_prefix: 'r',
    settings: { op_timeout: '5s', ...options.settings },
    prefix_routes: { catch_all_route: { cluster: 'up' } },
    ...options.filter,
  }
  return withContext({ registry: schemaRegistry(), isDefault }, () => {
    const dataset = redisProxySchema()['~run']({ value }, {})
    if (!dataset.typed) throw new Error(JSON.stringify(dataset.issues))
    return dataset.value as RedisProxy
  })
}
