import { type Hash64, setHash64 } from '../../src/codec/hash/hash64.ts'
import type { DownstreamSide, LoadBalancerContext } from '../../src/upstream/load-balancer.ts'
import type { WeightedHost } from '../../src/upstream/load-balancing-policy.ts'

/** Hosts of these keys with weights that sum up to 1. */
export function weightedHosts(
  keys: readonly string[],
  weights: readonly number[] = keys.map(() => 1),
): WeightedHost[] {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return keys.map((key, index) => ({ key, weight: weights[index]! / sum }))
}

/** `127.0.0.1:<from>` to `127.0.0.1:<to>`. */
export function localKeys(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `127.0.0.1:${from + index}`)
}

export function hash64(value: bigint): Hash64 {
  return setHash64({ high: 0, low: 0 }, value)
}

/** A request of a client, which its filter does not hash. */
export function clientContext(downstream: DownstreamSide | null): LoadBalancerContext {
  return { ...hashContext(null), downstream }
}

/** A request with a hash, or without one. */
export function hashContext(
  hash: bigint | null,
  retries = 0,
  shouldSelectAnotherHost: LoadBalancerContext['shouldSelectAnotherHost'] = () => false,
): LoadBalancerContext {
  const halves = hash === null ? null : hash64(hash)
  return {
    hashKey: () => halves,
    metadataMatch: () => null,
    hostSelectionRetries: retries,
    shouldSelectAnotherHost,
  }
}
