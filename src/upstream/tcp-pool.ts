import type { Address } from '../network/address.ts'
import type { ClientConnectionOptions } from '../network/client-connection.ts'
import { ActiveTcpClient, type TcpClientPool } from './active-tcp-client.ts'
import { type CircuitBreakers, ResourcePriority } from './circuit-breakers.ts'
import { PoolFailureReason, type TcpPoolCallbacks, type TcpPoolHandle } from './cluster-manager.ts'
import { CLUSTER_STATS } from './cluster-stats-table.ts'
import { connectionOptions } from './connection-options.ts'
import type { Host } from './host.ts'
import { HostStat } from './host-table.ts'
import type { PoolCluster } from './pool-cluster.ts'

const {
  upstream_cx_overflow: CX_OVERFLOW,
  upstream_rq_cancelled: RQ_CANCELLED,
  upstream_rq_pending_active: RQ_PENDING_ACTIVE,
  upstream_rq_pending_failure_eject: RQ_PENDING_FAILURE_EJECT,
  upstream_rq_pending_overflow: RQ_PENDING_OVERFLOW,
  upstream_rq_pending_total: RQ_PENDING_TOTAL,
} = CLUSTER_STATS.index

/**
 * The connections of one thread to one host, each for one user and never used again. Who asks waits in line until a connection is
 * open; the first that opens goes to the first in line. As Envoy's pool, one failed connect fails all who wait.
 *
 *   newConnection ──▶ waiting ──a connection opens──▶ onPoolReady
 *                        ├──────a connect fails────▶ onPoolFailure, for all who wait
 *                        └──────cancel()───────────▶ (nothing)
 */
export class TcpPool implements TcpClientPool {
  readonly cluster: PoolCluster
  readonly host: Host
  readonly breakers: CircuitBreakers
  /** Who waits, first to last. */
  #first: WaitingUser | null = null
  #last: WaitingUser | null = null
  #waiting = 0
  /** Connections on their way; each also counts in #clients. */
  readonly #connecting = new Set<ActiveTcpClient>()
  #clients = 0
  /** All of them, where a host that fails closes them; null elsewhere, since there may be many. */
  readonly #all: Set<ActiveTcpClient> | null
  /** For the host's first address: the same for all of its connections. */
  #options: ClientConnectionOptions | null = null

  constructor(cluster: PoolCluster, host: Host) {
    this.cluster = cluster
    this.host = host
    this.breakers = cluster.circuitBreakers(ResourcePriority.Default)
    this.#all = cluster.data.closeConnectionsOnHostHealthFailure ? new Set() : null
  }

  newConnection(callbacks: TcpPoolCallbacks): TcpPoolHandle | null {
    const { stats } = this.cluster
    if (!this.breakers.pendingRequests.canCreate()) {
      stats[RQ_PENDING_OVERFLOW]!++
      callbacks.onPoolFailure(PoolFailureReason.Overflow, '', this.host)
      return null
    }
    const user = new WaitingUser(this, callbacks)
    user.previous = this.#last
    if (this.#last === null) this.#first = user
    else this.#last.next = user
    this.#last = user
    this.#countWaiting(1)
    stats[RQ_PENDING_TOTAL]!++
    this.#connectOne()
    return user
  }

  /** The host is found unhealthy. */
  closeConnections(): void {
    for (const client of [...(this.#all ?? [])]) client.close('')
  }

  /** For WaitingUser only. */
  cancel(user: WaitingUser): void {
    this.#unlink(user)
    this.cluster.stats[RQ_CANCELLED]!++
    if (this.#connecting.size <= this.#waiting) return
    let newest: ActiveTcpClient | null = null
    for (const client of this.#connecting) newest = client
    newest?.giveUp()
  }

  // ---- from the connections

  /** A connection is open: true if somebody took it. */
  onClientConnected(client: ActiveTcpClient): boolean {
    this.#connecting.delete(client)
    const user = this.#first
    if (user === null) return false
    this.#unlink(user)
    client.assign()
    user.callbacks.onPoolReady(client.connection!, this.host)
    return true
  }

  /** A connect failed: nobody else waits for another one to fail. */
  onClientFailed(reason: PoolFailureReason, transportFailureReason: string): void {
    // Those who ask again from within their callback wait in a new line.
    let user = this.#first
    this.#first = null
    this.#last = null
    const failed = this.#waiting
    for (let at: WaitingUser | null = user; at !== null; at = at.next) at.pool = null
    this.#countWaiting(-failed)
    this.cluster.stats[RQ_PENDING_FAILURE_EJECT]! += failed
    while (user !== null) {
      const next: WaitingUser | null = user.next
      if (!user.cancelled) {
        user.callbacks.onPoolFailure(reason, transportFailureReason, this.host)
      }
      user = next
    }
  }

  /** A connection is gone, whatever it was: there is room for one that had to wait. */
  onClientClosed(client: ActiveTcpClient): void {
    this.#connecting.delete(client)
    this.#all?.delete(client)
    const wasLast = --this.#clients === 0
    if (this.#connecting.size < this.#waiting) this.#connectOne()
    if (wasLast) this.cluster.release()
  }

  /** Over the limits a pool that has no connection at all may still open one, so that no thread starves. */
  #connectOne(): void {
    const { maxConnectionsPerHost } = this.cluster.data
    const mayConnect =
      this.breakers.connections.canCreate() &&
      (maxConnectionsPerHost === null || this.host.activeConnections() < maxConnectionsPerHost)
    if (!mayConnect) {
      this.cluster.stats[CX_OVERFLOW]!++
      if (this.#clients > 0) return
    }
    if (this.#clients++ === 0) this.cluster.retain()
    const client = new ActiveTcpClient(this)
    this.#connecting.add(client)
    this.#all?.add(client)
    client.connect()
  }

  /** How to dial the host at one of its addresses. */
  connectionOptions(address: Address): ClientConnectionOptions {
    if (address !== this.host.address)
      return connectionOptions(this.cluster, address, this.host.hostname)
    this.#options ??= connectionOptions(this.cluster, address, this.host.hostname)
    return this.#options
  }

  #unlink(user: WaitingUser): void {
    if (user.previous === null) this.#first = user.next
    else user.previous.next = user.next
    if (user.next === null) this.#last = user.previous
    else user.next.previous = user.previous
    user.pool = null
    user.previous = null
    user.next = null
    this.#countWaiting(-1)
  }

  #countWaiting(n: number): void {
    this.#waiting += n
    this.cluster.stats[RQ_PENDING_ACTIVE]! += n
    this.host.stats[HostStat.RqPendingActive]! += n
    this.breakers.pendingRequests.add(n)
  }
}

/** One who waits for a connection. */
class WaitingUser implements TcpPoolHandle {
  readonly callbacks: TcpPoolCallbacks
  /** Null once it waits no more. */
  pool: TcpPool | null
  cancelled = false
  previous: WaitingUser | null = null
  next: WaitingUser | null = null

  constructor(pool: TcpPool, callbacks: TcpPoolCallbacks) {
    this.pool = pool
    this.callbacks = callbacks
  }

  cancel(): void {
    this.cancelled = true
    this.pool?.cancel(this)
  }
}
