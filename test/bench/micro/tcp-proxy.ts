import type { FactoryContext } from '../../../src/extension/factory-context.ts'
import type { TcpProxy } from '../../../src/extensions/filters/network/tcp_proxy/schema.ts'
import { createTcpProxyContext } from '../../../src/extensions/filters/network/tcp_proxy/tcp-proxy-context.ts'
import { TcpProxyFilter } from '../../../src/extensions/filters/network/tcp_proxy/tcp-proxy-filter.ts'
import { createClientConnection } from '../../../src/network/client-connection.ts'
import type { NetworkContext } from '../../../src/network/network-context.ts'
import type { RawSocket } from '../../../src/network/raw-socket.ts'
import { ServerConnection } from '../../../src/network/server-connection.ts'
import { TimerWheel } from '../../../src/network/timers.ts'
import { seededRandom } from '../../../src/random.ts'
import { StatsStore } from '../../../src/stats/store.ts'
import { systemTime } from '../../../src/time-source.ts'
import type { TcpPoolCallbacks } from '../../../src/upstream/cluster-manager.ts'
import type { MicroCase } from '../micro.ts'

/** A kernel that takes everything. */
class FakeSocket {
  data: unknown = null
  readonly fd = -1
  readonly readyState = 1
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 1
  readonly localAddress = '127.0.0.1'
  readonly localPort = 2
  written = 0
  write(bytes: Uint8Array): number {
    this.written += bytes.length
    return bytes.length
  }
  shutdown(): void {}
  end(): void {}
  terminate(): void {}
  pause(): void {}
  resume(): void {}
}

const timers = new TimerWheel(systemTime, () => {})
const network: NetworkContext = { timers, timeSource: systemTime, onFault: () => {} }
const stats = new StatsStore({ thread: 'worker_0', announce: () => {} })
const address = { kind: 'ip', ip: '127.0.0.1', port: 6379, family: 4 } as const

function connectUpstream(callbacks: TcpPoolCallbacks, upstream: FakeSocket): null {
  const connection = createClientConnection(network, {
    address,
    source: null,
    socketOptions: [],
    keepalive: null,
    transportSocketFactory: null,
    bufferLimit: 1024 * 1024,
  })
  connection.onTransportReady(upstream as unknown as RawSocket)
  callbacks.onPoolReady(connection, { address, putResult() {} } as never)
  return null
}

/** A downstream and an upstream socket with the whole filter chain between them. */
function pair(): { down: RawSocket; up: RawSocket } {
  const up = new FakeSocket()
  const down = new FakeSocket() as unknown as RawSocket
  const cluster = {
    stats: new Float64Array(200),
    newTcpConnection: (_: unknown, callbacks: TcpPoolCallbacks) => connectUpstream(callbacks, up),
  }
  const config = {
    statPrefix: 't',
    clusters: [{ name: 'up', weight: 1, metadataMatch: null }],
    isWeighted: false,
    idleTimeoutMs: 0,
    accessLog: [],
    accessLogOptions: { flushIntervalMs: null, flushOnConnected: false, flushOnStart: false },
    maxConnectAttempts: 1,
    backoffOptions: null,
    hashPolicy: null,
    maxDownstreamConnectionDurationMs: null,
    maxDownstreamConnectionDurationJitterPercentage: null,
    upstreamConnectMode: 'IMMEDIATE',
    maxEarlyDataBytes: null,
    checkDrainClose: false,
  } as unknown as TcpProxy
  const context = createTcpProxyContext(config, {
    stats,
    timers,
    random: seededRandom(1),
    clusterManager: { getThreadLocalCluster: () => cluster },
    createAccessLogs: () => [],
  } as unknown as FactoryContext)
  const connection = new ServerConnection(network, null, down)
  connection.setBufferLimit(1024 * 1024)
  connection.filterManager.addReadFilter(new TcpProxyFilter(context))
  connection.onSocketOpen(down)
  return { down, up: up as unknown as RawSocket }
}

const pairs = Array.from({ length: 50 }, pair)
const chunk = new Uint8Array(100)

/** The whole way of a chunk without the kernel: socket event, filters, the other connection's write. */
export const cases: readonly MicroCase[] = [
  {
    name: 'tcp_proxy: a chunk down and one up, 50 connections',
    run: (count) => {
      for (let i = 0; i < count; i++) {
        const { down, up } = pairs[i % 50]!
        down.data.onSocketData(down, chunk)
        up.data.onSocketData(up, chunk)
      }
    },
  },
]
