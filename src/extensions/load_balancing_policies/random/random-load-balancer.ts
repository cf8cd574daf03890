import type { Random } from '../../../random.ts'
import type { Host } from '../../../upstream/host.ts'
import type { LoadBalancer } from '../../../upstream/load-balancer.ts'

/** Any host, each as likely: weights are ignored, as in Envoy. */
export class RandomLoadBalancer implements LoadBalancer {
  readonly #random: Random
  #hosts: readonly Host[] = []

  constructor(random: Random) {
    this.#random = random
  }

  onHostsUpdated(hosts: readonly Host[]): void {
    this.#hosts = hosts
  }

  chooseHost(): Host | null {
    if (this.#hosts.length === 0) return null
    return this.#hosts[this.#random.below(this.#hosts.length)]!
  }
}
