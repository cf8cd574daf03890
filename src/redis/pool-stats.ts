import type { Histogram, StatsBlock } from '../stats/store.ts'
import { REDIS_CLUSTER_STATS } from './redis-stats-table.ts'
import type { UpstreamCommandStatsTable } from './upstream-command-stats.ts'

const STAT = REDIS_CLUSTER_STATS.index

/** What a pool counts below `cluster.<name>.redis_cluster.`. */
export class PoolStats {
  readonly block: StatsBlock
  readonly timeUs: Histogram
  /** Null unless `enable_command_stats` asks for them. */
  readonly commands: UpstreamCommandStatsTable | null

  constructor(
    block: StatsBlock,
    timeUs: Histogram,
    commands: UpstreamCommandStatsTable | null = null,
  ) {
    this.block = block
    this.timeUs = timeUs
    this.commands = commands
  }

  drained(connections: number): void {
    this.block[STAT.upstream_cx_drained]! += connections
  }

  helloFailed(): void {
    this.block[STAT.upstream_resp3_hello_failure]!++
  }

  rateLimited(): void {
    this.block[STAT.connection_rate_limited]!++
  }
}
