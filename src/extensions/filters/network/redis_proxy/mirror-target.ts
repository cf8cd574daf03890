import type { FactoryContext } from '../../../../extension/factory-context.ts'
import type { Runtime } from '../../../../extension/runtime.ts'
import type { Random } from '../../../../random.ts'
import type { UpstreamPool } from '../../../../redis/upstream-pool.ts'
import type { ClusterPools, PoolSlot } from './cluster-pools.ts'
import type { RequestMirrorPolicy } from './schema.ts'

/** A cluster that gets copies of what a route sends. */
export class MirrorTarget {
  readonly #slot: PoolSlot
  readonly #policy: RequestMirrorPolicy
  readonly #runtime: Runtime
  readonly #random: Random

  constructor(policy: RequestMirrorPolicy, pools: ClusterPools, context: FactoryContext) {
    this.#policy = policy
    this.#slot = pools.slot(policy.cluster)
    this.#runtime = context.runtime
    this.#random = context.random
  }

  /** The pool that this command is copied to; null: it is not. */
  pool(isRead: boolean): UpstreamPool | null {
    const { excludeReadCommands, runtimeFraction } = this.#policy
    if (isRead && excludeReadCommands) return null
    if (runtimeFraction !== null && !isDrawn(runtimeFraction, this.#runtime, this.#random))
      return null
    return this.#slot.pool
  }
}

function isDrawn(
  { defaultValue, runtimeKey }: NonNullable<RequestMirrorPolicy['runtimeFraction']>,
  runtime: Runtime,
  random: Random,
): boolean {
  const percent = (defaultValue.numerator * 100) / defaultValue.denominator
  return runtimeKey === ''
    ? random.next() * 100 < percent
    : runtime.featureEnabled(runtimeKey, percent)
}
