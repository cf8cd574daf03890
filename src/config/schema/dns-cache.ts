import type { InferOutput } from 'valibot'
import { refreshRate } from './cluster.ts'
import { extension } from './extension.ts'
import { message } from './message.ts'
import { convert, type Schema } from './schema.ts'
import { bool, durationMs, enumOf, list, number, orElse, orNull, text } from './values.ts'

const PACKAGE = 'envoy.extensions.common.dynamic_forward_proxy.v3'

/** `common.dynamic_forward_proxy.v3.DnsCacheConfig`: names that are looked up as traffic brings them. */
export interface DnsCacheConfig extends Omit<RawDnsCache, 'dnsCacheCircuitBreaker'> {
  /** Lookups that may be under way at once. */
  readonly maxPendingRequests: number
}

type RawDnsCache = InferOutput<ReturnType<typeof rawDnsCache>>

export function dnsCacheConfig(): Schema<DnsCacheConfig> {
  return convert(rawDnsCache(), ({ dnsCacheCircuitBreaker, ...rest }) => ({
    ...rest,
    maxPendingRequests: dnsCacheCircuitBreaker.maxPendingRequests,
  }))
}

function rawDnsCache() {
  return message(`${PACKAGE}.DnsCacheConfig`, {
    /** Caches of one name are one cache. */
    name: text(),
    dnsLookupFamily: enumOf(['AUTO', 'V4_ONLY', 'V6_ONLY', 'V4_PREFERRED', 'ALL']),
    dnsRefreshRateMs: durationMs(60_000),
    dnsMinRefreshRateMs: durationMs(5000),
    /** A name that nobody asked for so long is forgotten. */
    hostTtlMs: durationMs(300_000),
    maxHosts: number(1024),
    disableDnsRefreshOnFailure: bool(),
    /** Null: failures wait for `dnsRefreshRateMs` too. */
    dnsFailureRefreshRate: orNull(refreshRate()),
    dnsCacheCircuitBreaker: orElse(
      message(`${PACKAGE}.DnsCacheCircuitBreakers`, { maxPendingRequests: number(1024) }),
      {},
    ),
    /** Null: the bootstrap's, or else the system's servers. */
    typedDnsResolverConfig: orNull(extension('envoy.network.dns_resolver')),
    /** Looked up at start. */
    preresolveHostnames: list(
      message('envoy.config.core.v3.SocketAddress', { address: text(), portValue: number() }),
    ),
    dnsQueryTimeoutMs: durationMs(5000),
  })
}
