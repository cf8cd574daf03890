import type { DnsCacheConfig } from '../config/schema/dns-cache.ts'
import { type IpAddress, ipAddress } from '../network/address.ts'
import type {
  DnsCallbacks,
  DnsQuery,
  DnsResolver,
  ResolvedAddress,
} from '../network/dns-resolver.ts'
import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'
import type { Random } from '../random.ts'
import { defineStats } from '../stats/group.ts'
import type { SharedCounter, SharedNumbers } from '../stats/shared-numbers.ts'
import type { StatsBlock, StatsStore } from '../stats/store.ts'

/** Envoy's, below `dns_cache.<name>.`. */
export const DNS_CACHE_STATS = defineStats({
  cache_load: 'counter',
  dns_address_filter_out: 'counter',
  dns_query_attempt: 'counter',
  dns_query_failure: 'counter',
  dns_query_success: 'counter',
  dns_query_timeout: 'counter',
  dns_rq_pending_overflow: 'counter',
  host_added: 'counter',
  host_address_changed: 'counter',
  host_overflow: 'counter',
  host_removed: 'counter',
  num_hosts: 'gauge',
  'circuit_breakers.rq_pending_open': 'gauge',
  'circuit_breakers.rq_pending_remaining': 'gauge',
})

const STAT = DNS_CACHE_STATS.index

/** Told once what a name's address is; null: it has none, or nobody knows. */
export type OnAddress = (address: IpAddress | null) => void

export interface DnsCacheContext {
  readonly stats: StatsStore
  readonly timers: TimerWheel
  readonly random: Random
  readonly sharedNumbers: SharedNumbers
}

/** A place in the cache, while it is asked for or known. */
interface CachedName {
  readonly address: IpAddress | null
}

/** Names that traffic brings, looked up once and kept fresh while they are used. Each thread has its own; what may wait at once is counted over all. */
export class DnsCache {
  readonly config: DnsCacheConfig
  readonly resolver: DnsResolver
  readonly context: DnsCacheContext
  readonly block: StatsBlock
  readonly #names = new Map<string, CacheEntry>()
  /** Over all threads. */
  readonly #allPending: SharedCounter
  readonly #caches: SharedCounter
  /** The limit is told once, by whichever thread came first. */
  readonly #toldLimit: number
  #pending = 0

  constructor(config: DnsCacheConfig, resolver: DnsResolver, context: DnsCacheContext) {
    this.config = config
    this.resolver = resolver
    this.context = context
    this.block = context.stats.block(`dns_cache.${config.name}.`, DNS_CACHE_STATS)
    this.#allPending = context.sharedNumbers.counter(`dns_cache.${config.name}.pending`)
    this.#caches = context.sharedNumbers.counter(`dns_cache.${config.name}.caches`)
    this.#toldLimit = this.#caches.add(1) === 1 ? config.maxPendingRequests : 0
    this.#countPending(0)
    for (const { address, portValue } of config.preresolveHostnames) this.#add(address, portValue)
  }

  /** What is known of the name. Null: nothing yet, so `lookUp`. */
  known(hostname: string, port: number): CachedName | null {
    const entry = this.#names.get(keyOf(hostname, port))
    if (entry === undefined || !entry.isTried) return null
    entry.lastUsedMs = this.context.timers.now()
    return entry
  }

  /** `onAddress` is told later, never within the call. False: as many as may be are asked for or kept already. */
  lookUp(hostname: string, port: number, onAddress: OnAddress): boolean {
    if (this.#allPending.value() >= this.config.maxPendingRequests) {
      this.block[STAT.dns_rq_pending_overflow]!++
      return false
    }
    const entry = this.#names.get(keyOf(hostname, port)) ?? this.#add(hostname, port)
    if (entry === null) return false
    this.#countPending(1)
    entry.waiting.push(onAddress)
    return true
  }

  close(): void {
    for (const entry of this.#names.values()) entry.stop()
    this.#names.clear()
    this.#caches.sub(1)
    this.block[STAT.num_hosts] = 0
    this.block[STAT['circuit_breakers.rq_pending_remaining']] = 0
  }

  #add(hostname: string, port: number): CacheEntry | null {
    if (this.#names.size >= this.config.maxHosts) {
      this.block[STAT.host_overflow]!++
      return null
    }
    const entry = new CacheEntry(this, hostname, port)
    this.#names.set(entry.key, entry)
    this.block[STAT.host_added]!++
    this.block[STAT.num_hosts]!++
    entry.resolve()
    return entry
  }

