import type { StatsAggregator } from '../../stats/aggregate.ts'
import type { StatTag } from '../../stats/tag.ts'
import type { ClusterData } from '../../upstream/cluster-data.ts'
import { BreakerResource, type HostTable } from '../../upstream/host-table.ts'

/** What Envoy prints for a limit that there is none of: the largest of 64 bits. */
const UNLIMITED = 2 ** 64 - 1

/** The gauges of a cluster's circuit breakers, computed when somebody reads them. */
export class BreakerGauges {
  readonly #aggregator: StatsAggregator
  readonly #names: string[] = []

  constructor(
    data: ClusterData,
    table: HostTable,
    aggregator: StatsAggregator,
    scope: { readonly prefix: string; readonly tags: readonly StatTag[] },
  ) {
    this.#aggregator = aggregator
    for (const [priority, limits] of data.circuitBreakers.entries()) {
      const prefix = `${scope.prefix}circuit_breakers.${priority === 0 ? 'default' : 'high'}.`
      const add = (name: string, value: () => number) => {
        aggregator.setGauge(prefix + name, value, scope.tags)
        this.#names.push(prefix + name)
      }
      const resources = [
        ['cx', 'remaining_cx', BreakerResource.Cx, limits.maxConnections],
        ['cx_pool', 'remaining_cx_pools', BreakerResource.CxPool, limits.maxConnectionPools],
        ['rq_pending', 'remaining_pending', BreakerResource.RqPending, limits.maxPendingRequests],
        ['rq', 'remaining_rq', BreakerResource.Rq, limits.maxRequests],
        ['rq_retry', 'remaining_retries', BreakerResource.RqRetry, limits.maxRetries],
      ] as const
      for (const [name, remaining, resource, max] of resources) {
        const counter = table.breaker(data.slot, priority, resource)
        const used = () => Math.max(0, counter.value())
        add(`${name}_open`, () => (max !== null && used() >= max && used() > 0 ? 1 : 0))
        if (!limits.trackRemaining) continue
        add(remaining, () => (max === null ? UNLIMITED : Math.max(0, max - used())))
      }
    }
  }

  remove(): void {
    for (const name of this.#names) this.#aggregator.removeGauge(name)
  }
}
