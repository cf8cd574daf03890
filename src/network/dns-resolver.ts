/** Which addresses are wanted, as `cluster.v3.Cluster.DnsLookupFamily`. */
export type DnsLookupFamily = 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL'

export interface ResolvedAddress {
  readonly ip: string
  readonly family: 4 | 6
}

export interface DnsCallbacks {
  /** The answer, complete: no addresses means that the name has none. `ttlSeconds` is the smallest one, 0 if none was told. */
  onDnsResolved(addresses: readonly ResolvedAddress[], ttlSeconds: number): void
  /** Nobody answered, or not with an answer: what was known before stays true. */
  onDnsFailure(reason: string): void
}

export interface DnsQuery {
  /** No callback comes any more. */
  cancel(): void
}

/** Turns names into addresses. A callback may come before resolve() returns only through a later turn: never within it. */
export interface DnsResolver {
  resolve(hostname: string, family: DnsLookupFamily, callbacks: DnsCallbacks): DnsQuery
}
