import type { StatsBlock, StatsStore } from '../../../stats/store.ts'
import { hashKeyOf } from '../../../upstream/hash-key.ts'
import type { HostData } from '../../../upstream/host.ts'
import type {
  BuiltTable,
  TableBuilder,
  TableBuilderContext,
  WeightedHost,
} from '../../../upstream/load-balancing-policy.ts'
import { buildMaglev } from './build-maglev.ts'
import type { Maglev } from './schema.ts'
import { MAGLEV_STATS } from './stats.ts'

/** Main's half of MAGLEV. */
export class MaglevBuilder implements TableBuilder {
  readonly sharesWeights: boolean
  readonly #config: Maglev
  readonly #store: StatsStore
  readonly #scope: string
  readonly #stats: StatsBlock

  constructor(config: Maglev, { stats, scope }: TableBuilderContext) {
    this.sharesWeights = config.consistentHashingLbConfig.hashBalanceFactor > 0
    this.#config = config
    this.#store = stats
    this.#scope = `${scope.prefix}maglev_lb.`
    this.#stats = stats.block(this.#scope, MAGLEV_STATS, scope.tags)
  }

  keyOf(host: HostData): string {
    return hashKeyOf(host, this.#config.consistentHashingLbConfig.useHostnameForHashing)
  }

  build(hosts: readonly WeightedHost[]): BuiltTable {
    return buildMaglev(hosts, this.#config.tableSize)
  }

  report({ fewest, most }: BuiltTable): void {
    this.#stats[MAGLEV_STATS.index.min_entries_per_host] = fewest
    this.#stats[MAGLEV_STATS.index.max_entries_per_host] = most
  }

  close(): void {
    this.#store.release(this.#scope, MAGLEV_STATS)
  }
}
