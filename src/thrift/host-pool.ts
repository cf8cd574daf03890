import type { Address } from '../network/address.ts'
import type { ClientConnectionOptions } from '../network/client-connection.ts'
import { ActiveTcpClient, type TcpClientPool } from '../upstream/active-tcp-client.ts'
import { type CircuitBreakers, ResourcePriority } from '../upstream/circuit-breakers.ts'
import { PoolFailureReason } from '../upstream/cluster-manager.ts'
import { CLUSTER_STATS } from '../upstream/cluster-stats-table.ts'
import { connectionOptions } from '../upstream/connection-options.ts'
import { type Host, OutlierResult } from '../upstream/host.ts'
import { HostStat } from '../upstream/host-table.ts'
import type { PoolCluster } from '../upstream/pool-cluster.ts'
import { type ConnectionHome, UpstreamConnection } from './upstream-connection.ts'

const {
  upstream_cx_overflow: CX_OVERFLOW,
  upstream_rq_cancelled: RQ_CANCELLED,
  upstream_rq_pending_active: RQ_PENDING_ACTIVE,
  upstream_rq_pending_failure_eject: RQ_PENDING_FAILURE_EJECT,
  upstream_rq_pending_overflow: RQ_PENDING_OVERFLOW,
  upstream_rq_pending_total: RQ_PENDING_TOTAL,
} = CLUSTER_STATS.index

/** One who wants a connection for one call. Each is in one line at most. */
export interface PoolUser {
  /** The line's own. */
  previousWaiting: PoolUser | null
  nextWaiting: PoolUser | null
  isWaiting: boolean
  /** `connection` is this user's alone until it calls `connection.release()` or the connection closes. */
  onPoolReady(connection: UpstreamConnection): void
  onPoolFailure(reason: PoolFailureReason): void
}

/**
 * One thread's connections to one host, each for one call at a time and used again, the last used first.
 *
 *   acquire ──▶ idle connection ───────────────────────▶ onPoolReady, at once
 *      └──────▶ waiting ──one opens, or is given back──▶ onPoolReady
 *                  ├──────a connect fails────▶ onPoolFailure, for all who wait
 *                  └──────cancel()───────────▶ (nothing)
 */
export class HostPool implements TcpClientPool, ConnectionHome {
  readonly cluster: PoolCluster
  readonly host: Host
  readonly breakers: CircuitBreakers
  readonly #idle: UpstreamConnection[] = []
  /** Open ones, idle or not. */
  readonly #open = new Set<UpstreamConnection>()
  #first: PoolUser | null = null
  #last: PoolUser | null = null
  #waiting = 0
  readonly #connecting = new Set<ActiveTcpClient>()
  #clients = 0
  /** Nobody is sent here any more. */
  #isLeaving = false
  #options: ClientConnectionOptions | null = null

  constructor(cluster: PoolCluster, host: Host) {
    this.cluster = cluster
    this.host = host
    this.breakers = cluster.circuitBreakers(ResourcePriority.Default)
  }

  /** Exactly one of the user's callbacks comes, perhaps within this call, unless `cancel` does. */
  acquire(user: PoolUser): void {
    const idle = this.#idle.pop()
    if (idle !== undefined) {
      idle.assign()
      user.onPoolReady(idle)
      return
    }
    const { stats } = this.cluster
    if (!this.breakers.pendingRequests.canCreate()) {
      stats[RQ_PENDING_OVERFLOW]!++
      user.onPoolFailure(PoolFailureReason.Overflow)
      return
    }
    this.#append(user)
    stats[RQ_PENDING_TOTAL]!++
    if (this.#connecting.size < this.#waiting) this.#connectOne()
  }

  /** It waits no more. */
  cancel(user: PoolUser): void {
    if (!user.isWaiting) return
    this.#unlink(user)
    this.cluster.stats[RQ_CANCELLED]!++
    if (this.#connecting.size <= this.#waiting) return
    let newest: ActiveTcpClient | null = null
    for (const client of this.#connecting) newest = client
    newest?.giveUp()
  }

  /** The host left: idle connections close now, the others when their calls are done. */
  leave(): void {
    this.#isLeaving = true
    for (const connection of [...this.#idle]) connection.close()
  }

  /** At once, whatever is under way. */
  closeAll(): void {
    this.#isLeaving = true
    for (const connection of [...this.#open]) connection.close()
    for (const client of [...this.#connecting]) client.close('')
  }

  // ---- from the connections

  onClientConnected(client: ActiveTcpClient): boolean {
    this.#connecting.delete(client)
    this.host.putResult(OutlierResult.ConnectSuccess)
    const connection = new UpstreamConnection(this, client)
    this.#open.add(connection)
    this.onConnectionFree(connection)
    return true
  }

  /** It has no call now. */
  onConnectionFree(connection: UpstreamConnection): void {
    const user = this.#first
    if (user !== null) {
      this.#unlink(user)
      connection.assign()
      user.onPoolReady(connection)
    } else if (this.#isLeaving) {
      connection.close()
    } else {
      this.#idle.push(connection)
      connection.onIdle()
    }
  }

  onConnectionClosed(connection: UpstreamConnection): void {
    this.#open.delete(connection)
    const at = this.#idle.lastIndexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  onClientFailed(reason: PoolFailureReason): void {
    const result =
      reason === PoolFailureReason.Timeout ? OutlierResult.Timeout : OutlierResult.ConnectFailed
    this.host.putResult(result)
    // Those who ask again from within their callback wait in a new line.
    let user = this.#first
    this.#first = null
    this.#last = null
    const failed = this.#waiting
    for (let at = user; at !== null; at = at.nextWaiting) at.isWaiting = false
    this.#countWaiting(-failed)
    this.cluster.stats[RQ_PENDING_FAILURE_EJECT]! += failed
    while (user !== null) {
      const next: PoolUser | null = user.nextWaiting
      user.previousWaiting = null
      user.nextWaiting = null
      user.onPoolFailure(reason)
      user = next
    }
  }

  onClientClosed(client: ActiveTcpClient): void {
    this.#connecting.delete(client)
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
    client.connect()
  }

  connectionOptions(address: Address): ClientConnectionOptions {
    if (address !== this.host.address)
      return connectionOptions(this.cluster, address, this.host.hostname)
    this.#options ??= connectionOptions(this.cluster, address, this.host.hostname)
    return this.#options
  }

  // ---- the line

  #append(user: PoolUser): void {
    user.isWaiting = true
    user.previousWaiting = this.#last
    if (this.#last === null) this.#first = user
    else this.#last.nextWaiting = user
    this.#last = user
    this.#countWaiting(1)
  }

  #unlink(user: PoolUser): void {
    if (user.previousWaiting === null) this.#first = user.nextWaiting
    else user.previousWaiting.nextWaiting = user.nextWaiting
    if (user.nextWaiting === null) this.#last = user.previousWaiting
    else user.nextWaiting.previousWaiting = user.previousWaiting
    user.isWaiting = false
    user.previousWaiting = null
    user.nextWaiting = null
    this.#countWaiting(-1)
  }

  #countWaiting(n: number): void {
    this.#waiting += n
    this.cluster.stats[RQ_PENDING_ACTIVE]! += n
    this.host.stats[HostStat.RqPendingActive]! += n
    this.breakers.pendingRequests.add(n)
  }
}
