import type { Histogram, StatsBlock, StatsStore } from '../stats/store.ts'
import type { StatTag } from '../stats/tag.ts'
import { COMMANDS } from './commands.ts'
import { ENVOY_COMMANDS } from './envoy-command-table.ts'
import { lookupCommand } from './lookup.ts'

/** Envoy counts these as `unknown` although it sends them. */
const UNNAMED = new Set([
  ...['multi', 'exec', 'discard', 'watch', 'unwatch'],
  ...['object', 'scan', 'hello', 'info.shard'],
])

/** By a command's index: it has stats of its own here. */
const HAS_STATS = COMMANDS.map(
  ({ name }) => (ENVOY_COMMANDS.has(name) && !UNNAMED.has(name)) || name === 'flushdb',
)

/**
 * What is counted of one command that goes to the hosts of a cluster, from its first use. `success` is there with `total`, so that who
 * has a reply and looks at once finds it; `failure` when there is one, as in Envoy.
 */
export class UpstreamCommandStats {
  readonly #stats: StatsStore
  readonly #scope: string
  readonly #tags: readonly StatTag[]
  #total: StatsBlock | null = null
  #success: StatsBlock | null = null
  #failure: StatsBlock | null = null
  #latency: Histogram | null = null

  constructor(stats: StatsStore, scope: string, tags: readonly StatTag[]) {
    this.#stats = stats
    this.#scope = scope
    this.#tags = tags
  }

  onSent(): void {
    if (this.#total === null) {
      this.#total = this.#counter('total')
      this.#success = this.#counter('success')
    }
    this.#total[0]!++
  }

  /** `isSuccess`: false for an error of the server, and for a reply that nobody waits for any more. */
  onReply(isSuccess: boolean, latencyUs: number): void {
    if (isSuccess) {
      this.#success![0]!++
    } else {
      this.#failure ??= this.#counter('failure')
      this.#failure[0]!++
    }
    const name = `${this.#scope}latency`
    this.#latency ??= this.#stats.histogram(name, 'microseconds', this.#tags)
    this.#latency.record(latencyUs)
  }

  #counter(name: string): StatsBlock {
    return this.#stats.single(`${this.#scope}${name}`, 'counter', this.#tags)
  }
}

/** `cluster.<name>.redis_cluster.upstream_commands.<command>.`, of a cluster with `enable_command_stats`. */
export class UpstreamCommandStatsTable {
  readonly #stats: StatsStore
  readonly #prefix: string
  readonly #tags: readonly StatTag[]
  readonly #byIndex: (UpstreamCommandStats | undefined)[] = new Array(COMMANDS.length)
  readonly #unknown: UpstreamCommandStats

  constructor(stats: StatsStore, clusterPrefix: string, tags: readonly StatTag[]) {
    this.#stats = stats
    this.#prefix = `${clusterPrefix}redis_cluster.upstream_commands.`
    this.#tags = tags
    this.#unknown = this.#create('unknown')
  }

  /** Of the command that bytes[start] up to bytes[end] name. */
  of(bytes: Uint8Array, start: number, end: number): UpstreamCommandStats {
    const command = lookupCommand(bytes, start, end)
    if (command === null || !HAS_STATS[command.index]) return this.#unknown
    const known = this.#byIndex[command.index]
    if (known !== undefined) return known
    const created = this.#create(command.name)
    this.#byIndex[command.index] = created
    return created
  }

  #create(name: string): UpstreamCommandStats {
    return new UpstreamCommandStats(this.#stats, `${this.#prefix}${name}.`, this.#tags)
  }
}
