import { type Address, ipAddress } from '../../../network/address.ts'
import type { DnsQuery } from '../../../network/dns-resolver.ts'
import type { Timer, TimerOwner } from '../../../network/timers.ts'
import { CLUSTER_STATS } from '../../../upstream/cluster-stats-table.ts'
import type { ClusterDiscoveryContext } from '../../../upstream/cluster-type.ts'
import { placedEndpoints } from '../../../upstream/desired-host.ts'

const STAT = CLUSTER_STATS.index

export interface SeedOwner {
  /** One of the seeds has addresses; `isFirst`: it had none before. */
  onSeedResolved(isFirst: boolean): void
  /** There are none; it is asked for again after a time. */
  onSeedFailed(): void
}

/** The endpoints of the config: where the first question goes. */
export class Seeds {
  readonly #seeds: readonly Seed[]

  constructor(context: ClusterDiscoveryContext, retryMs: number, owner: SeedOwner) {
    this.#seeds = placedEndpoints(context.config).map(({ endpoint: { address } }) => {
      if (address.kind === 'pipe') return new Seed(null, address, { context, retryMs, owner })
      const name = address.kind === 'ip' ? address.ip : address.hostname
      return new Seed(name, ipAddress(name, address.port), { context, retryMs, owner })
    })
  }

  get count(): number {
    return this.#seeds.length
  }

  addresses(): readonly Address[] {
    return this.#seeds.flatMap((seed) => seed.addresses)
  }

  resolve(): void {
    for (const seed of this.#seeds) seed.resolve()
  }

  stop(): void {
    for (const seed of this.#seeds) seed.stop()
  }
}

interface SeedOptions {
  readonly context: ClusterDiscoveryContext
  readonly retryMs: number
  readonly owner: SeedOwner
}

class Seed implements TimerOwner {
  /** Null: there is nothing to look up. */
  readonly #name: string | null
  /** With the port that all addresses of the name have. */
  readonly #address: Address
  readonly #options: SeedOptions
  readonly #timer: Timer
  addresses: readonly Address[] = []
  #query: DnsQuery | null = null

  constructor(name: string | null, address: Address, options: SeedOptions) {
    this.#name = name
    this.#address = address
    this.#options = options
    this.#timer = options.context.timers.createTimer(this)
  }

  onTimer(): void {
    this.resolve()
  }

  resolve(): void {
    const { context } = this.#options
    const address = this.#address
    if (this.#query !== null) return
    this.#timer.disable()
    if (this.#name === null || address.kind === 'pipe') {
      this.#onResolved([address])
      return
    }
    this.#query = context.resolver.resolve(this.#name, context.config.dnsLookupFamily, {
      onDnsResolved: (resolved) => {
        this.#query = null
        if (resolved.length === 0) this.#fail(STAT.update_empty)
        else this.#onResolved(resolved.map(({ ip }) => ipAddress(ip, address.port)))
      },
      onDnsFailure: () => {
        this.#query = null
        this.#fail(STAT.update_failure)
      },
    })
  }

  stop(): void {
    this.#query?.cancel()
    this.#query = null
    this.#timer.disable()
  }

  #onResolved(addresses: readonly Address[]): void {
    const isFirst = this.addresses.length === 0
    this.addresses = addresses
    this.#options.owner.onSeedResolved(isFirst)
  }

  #fail(stat: number): void {
    const { context, retryMs, owner } = this.#options
    context.stats[stat]!++
    this.#timer.enable(retryMs)
    owner.onSeedFailed()
  }
}
