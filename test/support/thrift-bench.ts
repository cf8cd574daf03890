import { jest } from 'bun:test'
import { isDefault } from '../../src/config/load/is-default.ts'
import { withContext } from '../../src/config/schema/parse-context.ts'
import type { FactoryContext } from '../../src/extension/factory-context.ts'
import { RuntimeSnapshot } from '../../src/extension/runtime.ts'
import {
  type ThriftProxy,
  thriftProxySchema,
} from '../../src/extensions/filters/network/thrift_proxy/schema.ts'
import { ThriftClient } from '../../src/extensions/filters/network/thrift_proxy/thrift-client.ts'
import {
  createThriftProxyContext,
  type ThriftProxyContext,
} from '../../src/extensions/filters/network/thrift_proxy/thrift-proxy-context.ts'
import { thriftRouter } from '../../src/extensions/filters/thrift/router/config.ts'
import type { NetworkContext } from '../../src/network/network-context.ts'
import { ServerConnection } from '../../src/network/server-connection.ts'
import type { StreamInfo } from '../../src/network/stream-info.ts'
import { type Factory, Registry } from '../../src/registry.ts'
import { SharedNumbers } from '../../src/stats/shared-numbers.ts'
import { ThriftTap } from '../../src/thrift/tap.ts'
import type { ClusterData } from '../../src/upstream/cluster-data.ts'
import type { FakeClientConnection } from './fake-client-connection.ts'
import { hostData } from './fake-host.ts'
import { FakeRawSocket } from './fake-raw-socket.ts'
import { FakeTime } from './fake-time.ts'
import { UpstreamThread } from './upstream-thread.ts'

export interface ThriftBenchOptions {
  /** Of the filter's config, beside the smallest one. */
  readonly filter?: object
  /** In the routes' `tsproxy.thrift`. */
  readonly route?: object
  /** In the listener's `tsproxy.thrift`. */
  readonly listener?: object
  readonly cluster?: Partial<ClusterData>
  /** Clusters, and how many hosts each has; `up` with one if nothing else is said. */
  readonly clusters?: Readonly<Record<string, number>>
  /** Of the hosts. */
  readonly zone?: string
  /** More thrift filters. */
  readonly filters?: readonly Factory[]
  readonly drains?: () => boolean
  readonly keys?: Readonly<Record<string, number>>
  /** Where calls are logged. */
  readonly log?: (info: StreamInfo) => void
}

/** A thrift_proxy without sockets: the test speaks for its clients, and plays its servers. Needs fake timers. */
export class ThriftBench {
  readonly time = new FakeTime(1_000_000)
  readonly thread: UpstreamThread
  readonly context: ThriftProxyContext
  /** Off until a test sets filters; what it shows stands in `tapped`, a line each, after its flush. */
  readonly tap: ThriftTap
  readonly tapped: string[] = []
  readonly #network: NetworkContext

  constructor(options: ThriftBenchOptions = {}) {
    this.thread = new UpstreamThread({ time: this.time })
    let slot = 0
    for (const [name, count] of Object.entries(options.clusters ?? { up: 1 })) {
      const locality = { region: '', zone: options.zone ?? '', subZone: '' }
      const hosts = Array.from({ length: count }, () => hostData(++slot, { locality }))
      this.thread.addCluster({ ...options.cluster, name, slot: slot % 8 }, hosts)
    }
    const { timers, stats, random, manager } = this.thread
    this.tap = new ThriftTap({
      timers,
      timeSource: this.time,
      post: (batches) => {
        for (const { lines } of batches) this.tapped.push(...lines.trimEnd().split('\n'))
      },
    })
    const runtime = new RuntimeSnapshot(random)
    runtime.update(options.keys ?? {})
    const onFault = (error: unknown) => {
      throw error
    }
    this.#network = { timers, timeSource: this.time, onFault }
    const registry = new Registry().register(thriftRouter, ...(options.filters ?? []))
    const { log } = options
    const context = {
      registry,
      clusterManager: manager,
      stats,
      sharedNumbers: new SharedNumbers(SharedNumbers.createBuffer({ threads: 2 }), 1),
      timers,
      timeSource: this.time,
      random,
      runtime,
      listenerName: 'in',
      listenerMetadata: { 'tsproxy.thrift': options.listener ?? {} },
      drainDecision: { drainClose: options.drains ?? (() => false) },
      thriftTap: this.tap,
      createAccessLogs: () => (log === undefined ? [] : [{ log }]),
    } as unknown as FactoryContext
    this.context = createThriftProxyContext(readConfig(options, registry), context)
  }

