import type { Hash64 } from '../codec/hash/hash64.ts'
import { MersenneTwister } from '../codec/hash/mersenne-twister.ts'
import type { Host } from './host.ts'
import type { HostTableView } from './load-balancer.ts'

/**
 * Caps what consistent hashing gives to one host: `hash_balance_factor` percent of its share of all requests under way. Beyond
 * that, another host is tried, in an order that depends on the hash alone, as Envoy's BoundedLoadHashingLoadBalancer does.
 */
export class BoundedLoad {
  readonly #factor: number
  readonly #activeRequests: () => number
  readonly #twister = new MersenneTwister()
  /** Indexes of the hosts in the order in which they are tried. */
  #order = new Uint32Array(0)

  constructor(factor: number, activeRequests: () => number) {
    this.#factor = factor
    this.#activeRequests = activeRequests
  }

  /** `chosen` is the host that the hash falls on, by its index. The least overloaded one when all are overloaded. */
  choose(table: HostTableView, hash: Hash64, chosen: number): Host {
    const slots = Math.floor(((this.#activeRequests() + 1) * this.#factor + 99) / 100)
    const { hosts } = table
    let best = hosts[chosen]!
    let least = overload(table, chosen, slots)
    if (least <= 1) return best
    const order = this.#startOrder(hosts.length)
    this.#twister.seed(hash.low)
    for (let at = 0; at < hosts.length; at++) {
      const other = at + this.#twister.below(hosts.length - at)
      const index = order[other]!
      order[other] = order[at]!
      order[at] = index
      if (index === chosen) continue
      const load = overload(table, index, slots)
      if (load <= 1) return hosts[index]!
      if (load < least) {
        best = hosts[index]!
        least = load
      }
    }
    return best
  }

  #startOrder(length: number): Uint32Array {
    if (this.#order.length !== length) this.#order = new Uint32Array(length)
    for (let index = 0; index < length; index++) this.#order[index] = index
    return this.#order
  }
}

/** Requests on a host for each that it should have; above 1 is too many. */
function overload({ hosts, weights }: HostTableView, index: number, slots: number): number {
  return hosts[index]!.activeRequests() / Math.max(1, Math.ceil(slots * weights[index]!))
}
