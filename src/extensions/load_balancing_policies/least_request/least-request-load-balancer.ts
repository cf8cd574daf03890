import type { Random } from '../../../random.ts'
import { EdfScheduler } from '../../../upstream/edf-scheduler.ts'
import { type Host, haveEqualWeights } from '../../../upstream/host.ts'
import type { LoadBalancer } from '../../../upstream/load-balancer.ts'

export interface LeastRequestSettings {
  /** Hosts drawn per pick, with repetition; from 2. */
  readonly choiceCount: number
  /** Looks at all hosts instead. */
  readonly fullScan: boolean
  /** With unequal weights: the power of (active requests + 1) by which a weight is divided. */
  readonly activeRequestBias: number
}

/** The least busy of a few hosts, or with unequal weights each by its weight over how busy it is. */
export class LeastRequestLoadBalancer implements LoadBalancer {
  readonly #settings: LeastRequestSettings
  readonly #random: Random
  #hosts: readonly Host[] = []
  /** Null while all weights are equal. With it, choiceCount and fullScan have no meaning. */
  #scheduler: EdfScheduler<Host> | null = null
  readonly #weightOf = (host: Host): number => {
    const { activeRequestBias: bias } = this.#settings
    if (bias === 0) return host.weight
    const busy = host.activeRequests() + 1
    return host.weight / (bias === 1 ? busy : busy ** bias)
  }

  constructor(settings: LeastRequestSettings, random: Random) {
    this.#settings = settings
    this.#random = random
  }

  onHostsUpdated(hosts: readonly Host[]): void {
    this.#hosts = hosts
    this.#scheduler = haveEqualWeights(hosts)
      ? null
      : EdfScheduler.started(hosts, this.#weightOf, this.#random)
  }

  chooseHost(): Host | null {
    if (this.#scheduler !== null) return this.#scheduler.pick(this.#weightOf)
    if (this.#hosts.length === 0) return null
    return this.#settings.fullScan ? this.#leastOfAll() : this.#leastOfSome()
  }

  #leastOfSome(): Host {
    const hosts = this.#hosts
    let best = hosts[this.#random.below(hosts.length)]!
    let least = best.activeRequests()
    for (let drawn = 1; drawn < this.#settings.choiceCount; drawn++) {
      const host = hosts[this.#random.below(hosts.length)]!
      const active = host.activeRequests()
      if (active < least) {
        best = host
        least = active
      }
    }
    return best
  }

  /** Each of several least busy hosts is as likely: the n-th of them replaces the one before with probability 1/n. */
  #leastOfAll(): Host {
    const hosts = this.#hosts
    let best = hosts[0]!
    let least = best.activeRequests()
    let equals = 1
    for (let index = 1; index < hosts.length; index++) {
      const host = hosts[index]!
      const active = host.activeRequests()
      if (active > least) continue
      equals = active === least ? equals + 1 : 1
      least = active
      if (equals === 1 || this.#random.below(equals) === 0) best = host
    }
    return best
  }
}
