import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import type { DnsCacheConfig } from '../../src/config/schema/dns-cache.ts'
import type { IpAddress } from '../../src/network/address.ts'
import type { DnsCallbacks, DnsResolver } from '../../src/network/dns-resolver.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import type { Random } from '../../src/random.ts'
import { SharedNumbers } from '../../src/stats/shared-numbers.ts'
import { StatsStore } from '../../src/stats/store.ts'
import { DNS_CACHE_STATS, DnsCache } from '../../src/upstream/dns-cache.ts'
import { FakeTime } from '../support/fake-time.ts'

const DEFAULTS: DnsCacheConfig = {
  name: 'c',
  dnsLookupFamily: 'AUTO',
  dnsRefreshRateMs: 60_000,
  dnsMinRefreshRateMs: 5000,
  hostTtlMs: 300_000,
  maxHosts: 1024,
  disableDnsRefreshOnFailure: false,
  dnsFailureRefreshRate: null,
  maxPendingRequests: 1024,
  typedDnsResolverConfig: null,
  preresolveHostnames: [],
  dnsQueryTimeoutMs: 5000,
}

class FakeResolver implements DnsResolver {
  readonly asked: string[] = []
  readonly queries: DnsCallbacks[] = []
  cancelled = 0

  resolve(hostname: string, _: unknown, callbacks: DnsCallbacks) {
    this.asked.push(hostname)
    this.queries.push(callbacks)
    return { cancel: () => this.cancelled++ }
  }

  /** The last query's answer. */
  answer(ip: string | null, ttl = 0): void {
    this.queries.at(-1)!.onDnsResolved(ip === null ? [] : [{ ip, family: 4 }], ttl)
  }
}

function cacheWith(fields: Partial<DnsCacheConfig> = {}) {
  const time = new FakeTime()
  const timers = new TimerWheel(time, (error) => {
    throw error
  })
  const stats = new StatsStore({ thread: 'test', announce: () => {} })
  const sharedNumbers = new SharedNumbers(SharedNumbers.createBuffer({ threads: 1 }), 0)
  const resolver = new FakeResolver()
  const random = { below: (n: number) => n - 1 } as Random
  const cache = new DnsCache({ ...DEFAULTS, ...fields }, resolver, {
    stats,
    timers,
    random,
    sharedNumbers,
  })
  const told: (string | null)[] = []
  return {
    cache,
    resolver,
    told,
    stat: (name: keyof typeof DNS_CACHE_STATS.index) => cache.block[DNS_CACHE_STATS.index[name]],
    lookUp: (name: string) =>
      cache.lookUp(name, 1, (address: IpAddress | null) => told.push(address?.ip ?? null)),
    pass: (ms: number) => {
      time.ms += ms
      jest.advanceTimersByTime(ms)
    },
  }
}

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

describe('a name', () => {
  test('is asked for once by all who want it, and then known', () => {
    const { cache, resolver, told, lookUp, stat } = cacheWith()
    expect(cache.known('a', 1)).toBeNull()
    expect([lookUp('a'), lookUp('a')]).toEqual([true, true])
    expect(stat('circuit_breakers.rq_pending_remaining')).toBe(1022)
    resolver.answer('10.0.0.1', 30)
    expect(told).toEqual(['10.0.0.1', '10.0.0.1'])
    expect(cache.known('a', 1)!.address!.ip).toBe('10.0.0.1')
    expect(resolver.asked).toEqual(['a'])
    expect(stat('host_added')).toBe(1)
    expect(stat('num_hosts')).toBe(1)
    expect(stat('circuit_breakers.rq_pending_remaining')).toBe(1024)
  })

  test('is asked for again after its TTL, and not before dns_min_refresh_rate', () => {
    const { cache, resolver, lookUp, pass, stat } = cacheWith()
    lookUp('a')
    resolver.answer('10.0.0.1', 1)
    pass(4000)
    expect(resolver.asked.length).toBe(1)
    pass(2000)
    expect(resolver.asked.length).toBe(2)
    resolver.answer('10.0.0.2', 1)
    expect(cache.known('a', 1)!.address!.ip).toBe('10.0.0.2')
    expect(stat('host_address_changed')).toBe(2)
  })

  test('keeps its address when nobody answers any more', () => {
    const { cache, resolver, lookUp, pass, stat } = cacheWith()
    lookUp('a')
    resolver.answer('10.0.0.1', 1)
    pass(6000)
    pass(6000)
    expect(resolver.cancelled).toBe(1)
    expect(stat('dns_query_timeout')).toBe(1)
    expect(cache.known('a', 1)!.address!.ip).toBe('10.0.0.1')
  })

  test('without an address is known as such until it is asked for again', () => {
    const { cache, resolver, told, lookUp } = cacheWith()
    lookUp('a')
    resolver.queries[0]!.onDnsFailure('no')
    expect(told).toEqual([null])
    expect(cache.known('a', 1)!.address).toBeNull()
  })

  test('that failed is forgotten at once with disable_dns_refresh_on_failure', () => {
    const { cache, resolver, lookUp, stat } = cacheWith({ disableDnsRefreshOnFailure: true })
    lookUp('a')
    resolver.queries[0]!.onDnsFailure('no')
    expect(cache.known('a', 1)).toBeNull()
    expect(stat('host_removed')).toBe(1)
    expect(stat('num_hosts')).toBe(0)
  })

  test('that failed is tried again with a growing backoff', () => {
    const rate = { baseIntervalMs: 1000, maxIntervalMs: 3000 }
    const { resolver, lookUp, pass } = cacheWith({ dnsFailureRefreshRate: rate })
    lookUp('a')
    for (const wait of [1000, 2000, 3000]) {
      resolver.queries.at(-1)!.onDnsFailure('no')
      const before = resolver.asked.length
      pass(wait - 500)
      expect(resolver.asked.length).toBe(before)
      pass(600)
      expect(resolver.asked.length).toBe(before + 1)
    }
  })

  test('that nobody used for host_ttl is forgotten', () => {
    const { cache, resolver, lookUp, pass, stat } = cacheWith({ hostTtlMs: 8000 })
    lookUp('a')
    resolver.answer('10.0.0.1', 5)
    pass(5100)
    resolver.answer('10.0.0.1', 5)
    pass(5100)
    expect(cache.known('a', 1)).toBeNull()
    expect(stat('host_removed')).toBe(1)
  })
})

describe('a cache', () => {
  test('takes no more than max_hosts names', () => {
    const { lookUp, stat } = cacheWith({ maxHosts: 1 })
    expect([lookUp('a'), lookUp('b')]).toEqual([true, false])
    expect(stat('host_overflow')).toBe(1)
  })

  test('lets no more than max_pending_requests wait', () => {
    const { lookUp, stat } = cacheWith({ maxPendingRequests: 1 })
    expect([lookUp('a'), lookUp('a')]).toEqual([true, false])
    expect(stat('dns_rq_pending_overflow')).toBe(1)
    expect(stat('circuit_breakers.rq_pending_open')).toBe(1)
  })

  test('asks for preresolve_hostnames at once', () => {
    const { resolver } = cacheWith({ preresolveHostnames: [{ address: 'a', portValue: 1 }] })
    expect(resolver.asked).toEqual(['a'])
  })

  test('that closes tells those who wait that there is nothing', () => {
    const { cache, resolver, told, lookUp } = cacheWith()
    lookUp('a')
    cache.close()
    expect(told).toEqual([null])
    expect(resolver.cancelled).toBe(1)
  })
})
