import type { Random } from '../random.ts'
import { EdfScheduler } from './edf-scheduler.ts'
import type { Host } from './host.ts'
import { HostList } from './host-list.ts'
import { isExcluded } from './host-table.ts'
import type { LoadBalancer } from './load-balancer.ts'
import { byLocality, localityKey } from './localities.ts'

interface WeightedLocality {
  readonly list: HostList
  /** Above 0. */
  readonly weight: number
}

/** The fit hosts of a priority by locality, each locality chosen as often as its weight and the health of its hosts say. */
export class WeightedLocalities {
  readonly #createBalancer: () => LoadBalancer
  /** Percent: healthy hosts can take that much of their share. */
  readonly #overprovisioningFactor: number
  readonly #random: Random
  /** By locality, for as long as it has hosts: its balancer keeps its place. */
  readonly #lists = new Map<string, HostList>()
  /** Null: no locality has both weight and fit hosts, and they are chosen from as if there were no localities. */
  #scheduler: EdfScheduler<WeightedLocality> | null = null

  constructor(createBalancer: () => LoadBalancer, overprovisioningFactor: number, random: Random) {
    this.#createBalancer = createBalancer
    this.#overprovisioningFactor = overprovisioningFactor
    this.#random = random
  }

  update(hosts: readonly Host[], isEligible: (flags: number) => boolean): void {
    const entries: WeightedLocality[] = []
    const known = new Set<string>()
    for (const { locality, weight, hosts: all } of byLocality(hosts, null)) {
      const key = localityKey(locality)
      known.add(key)
      let list = this.#lists.get(key)
      if (list === undefined) {
        list = new HostList(this.#createBalancer)
        this.#lists.set(key, list)
      }
      const eligible = all.filter((host) => isEligible(host.healthFlags()))
      list.update(eligible)
      const effective = weight * this.#availability(all, eligible.length)
      if (effective > 0) entries.push({ list, weight: effective })
    }
    for (const key of this.#lists.keys()) if (!known.has(key)) this.#lists.delete(key)
    this.#scheduler =
      entries.length === 0 ? null : EdfScheduler.started(entries, weightOf, this.#random)
  }

  /** The hosts of the locality whose turn it is. */
  pick(): HostList | null {
    return this.#scheduler === null ? null : (this.#scheduler.pick(weightOf)?.list ?? null)
  }

  /** From 0 to 1. */
  #availability(hosts: readonly Host[], eligible: number): number {
    const count = hosts.filter((host) => !isExcluded(host.healthFlags())).length
    if (count === 0) return 0
    return Math.min(1, ((this.#overprovisioningFactor / 100) * eligible) / count)
  }
}

function weightOf({ weight }: WeightedLocality): number {
  return weight
}
