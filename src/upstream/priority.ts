import type { Host } from './host.ts'
import { HostList } from './host-list.ts'
import { isDegraded, isExcluded, isHealthy } from './host-table.ts'
import type {
  HostTableView,
  LoadBalancer,
  LoadBalancerContext,
  TableLoadBalancer,
} from './load-balancer.ts'
import type { PriorityHealth } from './priority-load.ts'
import type { WeightedLocalities } from './weighted-localities.ts'

/** Which hosts of a priority a request may go to. */
export const Availability = {
  Healthy: 0,
  Degraded: 1,
  /** All, fit or not: the priority panics. */
  Any: 2,
} as const
export type Availability = (typeof Availability)[keyof typeof Availability]

/** The hosts of one priority. */
export interface Priority {
  readonly health: PriorityHealth
  /** The hosts, their weights or their health changed. */
  update(hosts: readonly Host[]): void
  /** Main built a new table; nothing to those that have lists. */
  onTableUpdated(table: HostTableView): void
  chooseHost(
    availability: Availability,
    context: LoadBalancerContext | null,
    attempt: number,
  ): Host | null
  /** The only host that is healthy, of a priority whose hosts are all healthy; null: there is none, or more. */
  soleHost(): Host | null
}

/** How many of the hosts stand how. */
export function healthOf(flags: readonly number[]): PriorityHealth {
  let healthy = 0
  let degraded = 0
  let excluded = 0
  for (const bits of flags) {
    if (isHealthy(bits)) healthy++
    else if (isDegraded(bits)) degraded++
    if (isExcluded(bits)) excluded++
  }
  return { total: flags.length, healthy, degraded, excluded }
}

/** A priority with a list of all hosts and lists of those that are fit. Each list has a balancer with a state of its own. */
export class ListPriority implements Priority {
  readonly #hosts: HostList
  readonly #healthy: HostList
  readonly #degraded: HostList
  /** For healthy and degraded hosts; null: the weights of localities do not count. */
  readonly #localities: readonly [WeightedLocalities, WeightedLocalities] | null
  health = healthOf([])

  constructor(
    createBalancer: () => LoadBalancer,
    localities: readonly [WeightedLocalities, WeightedLocalities] | null,
  ) {
    this.#hosts = new HostList(createBalancer)
    this.#healthy = new HostList(createBalancer)
    this.#degraded = new HostList(createBalancer)
    this.#localities = localities
  }

  update(hosts: readonly Host[]): void {
    this.health = healthOf(hosts.map((host) => host.healthFlags()))
    this.#hosts.update(hosts)
    this.#healthy.update(hosts.filter((host) => isHealthy(host.healthFlags())))
    this.#degraded.update(hosts.filter((host) => isDegraded(host.healthFlags())))
    if (this.#localities === null) return
    this.#localities[0].update(hosts, isHealthy)
    this.#localities[1].update(hosts, isDegraded)
  }

  onTableUpdated(): void {}

  soleHost(): Host | null {
    return this.#localities === null ? this.#healthy.soleHost() : null
  }

  chooseHost(
    availability: Availability,
    context: LoadBalancerContext | null,
    attempt: number,
  ): Host | null {
    if (availability === Availability.Any) return this.#hosts.chooseHost(context, attempt)
    const locality = this.#localities === null ? null : this.#localities[availability].pick()
    const list = availability === Availability.Degraded ? this.#degraded : this.#healthy
    return (locality ?? list).chooseHost(context, attempt)
  }
}

/** A priority with main's table, for which main has picked the hosts already: degraded ones are in none. */
export class TablePriority implements Priority {
  readonly #balancer: TableLoadBalancer
  #sole: Host | null = null
  health = healthOf([])

  constructor(balancer: TableLoadBalancer) {
    this.#balancer = balancer
  }

  update(hosts: readonly Host[]): void {
    this.#sole = hosts.length === 1 ? hosts[0]! : null
    this.health = healthOf(hosts.map((host) => host.healthFlags()))
  }

  soleHost(): Host | null {
    return this.health.healthy === 1 ? this.#sole : null
  }

  onTableUpdated(table: HostTableView): void {
    this.#balancer.onTableUpdated(table)
  }

  chooseHost(_: Availability, context: LoadBalancerContext | null, attempt: number): Host | null {
    return this.#balancer.chooseHost(context, attempt)
  }
}