  // ---- from the entries

  remove(entry: CacheEntry): void {
    if (!this.#names.delete(entry.key)) return
    this.block[STAT.host_removed]!++
    this.block[STAT.num_hosts]!--
  }

  onAnswered(waiters: number): void {
    this.#countPending(-waiters)
  }

  #countPending(n: number): void {
    this.#pending += n
    const isFull = this.#allPending.add(n) >= this.config.maxPendingRequests
    this.block[STAT['circuit_breakers.rq_pending_open']] = isFull ? 1 : 0
    this.block[STAT['circuit_breakers.rq_pending_remaining']] = this.#toldLimit - this.#pending
  }
}

/**
 * One name.
 *
 *   resolving ──answer──▶ waiting: the TTL, at least dns_min_refresh_rate
 *       ▲  └────failure──▶ waiting: dns_failure_refresh_rate's backoff, or dns_refresh_rate
 *       └──────timer──────────┴──▶ forgotten: nobody used it for host_ttl
 */
class CacheEntry implements CachedName, DnsCallbacks, TimerOwner {
  readonly key: string
  /** The last one that was told; failures keep it. */
  address: IpAddress | null = null
  /** There was an answer, or a failure. */
  isTried = false
  lastUsedMs: number
  waiting: OnAddress[] = []
  readonly #cache: DnsCache
  readonly #hostname: string
  readonly #port: number
  /** Of the query while there is one, else until the next. */
  readonly #timer: Timer
  #query: DnsQuery | null = null
  #failures = 0

  constructor(cache: DnsCache, hostname: string, port: number) {
    this.key = keyOf(hostname, port)
    this.#cache = cache
    this.#hostname = hostname
    this.#port = port
    this.#timer = cache.context.timers.createTimer(this)
    this.lastUsedMs = cache.context.timers.now()
  }

  resolve(): void {
    const { block, config, resolver } = this.#cache
    block[STAT.dns_query_attempt]!++
    if (config.dnsQueryTimeoutMs > 0) this.#timer.enable(config.dnsQueryTimeoutMs)
    this.#query = resolver.resolve(this.#hostname, config.dnsLookupFamily, this)
  }

  stop(): void {
    this.#query?.cancel()
    this.#query = null
    this.#timer.disable()
    this.#answer()
  }

  onDnsResolved(addresses: readonly ResolvedAddress[], ttlSeconds: number): void {
    const { block, config } = this.#cache
    this.#query = null
    this.#failures = 0
    block[STAT.dns_query_success]!++
    const [first] = addresses
    if (first !== undefined && first.ip !== this.address?.ip) {
      block[STAT.host_address_changed]!++
      this.address = ipAddress(first.ip, this.#port)
    }
    const ttlMs = first === undefined ? config.dnsRefreshRateMs : ttlSeconds * 1000
    this.#timer.enable(Math.max(config.dnsMinRefreshRateMs, ttlMs))
    this.#answer()
  }

  onDnsFailure(): void {
    this.#cache.block[STAT.dns_query_failure]!++
    this.#onFailure()
  }

  onTimer(): void {
    const { block, config, context } = this.#cache
    if (this.#query !== null) {
      this.#query.cancel()
      block[STAT.dns_query_timeout]!++
      this.#onFailure()
    } else if (context.timers.now() - this.lastUsedMs >= config.hostTtlMs) {
      this.#cache.remove(this)
    } else this.resolve()
  }

  #onFailure(): void {
    const { config, context } = this.#cache
    this.#query = null
    const rate = config.dnsFailureRefreshRate
    if (config.disableDnsRefreshOnFailure) {
      this.#timer.disable()
      // The next one who wants it asks anew.
      this.#cache.remove(this)
    } else if (rate === null) {
      this.#timer.enable(config.dnsRefreshRateMs)
    } else {
      const longest = Math.min(rate.maxIntervalMs, rate.baseIntervalMs * 2 ** this.#failures++)
      this.#timer.enable(1 + context.random.below(longest))
    }
    this.#answer()
  }

  #answer(): void {
    const { waiting } = this
    this.isTried = true
    this.waiting = []
    this.#cache.onAnswered(waiting.length)
    for (const onAddress of waiting) onAddress(this.address)
  }
}

function keyOf(hostname: string, port: number): string {
  return `${hostname}:${port}`
}
