import type { ThriftFilterContext } from '../../../../extension/define.ts'
import type { SharedTokenBucket } from '../../../../stats/shared-numbers.ts'
import type { CallPolicy } from '../../../../thrift/call-policy.ts'

/** The buckets of routes with a `max_requests_per_second`, which all workers share. */
export class RouteLimits {
  readonly #owner: string
  readonly #context: ThriftFilterContext
  readonly #buckets = new Map<number, SharedTokenBucket>()

  constructor(owner: string, context: ThriftFilterContext) {
    this.#owner = owner
    this.#context = context
  }

  /** False: the second's calls are used up. */
  take({ routeIndex, maxRequestsPerSecond }: CallPolicy): boolean {
    let bucket = this.#buckets.get(routeIndex)
    if (bucket === undefined) {
      const { sharedNumbers, timeSource } = this.#context
      const settings = {
        maxTokens: maxRequestsPerSecond,
        tokensPerFill: maxRequestsPerSecond,
        fillIntervalMs: 1000,
      }
      const key = `${this.#owner}/${routeIndex}/${maxRequestsPerSecond}`
      bucket = sharedNumbers.tokenBucket(key, settings, timeSource)
      this.#buckets.set(routeIndex, bucket)
    }
    return bucket.consume()
  }
}
