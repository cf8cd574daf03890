import { modulo64 } from '../codec/hash/hash64.ts'
import type { Random } from '../random.ts'
import type { StatsBlock } from '../stats/store.ts'
import { CLUSTER_STATS } from './cluster-stats-table.ts'
import type { Host } from './host.ts'
import { isDegraded, isHealthy } from './host-table.ts'
import type { HostTableView, LoadBalancerContext } from './load-balancer.ts'
import { Availability, type Priority } from './priority.ts'
import {
  choosePriority,
  type PriorityLoad,
  type PriorityLoadSettings,
  priorityLoad,
} from './priority-load.ts'

const { lb_healthy_panic: LB_HEALTHY_PANIC } = CLUSTER_STATS.index

/** The hosts of a cluster by priority, and which of them the next request goes to. */
export class PrioritySet {
  readonly #createPriority: () => Priority
  readonly #settings: PriorityLoadSettings
  readonly #random: Random
  readonly #stats: StatsBlock
  readonly #priorities: Priority[] = []
  #load: PriorityLoad = { healthy: [100], degraded: [0], panic: [true] }
  /** The one that takes every request, when nothing has to be drawn: priority 0 with enough healthy hosts. */
  #only: Priority | null = null

  constructor(
    createPriority: () => Priority,
    settings: PriorityLoadSettings,
    random: Random,
    stats: StatsBlock,
  ) {
    this.#createPriority = createPriority
    this.#settings = settings
    this.#random = random
    this.#stats = stats
    this.update([])
  }

  /** The hosts, their weights or their health changed. Sorts them into their lists. */
  update(hosts: Iterable<Host>): void {
    const byPriority: Host[][] = [[]]
    for (const host of hosts) {
      while (byPriority.length <= host.priority) byPriority.push([])
      byPriority[host.priority]!.push(host)
    }
    // A priority that lost its hosts stays, empty: its balancers keep their places.
    this.#grow(byPriority.length)
    this.#priorities.forEach((priority, index) => {
      priority.update(byPriority[index] ?? [])
    })
    this.#load = priorityLoad(
      this.#priorities.map(({ health }) => health),
      this.#settings,
    )
    const alone = this.#load.healthy[0] === 100 && !this.#load.panic[0]
    this.#only = alone ? this.#priorities[0]! : null
  }

  /** Main built new tables, by priority. */
  onTablesUpdated(tables: readonly HostTableView[]): void {
    this.#grow(tables.length)
    tables.forEach((table, index) => {
      this.#priorities[index]!.onTableUpdated(table)
    })
  }

  /** The host that every pick gives, or null. */
  soleHost(): Host | null {
    return this.#only === null ? null : this.#only.soleHost()
  }

  /** True for a host that some pick can give now. */
  picks(host: Host): boolean {
    const { healthy, degraded, panic } = this.#load
    const { priority } = host
    const healthyLoad = healthy[priority] ?? 0
    const degradedLoad = degraded[priority] ?? 0
    if (panic[priority]) return healthyLoad + degradedLoad > 0
    const flags = host.healthFlags()
    return (healthyLoad > 0 && isHealthy(flags)) || (degradedLoad > 0 && isDegraded(flags))
  }

  /** What each priority gets of 100 requests. */
  get load(): PriorityLoad {
    return this.#load
  }

  chooseHost(context: LoadBalancerContext | null, attempt: number): Host | null {
    if (this.#only !== null) return this.#only.chooseHost(Availability.Healthy, context, attempt)
    const hash = context === null ? null : context.hashKey()
    const draw = hash === null ? this.#random.below(100) : modulo64(hash, 100)
    const { priority: index, degraded } = choosePriority(this.#load, draw + 1)
    const priority = this.#priorities[index]!
    if (this.#load.panic[index]) {
      this.#stats[LB_HEALTHY_PANIC]!++
      return priority.chooseHost(Availability.Any, context, attempt)
    }
    const availability = degraded ? Availability.Degraded : Availability.Healthy
    return priority.chooseHost(availability, context, attempt)
  }

  #grow(length: number): void {
    while (this.#priorities.length < length) this.#priorities.push(this.#createPriority())
  }
}
