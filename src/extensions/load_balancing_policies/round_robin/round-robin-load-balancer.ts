import type { Random } from '../../../random.ts'
import { EdfScheduler } from '../../../upstream/edf-scheduler.ts'
import { type Host, haveEqualWeights } from '../../../upstream/host.ts'
import type { LoadBalancer } from '../../../upstream/load-balancer.ts'

/** Each host in turn, or by its weight. Starts at a random host, or every worker would begin with the first. */
export class RoundRobinLoadBalancer implements LoadBalancer {
  readonly #random: Random
  #hosts: readonly Host[] = []
  /** Survives updates of the hosts, as in Envoy; made at the first pick, when the number of hosts is known. */
  #next = -1
  /** Null while all weights are equal. */
  #scheduler: EdfScheduler<Host> | null = null

  constructor(random: Random) {
    this.#random = random
  }

  onHostsUpdated(hosts: readonly Host[]): void {
    this.#hosts = hosts
    this.#scheduler = haveEqualWeights(hosts)
      ? null
      : EdfScheduler.started(hosts, weightOf, this.#random)
  }

  chooseHost(): Host | null {
    if (this.#scheduler !== null) return this.#scheduler.pick(weightOf)
    const hosts = this.#hosts
    if (hosts.length === 0) return null
    if (this.#next < 0) this.#next = this.#random.below(hosts.length)
    if (this.#next >= hosts.length) this.#next %= hosts.length
    return hosts[this.#next++]!
  }
}

function weightOf(host: Host): number {
  return host.weight
}
