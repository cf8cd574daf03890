import type { StatsAggregator } from '../stats/aggregate.ts'
import { defineStats } from '../stats/group.ts'
import type { StatsStore } from '../stats/store.ts'
import type { ServerState } from './admin/server-view.ts'

/** `server.`: what main counts. */
export const SERVER_STATS = defineStats({
  debug_assertion_failures: 'counter',
  envoy_bug_failures: 'counter',
  envoy_notifications: 'counter',
  dynamic_unknown_fields: 'counter',
  static_unknown_fields: 'counter',
  wip_protos: 'counter',
  dropped_stat_flushes: 'counter',
  /** Ours: worker threads that died and were replaced. */
  worker_deaths: 'counter',
})

const WATCHDOG_STATS = defineStats({ watchdog_miss: 'counter', watchdog_mega_miss: 'counter' })

const STATES: Readonly<Record<ServerState, number>> = {
  LIVE: 0,
  DRAINING: 1,
  PRE_INITIALIZING: 2,
  INITIALIZING: 3,
}

export interface ServerFacts {
  readonly concurrency: number
  readonly startTimeMs: number
  readonly version: number
  now(): number
  state(): ServerState
  isHealthy(): boolean
  totalConnections(): number
  daysUntilFirstExpiring(): number
}

/** Envoy's `server.*`; those that are not sums are computed when read. */
export function addServerStats(
  aggregator: StatsAggregator,
  store: StatsStore,
  facts: ServerFacts,
): void {
  for (const scope of ['main_thread.', 'workers.', 'server.main_thread.']) {
    store.block(scope, WATCHDOG_STATS)
  }
  for (let index = 0; index < facts.concurrency; index++) {
    store.block(`server.worker_${index}.`, WATCHDOG_STATS)
  }
  const gauge = (name: string, value: number | (() => number)) =>
    aggregator.setGauge(`server.${name}`, value)
  gauge('concurrency', facts.concurrency)
  gauge('days_until_first_cert_expiring', () => facts.daysUntilFirstExpiring())
  gauge('seconds_until_first_ocsp_response_expiring', 0)
  gauge('hot_restart_epoch', 0)
  gauge('live', () => (facts.isHealthy() ? 1 : 0))
  gauge('memory_allocated', () => process.memoryUsage().heapUsed)
  gauge('memory_heap_size', () => process.memoryUsage().heapTotal)
  gauge('memory_physical_size', () => process.memoryUsage.rss())
  gauge('parent_connections', 0)
  gauge('state', () => STATES[facts.state()])
  gauge('stats_recent_lookups', 0)
  gauge('total_connections', () => facts.totalConnections())
  gauge('uptime', () => Math.floor((facts.now() - facts.startTimeMs) / 1000))
  gauge('version', facts.version)
  gauge('compilation_settings.fips_mode', 0)
}
