import { isIP } from 'node:net'
import { type IpAddress, ipAddress } from '../../../network/address.ts'
import type { DnsLookupFamily, DnsQuery, DnsResolver } from '../../../network/dns-resolver.ts'
import type { StatsBlock } from '../../../stats/store.ts'
import { CLUSTER_STATS } from '../../../upstream/cluster-stats-table.ts'
import type { Node, SlotRange } from './cluster-slots.ts'
import type { ResolvedNode } from './shard-table.ts'

const STAT = CLUSTER_STATS.index

export interface NameResolutionOptions {
  readonly resolver: DnsResolver
  readonly family: DnsLookupFamily
  readonly stats: StatsBlock
  /** A primary has no address: the name that has none. */
  onFailed(name: string): void
  /** Replicas without an address are left out; `lost` names them. */
  onResolved(ranges: readonly SlotRange<ResolvedNode>[], lost: readonly string[]): void
}

/** Looks up the names that stand in a reply to CLUSTER SLOTS, each once. With none it is over before the call returns. */
export class NameResolution {
  readonly #options: NameResolutionOptions
  readonly #ranges: readonly SlotRange[]
  readonly #found = new Map<string, string | null>()
  readonly #queries = new Set<DnsQuery>()
  #waiting = 0

  constructor(ranges: readonly SlotRange[], options: NameResolutionOptions) {
    this.#options = options
    this.#ranges = ranges
  }

  start(): void {
    const hosts = this.#ranges.flatMap(({ primary, replicas }) =>
      [primary, ...replicas].map(({ host }) => host),
    )
    const names = new Set(hosts.filter((host) => isIP(host) === 0))
    this.#waiting = names.size
    if (names.size === 0) this.#finish()
    for (const name of names) this.#lookUp(name)
  }

  cancel(): void {
    for (const query of this.#queries) query.cancel()
    this.#queries.clear()
  }

  #lookUp(name: string): void {
    const { resolver, family, stats } = this.#options
    const done = (ip: string | null) => {
      this.#queries.delete(query)
      this.#found.set(name, ip)
      if (--this.#waiting === 0) this.#finish()
    }
    const query = resolver.resolve(name, family, {
      onDnsResolved([first]) {
        if (first === undefined) stats[STAT.update_empty]!++
        done(first?.ip ?? null)
      },
      onDnsFailure() {
        stats[STAT.update_failure]!++
        done(null)
      },
    })
    this.#queries.add(query)
  }

  #finish(): void {
    const lost: string[] = []
    const ranges: SlotRange<ResolvedNode>[] = []
    for (const range of this.#ranges) {
      const primary = this.#resolved(range.primary)
      if (primary === null) {
        this.#options.onFailed(range.primary.host)
        return
      }
      const replicas = range.replicas.flatMap((replica) => {
        const resolved = this.#resolved(replica)
        if (resolved === null) lost.push(replica.host)
        return resolved ?? []
      })
      ranges.push({ ...range, primary, replicas })
    }
    this.#options.onResolved(ranges, lost)
  }

  #resolved({ host, port }: Node): ResolvedNode | null {
    const ip = this.#found.get(host)
    if (ip === null) return null
    const address: IpAddress = ipAddress(ip ?? host, port)
    return { address, hostname: ip === undefined ? '' : host }
  }
}
