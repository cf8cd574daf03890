import type { Host } from './host.ts'
import type { LoadBalancer, LoadBalancerContext } from './load-balancer.ts'

/** Hosts and their balancer, which is made at the first need: most lists are never chosen from. */
export class HostList {
  readonly #create: () => LoadBalancer
  #hosts: readonly Host[] = []
  #balancer: LoadBalancer | null = null

  constructor(create: () => LoadBalancer) {
    this.#create = create
  }

  get size(): number {
    return this.#hosts.length
  }

  soleHost(): Host | null {
    return this.#hosts.length === 1 ? this.#hosts[0]! : null
  }

  update(hosts: readonly Host[]): void {
    this.#hosts = hosts
    this.#balancer?.onHostsUpdated(hosts)
  }

  chooseHost(context: LoadBalancerContext | null, attempt: number): Host | null {
    if (this.#balancer === null) {
      this.#balancer = this.#create()
      this.#balancer.onHostsUpdated(this.#hosts)
    }
    return this.#balancer.chooseHost(context, attempt)
  }
}
