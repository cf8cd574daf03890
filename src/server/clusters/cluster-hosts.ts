import { type Address, addressText } from '../../network/address.ts'
import type { StatsBlock } from '../../stats/store.ts'
import { CLUSTER_STATS } from '../../upstream/cluster-stats-table.ts'
import type { HostData, HostsDelta } from '../../upstream/host.ts'
import {
  HealthFlag,
  type HostTable,
  isDegraded,
  isExcluded,
  isHealthy,
} from '../../upstream/host-table.ts'

/** A host that there should be. */
export type DesiredHost = Omit<HostData, 'slot'>

export interface ClusterHostsOptions {
  readonly cluster: string
  readonly clusterSlot: number
  readonly table: HostTable
  readonly stats: StatsBlock
  takeSlot(): number
  /** The slot's host is gone: to be given back once no thread knows it. */
  retireSlot(slot: number): void
  publish(delta: HostsDelta): void
}

/** Told when hosts come and go, before any thread hears of it. */
export interface MemberUpdateCallbacks {
  onMembersChanged(added: readonly HostData[], removed: readonly HostData[]): void
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
  readonly #bySource = new Map<number, readonly HostData[]>()
  readonly #memberUpdates: MemberUpdateCallbacks[] = []

  constructor(options: ClusterHostsOptions) {
    this.#options = options
    this.#countMembers()
  }

  /** For as long as the cluster lives. */
  addMemberUpdateCallbacks(callbacks: MemberUpdateCallbacks): void {
    this.#memberUpdates.push(callbacks)
  }

  /** In the order of their sources. */
  all(): HostData[] {
    return [...this.#bySource].sort(([a], [b]) => a - b).flatMap(([, hosts]) => hosts)
  }

  /** New hosts as they are, for sources that never change. */
  addAll(source: number, desired: readonly DesiredHost[]): void {
    if (desired.length === 0) return
    const added = desired.map((host) => this.#add(host))
    this.#bySource.set(source, added)
    this.#publish(added, [], [])
  }

  /**
   * What there should be of a source from now on. A host of the same address stays what it is: its connections and its
   * numbers go on. False when nothing changed.
   */
  update(source: number, desired: readonly DesiredHost[]): boolean {
    const old = new Map(
      (this.#bySource.get(source) ?? []).map((host) => [keyOf(host.address), host]),
    )
    const added: HostData[] = []
    const changed: HostData[] = []
    const hosts = desired.map((wanted) => {
      const key = keyOf(wanted.address)
      const known = old.get(key)
      old.delete(key)
      if (known === undefined) {
        const host = this.#add(wanted)
        added.push(host)
        return host
      }
      const next = { ...wanted, slot: known.slot }
      if (JSON.stringify(next) === JSON.stringify(known)) return known
      changed.push(next)
      return next
    })
    const removed = [...old.values()]
    this.#bySource.set(source, hosts)
    if (added.length + changed.length + removed.length === 0) return false
    this.#publish(added, changed, removed)
    return true
  }

  /** Somebody set or cleared health flags of these hosts. */
  onHealthChanged(): void {
    this.#countMembers()
  }

  /** The cluster is going: its slots, with the hosts of other clusters, will be used again. */
  removeAll(): void {
    for (const { slot } of this.all()) this.#options.retireSlot(slot)
    this.#bySource.clear()
  }

  #add(desired: DesiredHost): HostData {
    const { table, clusterSlot } = this.#options
    const slot = this.#options.takeSlot()
    table.updateHealthFlags(clusterSlot, slot, EDS_FLAGS[desired.edsHealth], 0)
    return { ...desired, slot }
  }

  #publish(
    added: readonly HostData[],
    changed: readonly HostData[],
    removed: readonly HostData[],
  ): void {
    const { cluster, stats } = this.#options
    if (added.length + removed.length > 0) stats[STAT.membership_change]!++
    this.#countMembers()
    for (const callbacks of this.#memberUpdates) callbacks.onMembersChanged(added, removed)
    const slots = removed.map(({ slot }) => slot)
    this.#options.publish({ cluster, added, changed, removed: slots })
    for (const slot of slots) this.#options.retireSlot(slot)
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

function keyOf(address: Address): string {
  return addressText(address)
}
