import type { HealthCheckConfig } from '../../../config/schema/health-check.ts'
import type { StatsBlock } from '../../../stats/store.ts'
import type { ProbeTarget } from '../../../upstream/health-checker.ts'
import type { HostTable } from '../../../upstream/host-table.ts'
import { CheckedHost, type CheckedHostOwner, type HostHealthChange } from './checked-host.ts'
import type { HealthCheck } from './health-check.ts'
import { HealthSession } from './health-session.ts'
import { HEALTH_CHECK_GROUP_STATS } from './health-stats.ts'

const GROUP = HEALTH_CHECK_GROUP_STATS.index

export interface HealthChecksOptions {
  readonly checks: readonly HealthCheck[]
  readonly table: HostTable
  readonly clusterSlot: number
  /** Hosts that were never checked count for nothing: `ignore_new_hosts_until_first_hc`. */
  readonly ignoresNewHosts: boolean
  /** Slots of `HEALTH_CHECK_GROUP_STATS`; null where there is one check alone. */
  readonly groupStats: StatsBlock | null
  /** A host's health changed, or a check of it passed. */
  onHostChecked(slot: number, change: HostHealthChange): void
}

/** The active health checks of one cluster: every host of it that did not opt out has a session for each of them. */
export class HealthChecks implements CheckedHostOwner {
  readonly #options: HealthChecksOptions
  readonly #hosts = new Map<number, CheckedHost>()
  /** Who waits for the first round, and for whom. */
  #awaited: Set<CheckedHost> | null = null
  #onFirstRound: (() => void) | null = null

  constructor(options: HealthChecksOptions) {
    this.#options = options
    const { groupStats } = options
    if (groupStats === null) return
    groupStats[GROUP.healthy] = 0
    groupStats[GROUP.degraded] = 0
  }

  get configs(): readonly HealthCheckConfig[] {
    return this.#options.checks.map(({ config }) => config)
  }

  add(target: ProbeTarget): void {
    const { checks, table, clusterSlot, ignoresNewHosts } = this.#options
    const host = new CheckedHost(this, target, table, clusterSlot)
    this.#hosts.set(target.host.slot, host)
    const isPending = ignoresNewHosts || checks.length > 1
    host.start(checks.map((check) => new HealthSession(check, host, isPending)))
  }

  remove(slot: number): void {
    const host = this.#hosts.get(slot)
    if (host === undefined) return
    this.#hosts.delete(slot)
    host.stop()
    this.#countGroup()
    this.#leaveRound(host)
  }

  /** Calls back once every host that is there now has been checked, or is gone. */
  awaitFirstRound(onFirstRound: () => void): void {
    const awaited = [...this.#hosts.values()].filter((host) => !host.isDone)
    this.#awaited = new Set(awaited)
    this.#onFirstRound = onFirstRound
    this.#endRound()
  }

  stop(): void {
    this.#onFirstRound = null
    for (const slot of [...this.#hosts.keys()]) this.remove(slot)
    for (const { checker } of this.#options.checks) checker.close()
  }

  onHostChecked(host: CheckedHost, change: HostHealthChange): void {
    this.#countGroup()
    this.#options.onHostChecked(host.host.slot, change)
    this.#leaveRound(host)
  }

  #leaveRound(host: CheckedHost): void {
    this.#awaited?.delete(host)
    this.#endRound()
  }

  #endRound(): void {
    if (this.#awaited === null || this.#awaited.size > 0) return
    this.#awaited = null
    const onFirstRound = this.#onFirstRound
    this.#onFirstRound = null
    onFirstRound?.()
  }

  #countGroup(): void {
    const { groupStats } = this.#options
    if (groupStats === null) return
    let healthy = 0
    for (const host of this.#hosts.values()) if (!host.isFailed) healthy++
    groupStats[GROUP.healthy] = healthy
  }
}
