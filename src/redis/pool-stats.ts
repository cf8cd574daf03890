import type { Histogram, StatsBlock } from '../stats/store.ts'
import { REDIS_CLUSTER_STATS } from './redis-stats-table.ts'

const STAT = REDIS_CLUSTER_STATS.index

/** What a pool counts below `cluster.<name>.redis_cluster.`. */
export class PoolStats {
  readonly block: StatsBlock
  readonly timeUs: Histogram

  constructor(block: StatsBlock, timeUs: Histogram) {
    this.block = block
    this.timeUs = timeUs
  }

  drained(connections: number): void {
    this.block[STAT.upstream_cx_drained]! += connections
  }

  rateLimited(): void {
    this.block[STAT.connection_rate_limited]!++
  }
}