  client(): ThriftBenchClient {
    const socket = new FakeRawSocket()
    const connection = new ServerConnection(this.#network, null, socket)
    connection.setBufferLimit(1024 * 1024)
    connection.filterManager.addReadFilter(new ThriftClient(this.context))
    connection.onSocketOpen(socket)
    return new ThriftBenchClient(this, socket)
  }

  /** The connection to a server at a place in the order of dialling. */
  server(index: number): FakeClientConnection {
    const connection = this.thread.dialled[index]
    if (connection === undefined) throw new Error(`${this.thread.dialled.length} were dialled`)
    return connection
  }

  get dials(): number {
    return this.thread.dialled.length
  }

  /** What waits for the end of the turn happens. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }

  async advance(ms: number): Promise<void> {
    for (let i = 0; i < ms; i += 5) {
      this.time.ms += 5
      jest.advanceTimersByTime(5)
    }
    await this.turn()
  }

  /** Counters and gauges that are not 0. */
  stats(pattern: RegExp): Record<string, number> {
    const metrics = [...this.thread.aggregator.counters(), ...this.thread.aggregator.gauges()]
    return Object.fromEntries(
      metrics
        .filter(({ name, value }) => value !== 0 && pattern.test(name))
        .map(({ name, value }) => [name.replace('thrift.t.', ''), value] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }
}

/** One client of the bench. */
export class ThriftBenchClient {
  readonly socket: FakeRawSocket
  readonly #bench: ThriftBench
  #seen = 0

  constructor(bench: ThriftBench, socket: FakeRawSocket) {
    this.#bench = bench
    this.socket = socket
  }

  /** Sends bytes (a character each), a turn passes. */
  async says(...texts: readonly string[]): Promise<void> {
    const bytes = new Uint8Array(Buffer.from(texts.join(''), 'latin1'))
    this.socket.data.onSocketData(this.socket, bytes)
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

const KINDS = { call: 1, reply: 2, exception: 3, oneway: 4 } as const

/** A framed strict binary message; `body` is the struct, empty if nothing is said. */
export function framed(
  kind: keyof typeof KINDS,
  name: string,
  sequenceId: number,
  body = '\0',
): string {
  const message = `\x80\x01\0${String.fromCharCode(KINDS[kind])}${i32(name.length)}${name}${i32(sequenceId)}${body}`
  return i32(message.length) + message
}

/** A framed TApplicationException. */
export function exception(name: string, sequenceId: number, type: number, text: string): string {
  const body = `\x0b\0\x01${i32(text.length)}${text}\x08\0\x02${i32(type)}\0`
  return framed('exception', name, sequenceId, body)
}

export function i32(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes.toString('latin1')
}

function readConfig(options: ThriftBenchOptions, registry: Registry): ThriftProxy {
  const action = {
    cluster: 'up',
    ...(options.route && {
      metadata_match: { filter_metadata: { 'tsproxy.thrift': options.route } },
    }),
  }
  const value = {
    stat_prefix: 't',
    route_config: { routes: [{ match: { method_name: '' }, route: action }] },
    ...options.filter,
  }
  return withContext({ registry, isDefault }, () => {
    const dataset = thriftProxySchema()['~run']({ value }, {})
    if (!dataset.typed) throw new Error(JSON.stringify(dataset.issues))
    return dataset.value as ThriftProxy
  })
}
