import {
  CloseType,
  type ConnectionCallbacks,
  ConnectionEvent,
} from '../../../network/connection.ts'
import type { ClientConnection } from '../../../network/filter.ts'
import type { DatagramWriter } from '../../../stats/statsd-sink.ts'
import type { StatsBlock, StatsStore } from '../../../stats/store.ts'
import type { ClusterManager, TcpPoolCallbacks } from '../../../upstream/cluster-manager.ts'

/** What may wait for the peer; beyond it the connection is given up, and what was to be sent with it. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024

/** statsd over TCP: lines through one connection of a cluster, which is made when there is something to say. */
export class TcpStatsdWriter implements DatagramWriter, TcpPoolCallbacks, ConnectionCallbacks {
  readonly #cluster: string
  readonly #clusterManager: ClusterManager
  /** One slot: `statsd.cx_overflow`. */
  readonly #overflows: StatsBlock
  readonly #encoder = new TextEncoder()
  #connection: ClientConnection | null = null
  #isConnecting = false
  #isClosed = false
  /** Said before the connection is there. */
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  constructor(cluster: string, clusterManager: ClusterManager, stats: StatsStore) {
    this.#cluster = cluster
    this.#clusterManager = clusterManager
    this.#overflows = stats.single('statsd.cx_overflow', 'counter')
  }

  send(lines: readonly string[]): void {
    if (lines.length === 0 || this.#isClosed) return
    const bytes = this.#encoder.encode(`${lines.join('\n')}\n`)
    const buffered = this.#connection?.bytesOutstanding ?? this.#waitingBytes
    if (buffered > MAX_BUFFERED_BYTES) {
      this.#overflows[0]!++
      this.#forgetWaiting()
      this.#connection?.close(CloseType.NoFlush, 'statsd_cx_overflow')
      return
    }
    if (this.#connection !== null) {
      this.#connection.write(bytes, false)
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (!this.#isConnecting) this.#connect()
  }

  close(): void {
    this.#isClosed = true
    this.#forgetWaiting()
    this.#connection?.close(CloseType.FlushWrite, 'statsd_closed')
  }

  onPoolReady(connection: ClientConnection): void {
    this.#isConnecting = false
    if (this.#isClosed) {
      connection.close(CloseType.NoFlush, 'statsd_closed')
      return
    }
    this.#connection = connection
    connection.addConnectionCallbacks(this)
    for (const bytes of this.#waiting) connection.write(bytes, false)
    this.#forgetWaiting()
  }

  /** The next thing to say tries again. */
  onPoolFailure(): void {
    this.#isConnecting = false
    this.#forgetWaiting()
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== ConnectionEvent.Connected) this.#connection = null
  }

  onAboveWriteBufferHighWatermark(): void {
    // What feeds it cannot be stopped; `send` limits what waits.
  }

  onBelowWriteBufferLowWatermark(): void {
    // Nothing was stopped.
  }

  #connect(): void {
    const cluster = this.#clusterManager.getThreadLocalCluster(this.#cluster)
    if (cluster === null) {
      this.#forgetWaiting()
      return
    }
    this.#isConnecting = true
    cluster.newTcpConnection(null, this)
  }

  #forgetWaiting(): void {
    this.#waiting = []
    this.#waitingBytes = 0
  }
}
