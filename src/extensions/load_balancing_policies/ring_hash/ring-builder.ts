import type { StatsBlock, StatsStore } from '../../../stats/store.ts'
import { hashKeyOf } from '../../../upstream/hash-key.ts'
import type { HostData } from '../../../upstream/host.ts'
import type {
  BuiltTable,
  TableBuilder,
  TableBuilderContext,
  WeightedHost,
} from '../../../upstream/load-balancing-policy.ts'
import { buildRing } from './build-ring.ts'
import type { RingHash } from './schema.ts'
import { RING_STATS } from './stats.ts'

/** Main's half of RING_HASH. */
export class RingBuilder implements TableBuilder {
  readonly sharesWeights: boolean
  readonly #config: RingHash
  readonly #store: StatsStore
  readonly #scope: string
  readonly #stats: StatsBlock

  constructor(config: RingHash, { stats, scope }: TableBuilderContext) {
    this.sharesWeights = config.hashBalanceFactor > 0
    this.#config = config
    this.#store = stats
    this.#scope = `${scope.prefix}ring_hash_lb.`
    this.#stats = stats.block(this.#scope, RING_STATS, scope.tags)
  }

  keyOf(host: HostData): string {
    return hashKeyOf(host, this.#config.useHostnameForHashing)
  }

  build(hosts: readonly WeightedHost[]): BuiltTable {
    return buildRing(hosts, this.#config)
  }

  report({ size, fewest, most }: BuiltTable): void {
    const { index } = RING_STATS
    this.#stats[index.size] = size
    this.#stats[index.min_hashes_per_host] = fewest
    this.#stats[index.max_hashes_per_host] = most
  }

  close(): void {
    this.#store.release(this.#scope, RING_STATS)
  }
}
