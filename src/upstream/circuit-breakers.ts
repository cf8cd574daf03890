import type { SharedCounter } from '../stats/shared-numbers.ts'
import type { BreakerLimits } from './cluster-data.ts'
import { BreakerResource, type HostTable } from './host-table.ts'

/** Which set of limits a request falls under, as `core.v3.RoutingPriority`. */
export const ResourcePriority = { Default: 0, High: 1 } as const
export type ResourcePriority = (typeof ResourcePriority)[keyof typeof ResourcePriority]

/** One limited resource of a cluster, counted over all threads. */
export class Resource {
  readonly max: number
  readonly #counter: SharedCounter

  constructor(counter: SharedCounter, max: number) {
    this.#counter = counter
    this.max = max
  }

  /** Checking and counting are two steps, as in Envoy: threads that check at once may overshoot by a few. */
  canCreate(): boolean {
    return this.#counter.value() < this.max
  }

  /** Counts what comes (1) and goes (-1). */
  add(n: number): void {
    this.#counter.add(n)
  }

  count(): number {
    return this.#counter.value()
  }
}

/** The circuit breakers of a cluster for one priority. */
export class CircuitBreakers {
  readonly connections: Resource
  readonly connectionPools: Resource
  readonly pendingRequests: Resource
  readonly requests: Resource
  readonly retries: Resource

  constructor(
    table: HostTable,
    cluster: number,
    priority: ResourcePriority,
    limits: BreakerLimits,
  ) {
    const resource = (kind: BreakerResource, max: number) =>
      new Resource(table.breaker(cluster, priority, kind), max)
    this.connections = resource(BreakerResource.Cx, limits.maxConnections)
    this.connectionPools = resource(
      BreakerResource.CxPool,
      limits.maxConnectionPools ?? Number.POSITIVE_INFINITY,
    )
    this.pendingRequests = resource(BreakerResource.RqPending, limits.maxPendingRequests)
    this.requests = resource(BreakerResource.Rq, limits.maxRequests)
    this.retries = resource(BreakerResource.RqRetry, limits.maxRetries)
  }
}
