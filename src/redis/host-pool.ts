import { ResourcePriority } from '../upstream/circuit-breakers.ts'
import { CLUSTER_STATS } from '../upstream/cluster-stats-table.ts'
import type { Host } from '../upstream/host.ts'
import { NO_UPSTREAM_HOST, noConnectionLeft } from './errors.ts'
import type { Session } from './session.ts'
import {
  type ConnectionOwner,
  type ConnectionPool,
  UpstreamConnection,
} from './upstream-connection.ts'

/** The pool of the cluster, as the pools of its hosts see it. */
export interface HostPoolOwner extends ConnectionPool {
  nowMs(): number
  /** A host that left, or that nobody knew, has no connection any more. */
  onHostPoolEmpty(pool: HostPool): void
}

/** Connections of a host that are kept for the next one who needs one alone. */
const MAX_SPARE = 32
/** Shared connections that wait for slow readers, and carry nothing new; beyond these the readers are closed. */
const MAX_RETIRED = 64

/**
 * One worker's connections to one host: per session a shared one, which carries the commands of all clients, and those that one client
 * has for itself while it needs them (transactions, blocking commands, subscriptions).
 */
export class HostPool implements ConnectionOwner {
  readonly host: Host
  readonly pool: HostPoolOwner
  /** Until it has refused it. */
  speaksResp3 = true
  /** It has said HELLO to us. */
  knowsResp3 = false
  /** By the session's index. */
  readonly #shared: (UpstreamConnection | null)[] = []
  /** Every open connection, shared or not. */
  readonly #connections = new Set<UpstreamConnection>()
  readonly #spare: UpstreamConnection[] = []
  #retired = 0
  /** Why the last connection was refused. */
  refusal = NO_UPSTREAM_HOST
  /** Nobody new is sent here: connections go once they are idle. */
  #isLeaving = false
  #tokens: number
  #tokensAtMs: number

  constructor(host: Host, pool: HostPoolOwner) {
    this.host = host
    this.pool = pool
    this.#tokens = pool.settings.connectionRateLimitPerSec ?? 0
    this.#tokensAtMs = pool.nowMs()
  }

  /** The connection that clients of a session share. Null: the rate limit forbids a new one. */
  shared(session: Session): UpstreamConnection | null {
    return this.#shared[session.index] ?? this.#openShared(session)
  }

  /**
   * A connection for one client alone, who speaks that protocol; `giveBack` it, or close it. Null: the cluster's `max_connections` or the
   * rate limit forbid a new one; `refusal` says which.
   */
  takeOwn(session: Session, speaks: 2 | 3): UpstreamConnection | null {
    const connection = this.#takeSpare(session) ?? this.#openOwn(session)
    connection?.translateTo(speaks)
    return connection
  }

  #openOwn(session: Session): UpstreamConnection | null {
    const { name, poolCluster } = this.pool.cluster
    const breaker = poolCluster.circuitBreakers(ResourcePriority.Default).connections
    // One that is kept for another session makes room.
    if (!breaker.canCreate()) this.#spare[0]?.close()
    if (!breaker.canCreate()) {
      poolCluster.stats[CLUSTER_STATS.index.upstream_cx_overflow]!++
      this.refusal = noConnectionLeft(name)
      return null
    }
    return this.#open(session, false)
  }

  #takeSpare(session: Session): UpstreamConnection | null {
    for (let i = this.#spare.length - 1; i >= 0; i--) {
      const connection = this.#spare[i]!
      if (connection.session !== session) continue
      this.#spare.splice(i, 1)
      return connection
    }
    return null
  }

  /** The client needs it no more, and the server remembers nothing of it. */
  giveBack(connection: UpstreamConnection): void {
    if (connection.isClosed) return
    const isClean = connection.isIdle && !connection.isMidCommand && connection.sink === null
    const isKept = isClean && !this.#isLeaving && this.#spare.length < MAX_SPARE
    if (isKept && this.#hasRoomForSpares) this.#spare.push(connection)
    else connection.close()
  }

  /** What is kept must not keep others, on other hosts and threads, from having any. */
  get #hasRoomForSpares(): boolean {
    const { connections } = this.pool.cluster.poolCluster.circuitBreakers(ResourcePriority.Default)
    return connections.count() * 2 <= connections.max
  }

  /** The host is gone: what is idle closes now, the rest when it is. */
  leave(): void {
    this.#isLeaving = true
    for (const connection of [...this.#connections]) {
      if (connection.isIdle) connection.close()
    }
    this.pool.stats.drained(this.#connections.size)
  }

  /** At once, whatever is under way. */
  closeAll(): void {
    this.#isLeaving = true
    for (const connection of [...this.#connections]) connection.close()
  }

  /** Nothing of it is open. */
  get isEmpty(): boolean {
    return this.#connections.size === 0
  }

  // ---- from the connections

  onConnectionClosed(connection: UpstreamConnection): void {
    this.#connections.delete(connection)
    this.#forget(connection)
    const spare = this.#spare.indexOf(connection)
    if (spare >= 0) this.#spare.splice(spare, 1)
    if (connection.isRetired && connection.isShared) this.#retired--
    const isUnknown = this.host.slot < 0
    if ((this.#isLeaving || isUnknown) && this.isEmpty) this.pool.onHostPoolEmpty(this)
  }

  onResp3Accepted(): void {
    this.knowsResp3 = true
  }

  onResp3Refused(): void {
    this.speaksResp3 = false
    this.pool.stats.helloFailed()
  }

  onConnectionIdle(connection: UpstreamConnection): void {
    if (this.#isLeaving || connection.isRetired) connection.close()
  }

  onConnectionClogged(connection: UpstreamConnection): boolean {
    if (connection.isShared && !connection.isRetired && this.#retired >= MAX_RETIRED) return false
    this.#forget(connection)
    return true
  }

  /** New commands take another connection. */
  #forget(connection: UpstreamConnection): void {
    const { index } = connection.session
    if (this.#shared[index] !== connection) return
    this.#shared[index] = null
    if (connection.isClosed) return
    connection.isRetired = true
    this.#retired++
  }

  #openShared(session: Session): UpstreamConnection | null {
    const connection = this.#open(session, true)
    while (this.#shared.length <= session.index) this.#shared.push(null)
    if (connection !== null && !connection.isClosed) this.#shared[session.index] = connection
    return connection
  }

  #open(session: Session, isShared: boolean): UpstreamConnection | null {
    if (!this.#takeToken()) {
      this.pool.stats.rateLimited()
      this.refusal = NO_UPSTREAM_HOST
      return null
    }
    const connection = new UpstreamConnection(this, session, isShared)
    this.#connections.add(connection)
    return connection
  }

  /** A bucket as full as the rate, filled by the second. */
  #takeToken(): boolean {
    const rate = this.pool.settings.connectionRateLimitPerSec
    if (rate === null) return true
    const nowMs = this.pool.nowMs()
    this.#tokens = Math.min(rate, this.#tokens + ((nowMs - this.#tokensAtMs) * rate) / 1000)
    this.#tokensAtMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
