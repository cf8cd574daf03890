import type { FactoryContext } from '../../../../extension/factory-context.ts'
import type { StreamInfo } from '../../../../network/stream-info.ts'
import type { UpstreamPool } from '../../../../redis/upstream-pool.ts'
import type { ClusterPools, PoolSlot } from './cluster-pools.ts'
import { KeyFormat, keyFormatProblem } from './key-format.ts'
import { MirrorTarget } from './mirror-target.ts'
import type { Route } from './schema.ts'

/** Where a route leads, on one thread. */
export class RouteTarget {
  readonly prefixLength: number
  readonly removePrefix: boolean
  readonly mirrors: readonly MirrorTarget[]
  /** Keys go as they come, to one cluster, and nowhere else. */
  readonly isPlain: boolean
  readonly #slot: PoolSlot
  readonly #readSlot: PoolSlot | null
  readonly #keyFormat: KeyFormat | null
  /** Its key_formatter cannot be read: nothing can be sent, as nobody knows under which key. */
  readonly #isBroken: boolean

  constructor(route: Route, pools: ClusterPools, context: FactoryContext) {
    this.prefixLength = Buffer.byteLength(route.prefix)
    this.removePrefix = route.removePrefix && this.prefixLength > 0
    this.#slot = pools.slot(route.cluster)
    this.#readSlot =
      route.readCommandPolicy === null ? null : pools.slot(route.readCommandPolicy.cluster)
    this.#isBroken = keyFormatProblem(route.keyFormatter) !== null
    this.#keyFormat =
      route.keyFormatter === '' || this.#isBroken
        ? null
        : new KeyFormat(route.keyFormatter, context.timeSource)
    this.mirrors = route.requestMirrorPolicy.map(
      (policy) => new MirrorTarget(policy, pools, context),
    )
    this.isPlain =
      !this.removePrefix &&
      !this.#isBroken &&
      this.#keyFormat === null &&
      this.#readSlot === null &&
      this.mirrors.length === 0
  }

  get rewritesKeys(): boolean {
    return this.removePrefix || this.#keyFormat !== null
  }

  /** The pool for writes, and for reads too where no policy sends them elsewhere. Null: the cluster is not there. */
  pool(isRead: boolean): UpstreamPool | null {
    if (this.#isBroken) return null
    return (isRead && this.#readSlot !== null ? this.#readSlot : this.#slot).pool
  }

  /** The key as the server sees it. */
  rewriteKey(key: Uint8Array, info: StreamInfo): Uint8Array {
    const rest = this.removePrefix ? key.subarray(this.prefixLength) : key
    return this.#keyFormat?.format(rest, 0, rest.length, info) ?? rest
  }
}
