import { type Hash64, setHash64 } from '../codec/hash/hash64.ts'
import type { HashPolicy } from '../config/schema/hash-policy.ts'
import type { Metadata } from '../network/stream-info.ts'
import type { Host } from './host.ts'
import type { DownstreamSide, LoadBalancerContext } from './load-balancer.ts'

/**
 * A request's context with the hash that the load balancing policy's own `hash_policy` gives instead of the filter's. One
 * object per cluster, for one pick at a time.
 */
export class PolicyHash implements LoadBalancerContext {
  readonly #policies: readonly HashPolicy[]
  readonly #hash: Hash64 = { high: 0, low: 0 }
  #inner: LoadBalancerContext | null = null

  constructor(policies: readonly HashPolicy[]) {
    this.#policies = policies
  }

  /** The same pick, hashed by the policy. */
  around(inner: LoadBalancerContext | null): LoadBalancerContext {
    this.#inner = inner
    return this
  }

  hashKey(): Hash64 | null {
    const client = this.#inner?.downstream ?? null
    if (client === null) return null
    let hash: bigint | null = null
    for (const policy of this.#policies) {
      const value = hashOf(policy, client)
      // As Envoy's: what there is already, rotated by one bit, and the new one.
      if (value !== null) hash = hash === null ? value : rotated(hash) ^ value
      if (policy.isTerminal && hash !== null) break
    }
    return hash === null ? null : setHash64(this.#hash, hash)
  }

  metadataMatch(): Metadata | null {
    return this.#inner === null ? null : this.#inner.metadataMatch()
  }

  get hostSelectionRetries(): number {
    return this.#inner === null ? 0 : this.#inner.hostSelectionRetries
  }

  shouldSelectAnotherHost(host: Host): boolean {
    return this.#inner?.shouldSelectAnotherHost(host) === true
  }
}

function hashOf({ source, key }: HashPolicy, client: DownstreamSide): bigint | null {
  const { remoteAddress } = client
  const text =
    source === 'source-ip'
      ? remoteAddress?.kind === 'ip'
        ? remoteAddress.ip
        : null
      : source === 'filter-state'
        ? client.info?.filterState?.get(key)
        : null
  return typeof text === 'string' ? Bun.hash.xxHash64(text) : null
}

function rotated(hash: bigint): bigint {
  return ((hash << 1n) & 0xffff_ffff_ffff_ffffn) | (hash >> 63n)
}
