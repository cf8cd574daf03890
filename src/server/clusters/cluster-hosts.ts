import { addressText } from '../../network/address.ts'
import type { StatsBlock } from '../../stats/store.ts'
import { CLUSTER_STATS } from '../../upstream/cluster-stats-table.ts'
import type { DesiredHost, MainHost } from '../../upstream/desired-host.ts'
import type { HostData, HostsDelta } from '../../upstream/host.ts'
import {
  HealthFlag,
  type HostTable,
  isDegraded,
  isExcluded,
  isHealthy,
} from '../../upstream/host-table.ts'
import type { SlotTable } from '../../upstream/slot-table.ts'

export interface ClusterHostsOptions {
  readonly cluster: string
  readonly clusterSlot: number
  readonly table: HostTable
  readonly stats: StatsBlock
  takeSlot(): number
  /** The slot's host is gone: to be given back once no thread knows it. */
  retireSlot(slot: number): void
  publish(delta: HostsDelta): void
  /** Flags of some host changed, and no host came or went. */
  onHealthChanged(): void
  /** Null: the cluster has no active health checks. */
  readonly activeChecks: ActiveChecks | null
  /** A host that fails loses its TCP connections. */
  readonly closesOnFailure: boolean
}

/** What active health checks mean for hosts that come and go. */
export interface ActiveChecks {
  /** New hosts count for nothing until they were checked. */
  readonly ignoresNewHosts: boolean
  /** A healthy host that discovery drops stays until it fails. */
  readonly keepsHealthyHosts: boolean
}

/** Told when hosts come and go, before any thread hears of it. */
export interface MemberUpdateCallbacks {
  onMembersChanged(added: readonly MainHost[], removed: readonly MainHost[]): void
  /** A check or outlier detection found a host unfit. */
  onHostFailed?(slot: number): void
}

const STAT = CLUSTER_STATS.index

const EDS_FLAGS: Readonly<Record<HostData['edsHealth'], number>> = {
  UNKNOWN: 0,
  HEALTHY: 0,
  UNHEALTHY: HealthFlag.FailedEdsHealth,
  TIMEOUT: HealthFlag.FailedEdsHealth,
  DRAINING: HealthFlag.EdsStatusDraining,
  DEGRADED: HealthFlag.DegradedEdsHealth,
}

/** Main's list of a cluster's hosts, by the source that each came from: a priority of the config, a DNS name. */
export class ClusterHosts {
  readonly #options: ClusterHostsOptions
  readonly #bySource = new Map<number, readonly MainHost[]>()
  readonly #memberUpdates: MemberUpdateCallbacks[] = []
  /** Null: hosts are not chosen by hash slot, or nobody knows yet who owns which. */
  #slotTable: SlotTable | null = null

  constructor(options: ClusterHostsOptions) {
    this.#options = options
    this.#countMembers()
  }

  /** For as long as the cluster lives. */
  addMemberUpdateCallbacks(callbacks: MemberUpdateCallbacks): void {
    this.#memberUpdates.push(callbacks)
  }

