import type { Hash64 } from '../codec/hash/hash64.ts'
import type { Random } from '../random.ts'
import { BoundedLoad } from './bounded-load.ts'
import type { Host } from './host.ts'
import type {
  HostTableView,
  LoadBalancerContext,
  LoadBalancerFactoryContext,
  TableLoadBalancer,
} from './load-balancer.ts'

/** Where a hash falls: the half of ring and maglev that every thread has. */
export interface HashTable {
  /** An index into the table's hosts; -1 in an empty table. After `attempt` others were not wanted, from 0. */
  find(hash: Hash64, attempt: number): number
}

export interface HashLoadBalancerOptions {
  /** Percent of its share that a host may have under way; 0: no bound. */
  readonly hashBalanceFactor: number
  /** Makes a buffer that the policy's builder filled readable. */
  open(buffer: SharedArrayBuffer): HashTable
}

/** Sends what has the same hash to the same host, for as long as that host is there. */
export class HashLoadBalancer implements TableLoadBalancer {
  readonly #open: (buffer: SharedArrayBuffer) => HashTable
  readonly #random: Random
  readonly #bound: BoundedLoad | null
  /** For requests without a hash. */
  readonly #drawn: Hash64 = { high: 0, low: 0 }
  #view: HostTableView | null = null
  #table: HashTable | null = null

  constructor(options: HashLoadBalancerOptions, context: LoadBalancerFactoryContext) {
    const { hashBalanceFactor } = options
    this.#open = options.open
    this.#random = context.random
    this.#bound =
      hashBalanceFactor === 0 ? null : new BoundedLoad(hashBalanceFactor, context.activeRequests)
  }

  onTableUpdated(view: HostTableView): void {
    this.#view = view
    this.#table = view.hosts.length === 0 ? null : this.#open(view.buffer)
  }

  chooseHost(context: LoadBalancerContext | null, attempt: number): Host | null {
    if (this.#table === null || this.#view === null) return null
    const hash = (context === null ? null : context.hashKey()) ?? this.#draw()
    const index = this.#table.find(hash, attempt)
    if (index < 0) return null
    return this.#bound === null
      ? this.#view.hosts[index]!
      : this.#bound.choose(this.#view, hash, index)
  }

  #draw(): Hash64 {
    this.#drawn.high = this.#random.below(4294967296)
    this.#drawn.low = this.#random.below(4294967296)
    return this.#drawn
  }
}
