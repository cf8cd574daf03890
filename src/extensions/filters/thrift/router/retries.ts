import { type CallPolicy, isIdempotent, RetryOn } from '../../../../thrift/call-policy.ts'
import { type CircuitBreakers, ResourcePriority } from '../../../../upstream/circuit-breakers.ts'
import type { ThreadLocalCluster } from '../../../../upstream/cluster-manager.ts'
import { CLUSTER_STATS } from '../../../../upstream/cluster-stats-table.ts'
import type { Host } from '../../../../upstream/host.ts'

const STAT = CLUSTER_STATS.index

/** The tries that one call has left, and the hosts that have failed it. */
export class Retries {
  readonly #policy: CallPolicy
  readonly #isIdempotent: boolean
  readonly #cluster: ThreadLocalCluster
  readonly #breakers: CircuitBreakers
  readonly #tried: Host[] = []
  #left: number
  /** It counts as a retry of the cluster's, for its circuit breaker. */
  #isCounted = false

  /** Null: the call has one try, as in Envoy. */
  static of(
    policy: CallPolicy | null,
    method: string,
    cluster: ThreadLocalCluster,
  ): Retries | null {
    if (policy === null || policy.retries === 0) return null
    return new Retries(policy, isIdempotent(policy, method), cluster)
  }

  constructor(policy: CallPolicy, idempotent: boolean, cluster: ThreadLocalCluster) {
    this.#policy = policy
    this.#isIdempotent = idempotent
    this.#cluster = cluster
    this.#breakers = cluster.circuitBreakers(ResourcePriority.Default)
    this.#left = policy.retries
  }

  get hasTried(): boolean {
    return this.#tried.length > 0
  }

  isTried(host: Host): boolean {
    return this.#tried.includes(host)
  }

  /** Whether a failure of that kind (a bit of `RetryOn`) is one to try again after. A method that must not run twice may never have run. */
  wants(kind: number): boolean {
    if ((this.#policy.retryOn & kind) === 0) return false
    return this.#isIdempotent || kind === RetryOn['connect-failure']
  }

  /** `type`: of the TApplicationException; -1: it says none. */
  wantsAfterException(type: number): boolean {
    const { exceptions } = this.#policy
    return this.wants(RetryOn.exception) && (exceptions.size === 0 || exceptions.has(type))
  }

  /** The host has failed. False: no try is left. */
  take(failed: Host): boolean {
    const { stats } = this.#cluster
    if (this.#left === 0) {
      stats[STAT.upstream_rq_retry_limit_exceeded]!++
      return false
    }
    if (!this.#isCounted && !this.#breakers.retries.canCreate()) {
      stats[STAT.upstream_rq_retry_overflow]!++
      return false
    }
    this.#left--
    this.#tried.push(failed)
    stats[STAT.upstream_rq_retry]!++
    if (!this.#isCounted) {
      this.#isCounted = true
      this.#breakers.retries.add(1)
    }
    return true
  }

  /** An answer came. */
  onSuccess(): void {
    if (this.hasTried) this.#cluster.stats[STAT.upstream_rq_retry_success]!++
  }

  end(): void {
    if (!this.#isCounted) return
    this.#isCounted = false
    this.#breakers.retries.add(-1)
  }
}
