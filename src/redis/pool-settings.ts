import type { ReadPolicy } from '../upstream/load-balancer.ts'

/** How connections to redis servers are used: what pools read of `RedisProxy.ConnPoolSettings`. */
export interface PoolSettings {
  /** No reply for so long, counted from the last one, ends the connection. */
  readonly opTimeoutMs: number
  /** Commands wait until there are so many bytes of them; 0: until the end of the turn. */
  readonly maxBufferSizeBeforeFlush: number
  /** Or until the first of them has waited so long. */
  readonly bufferFlushTimeoutMs: number
  /** MOVED and ASK are followed. */
  readonly enableRedirection: boolean
  readonly enableCommandStats: boolean
  /** Hash tags count, outside of clusters that have slots. */
  readonly enableHashtagging: boolean
  readonly readPolicy: ReadPolicy
  /** Connections to hosts that no cluster has, known by redirects only. */
  readonly maxUpstreamUnknownConnections: number
  /** New connections per second to one host; null: no limit. */
  readonly connectionRateLimitPerSec: number | null
}