  /** In the order of their sources. */
  all(): MainHost[] {
    return [...this.#bySource].sort(([a], [b]) => a - b).flatMap(([, hosts]) => hosts)
  }

  /** New hosts as they are, for sources that never change. As in Envoy, such hosts count though they were never checked. */
  addAll(source: number, desired: readonly DesiredHost[]): void {
    if (desired.length === 0) return
    const added = desired.map((host) => this.#add(host, false))
    this.#bySource.set(source, added)
    this.#publish(added, [], [])
  }

  /**
   * What there should be of a source from now on. A host of the same address stays what it is: its connections and its
   * numbers go on. `shard` makes a table of hash slots from the hosts that there are now. False when nothing changed.
   */
  update(
    source: number,
    desired: readonly DesiredHost[],
    shard?: (hosts: readonly MainHost[]) => SlotTable,
  ): boolean {
    const old = new Map((this.#bySource.get(source) ?? []).map((host) => [keyOf(host), host]))
    const added: MainHost[] = []
    const changed: MainHost[] = []
    const hosts = desired.map((wanted) => {
      const key = keyOf(wanted)
      const known = old.get(key)
      old.delete(key)
      if (known === undefined) {
        const host = this.#add(wanted, this.#options.activeChecks?.ignoresNewHosts === true)
        added.push(host)
        return host
      }
      this.#setFlags(known.slot, 0, HealthFlag.PendingDynamicRemoval)
      const next = { ...wanted, slot: known.slot }
      if (JSON.stringify(next) === JSON.stringify(known)) return known
      changed.push(next)
      return next
    })
    const { kept, removed } = this.#partRemoved([...old.values()])
    this.#bySource.set(source, [...hosts, ...kept])
    const isResharded = shard !== undefined && this.#reshard(shard(hosts))
    if (added.length + changed.length + removed.length === 0 && !isResharded) return false
    this.#publish(added, changed, removed)
    return true
  }

  /** What a thread that knows nothing must be told. */
  snapshot(): HostsDelta {
    return this.#delta({ added: this.all().map(hostData) })
  }

  #reshard(table: SlotTable): boolean {
    if (JSON.stringify(table) === JSON.stringify(this.#slotTable)) return false
    this.#slotTable = table
    return true
  }

  #delta(parts: Partial<HostsDelta>): HostsDelta {
    const { cluster } = this.#options
    return {
      ...{ cluster, added: [], changed: [], removed: [] },
      ...(this.#slotTable !== null && { slotTable: this.#slotTable }),
      ...parts,
    }
  }

  /** As Envoy does: a host whose checks pass is not given up for what discovery says. */
  #partRemoved(gone: readonly MainHost[]) {
    const kept: MainHost[] = []
    const removed: MainHost[] = []
    const { table, activeChecks } = this.#options
    const failed = HealthFlag.FailedActiveHc | HealthFlag.FailedEdsHealth
    for (const host of gone) {
      const stays =
        activeChecks?.keepsHealthyHosts === true &&
        !host.healthCheck.isDisabled &&
        (table.healthFlags(host.slot) & failed) === 0
      if (stays) this.#setFlags(host.slot, HealthFlag.PendingDynamicRemoval, 0)
      ;(stays ? kept : removed).push(host)
    }
    return { kept, removed }
  }

  /** Somebody set or cleared health flags of these hosts. */
  onHealthChanged(): void {
    this.#countMembers()
    this.#options.onHealthChanged()
  }

  /** A check or outlier detection found a host unfit. */
  onHealthFailed(slot: number): void {
    const { closesOnFailure, publish } = this.#options
    if (closesOnFailure) publish(this.#delta({ failed: [slot] }))
    for (const callbacks of this.#memberUpdates) callbacks.onHostFailed?.(slot)
  }

  /** The cluster is going: its slots, with the hosts of other clusters, will be used again. */
  removeAll(): void {
    for (const { slot } of this.all()) this.#options.retireSlot(slot)
    this.#bySource.clear()
  }

  #add(desired: DesiredHost, isPending: boolean): MainHost {
    const { activeChecks, takeSlot } = this.#options
    const slot = takeSlot()
    let flags = EDS_FLAGS[desired.edsHealth]
    if (activeChecks !== null && !desired.healthCheck.isDisabled) {
      flags |= HealthFlag.FailedActiveHc
      if (isPending) flags |= HealthFlag.PendingActiveHc
    }
    this.#setFlags(slot, flags, 0)
    return { ...desired, slot }
  }

  #setFlags(slot: number, set: number, clear: number): void {
    const { table, clusterSlot } = this.#options
    table.updateHealthFlags(clusterSlot, slot, set, clear)
  }

  #publish(
    added: readonly MainHost[],
    changed: readonly MainHost[],
    removed: readonly MainHost[],
  ): void {
    const { stats, publish, retireSlot } = this.#options
    if (added.length + removed.length > 0) stats[STAT.membership_change]!++
    this.#countMembers()
    for (const callbacks of this.#memberUpdates) callbacks.onMembersChanged(added, removed)
    const slots = removed.map(({ slot }) => slot)
    publish(
      this.#delta({
        added: added.map(hostData),
        changed: changed.map(hostData),
        removed: slots,
      }),
    )
    for (const slot of slots) retireSlot(slot)
  }

  /** Main's block holds these gauges; no other thread writes them. */
  #countMembers(): void {
    const { stats, table } = this.#options
    const flags = this.all().map(({ slot }) => table.healthFlags(slot))
    stats[STAT.membership_total] = flags.length
    stats[STAT.membership_healthy] = flags.filter(isHealthy).length
    stats[STAT.membership_degraded] = flags.filter(isDegraded).length
    stats[STAT.membership_excluded] = flags.filter(isExcluded).length
  }
}

/** What threads are told of a host. */
function hostData({ healthCheck: _, ...data }: MainHost): HostData {
  return data
}

/** A host that is to be checked otherwise, or elsewhere, is another host. */
function keyOf({ address, healthCheck }: DesiredHost): string {
  const { isDisabled, address: checked } = healthCheck
  return `${addressText(address)} ${isDisabled} ${checked === null ? '' : addressText(checked)}`
}
