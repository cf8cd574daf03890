import { modulo64 } from '../codec/hash/hash64.ts'
import type { Random } from '../random.ts'
import type { StatsBlock } from '../stats/store.ts'
import { CLUSTER_STATS } from './cluster-stats-table.ts'
import type { Host } from './host.ts'
import { isDegraded, isExcluded, isHealthy } from './host-table.ts'
import type { LoadBalancer, LoadBalancerContext } from './load-balancer.ts'
import {
  choosePriority,
  type PriorityHealth,
  type PriorityLoad,
  type PriorityLoadSettings,
  priorityLoad,
} from './priority-load.ts'

const { lb_healthy_panic: LB_HEALTHY_PANIC } = CLUSTER_STATS.index

/** One priority's hosts: all, and those that are fit. Each list has a balancer with a state of its own. */
class Priority {
  readonly hosts: HostList
  readonly healthy: HostList
  readonly degraded: HostList
  excluded = 0

  constructor(createBalancer: () => LoadBalancer) {
    this.hosts = new HostList(createBalancer)
    this.healthy = new HostList(createBalancer)
    this.degraded = new HostList(createBalancer)
  }

  update(hosts: readonly Host[]): void {
    this.hosts.update(hosts)
    this.healthy.update(hosts.filter((host) => isHealthy(host.healthFlags())))
    this.degraded.update(hosts.filter((host) => isDegraded(host.healthFlags())))
    this.excluded = hosts.filter((host) => isExcluded(host.healthFlags())).length
  }

  health(): PriorityHealth {
    return {
      total: this.hosts.size,
      healthy: this.healthy.size,
      degraded: this.degraded.size,
      excluded: this.excluded,
    }
  }
}

/** Hosts and their balancer, which is made at the first need: most lists are never chosen from. */
class HostList {
  readonly #create: () => LoadBalancer
  #hosts: readonly Host[] = []
  #balancer: LoadBalancer | null = null

  constructor(create: () => LoadBalancer) {
    this.#create = create
  }

  get size(): number {
    return this.#hosts.length
  }

  update(hosts: readonly Host[]): void {
    this.#hosts = hosts
    this.#balancer?.onHostsUpdated(hosts)
  }

  chooseHost(context: LoadBalancerContext | null): Host | null {
    if (this.#balancer === null) {
      this.#balancer = this.#create()
      this.#balancer.onHostsUpdated(this.#hosts)
    }
    return this.#balancer.chooseHost(context)
  }
}

/** The hosts of a cluster by priority, and which of them the next request goes to. */
export class PrioritySet {
  readonly #createBalancer: () => LoadBalancer
  readonly #settings: PriorityLoadSettings
  readonly #random: Random
  readonly #stats: StatsBlock
  #priorities: Priority[] = []
  #load: PriorityLoad = { healthy: [100], degraded: [0], panic: [true] }
  /** The list that takes every request, when nothing has to be drawn: all hosts of priority 0 healthy enough. */
  #only: HostList | null = null

  constructor(
    createBalancer: () => LoadBalancer,
    settings: PriorityLoadSettings,
    random: Random,
    stats: StatsBlock,
  ) {
    this.#createBalancer = createBalancer
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
    while (this.#priorities.length < byPriority.length) {
      this.#priorities.push(new Priority(this.#createBalancer))
    }
    this.#priorities.forEach((priority, index) => {
      priority.update(byPriority[index] ?? [])
    })
    this.#load = priorityLoad(
      this.#priorities.map((priority) => priority.health()),
      this.#settings,
    )
    const first = this.#priorities[0]!
    const alone = this.#load.healthy[0] === 100 && !this.#load.panic[0]
    this.#only = alone ? first.healthy : null
  }

  /** What each priority gets of 100 requests. */
  get load(): PriorityLoad {
    return this.#load
  }

  chooseHost(context: LoadBalancerContext | null): Host | null {
    if (this.#only !== null) return this.#only.chooseHost(context)
    const hash = context === null ? null : context.hashKey()
    const draw = hash === null ? this.#random.below(100) : modulo64(hash, 100)
    const { priority: index, degraded } = choosePriority(this.#load, draw + 1)
    const priority = this.#priorities[index]!
    if (this.#load.panic[index]) {
      this.#stats[LB_HEALTHY_PANIC]!++
      return priority.hosts.chooseHost(context)
    }
    return (degraded ? priority.degraded : priority.healthy).chooseHost(context)
  }
}
