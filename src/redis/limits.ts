import { REDIS_LIMITS, REDIS_START } from '../config/own-metadata-table.ts'
import type { Metadata } from '../network/stream-info.ts'

/** What a peer may send at most; past it the connection is closed with a protocol error. */
export interface RedisLimits {
  readonly maxBulkBytes: number
  readonly maxElements: number
  readonly maxDepth: number
  readonly maxInlineBytes: number
  readonly maxQueryBufferBytes: number
}

/** The limits of a listener: `tsproxy.redis` in its metadata, which the config's checks have read, over the defaults. */
export function redisLimits(listenerMetadata: Metadata | null): RedisLimits {
  const { 'tsproxy.redis': settings = {} } = listenerMetadata ?? {}
  const limit = (key: keyof typeof REDIS_LIMITS): number => {
    const { [key]: value } = settings
    return typeof value === 'number' ? value : REDIS_LIMITS[key].fallback
  }
  return {
    maxBulkBytes: limit('max_bulk_bytes'),
    maxElements: limit('max_elements'),
    maxDepth: limit('max_depth'),
    maxInlineBytes: limit('max_inline_bytes'),
    maxQueryBufferBytes: limit('max_query_buffer_bytes'),
  }
}

/** Whether replicas may attach themselves through the listener. */
export function allowsReplication(listenerMetadata: Metadata | null): boolean {
  return listenerMetadata?.['tsproxy.redis']?.['replication'] === 'allowed'
}

/** The database that a client of the listener is in before it has said SELECT. */
export function initialDatabase(listenerMetadata: Metadata | null): number {
  const { database } = listenerMetadata?.['tsproxy.redis'] ?? {}
  return typeof database === 'number' ? database : REDIS_START.database.fallback
}
