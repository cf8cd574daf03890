import type { FactoryContext } from '../../../../extension/factory-context.ts'
import type { Runtime } from '../../../../extension/runtime.ts'
import { CloseType } from '../../../../network/connection.ts'
import {
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
} from '../../../../network/filter.ts'
import { ResponseFlag } from '../../../../network/stream-info.ts'
import type { SharedTokenBucket } from '../../../../stats/shared-numbers.ts'
import type { StatsBlock } from '../../../../stats/store.ts'
import type { LocalRateLimit } from './schema.ts'
import { LOCAL_RATE_LIMIT_STATS } from './stats.ts'

const STAT = LOCAL_RATE_LIMIT_STATS.index

/** What the filters of one config share on a thread. */
interface SharedRateLimit {
  readonly config: LocalRateLimit
  readonly stats: StatsBlock
  readonly bucket: SharedTokenBucket
  readonly runtime: Runtime
}

export function createRateLimit(config: LocalRateLimit, context: FactoryContext): SharedRateLimit {
  const owner =
    config.shareKey === '' ? `${context.listenerName}/${config.statPrefix}` : config.shareKey
  return {
    config,
    stats: context.stats.block(`local_rate_limit.${config.statPrefix}.`, LOCAL_RATE_LIMIT_STATS),
    bucket: context.sharedNumbers.tokenBucket(
      `local_ratelimit/${owner}`,
      config.tokenBucket,
      context.timeSource,
    ),
    runtime: context.runtime,
  }
}

/** Asks once, when the connection is accepted. */
export class LocalRateLimitFilter implements ReadFilter {
  readonly passThrough = true
  readonly keepsNothing = true
  readonly #limit: SharedRateLimit
  #callbacks: ReadFilterCallbacks | null = null

  constructor(limit: SharedRateLimit) {
    this.#limit = limit
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks
  }

  onNewConnection(): FilterStatus {
    const { config, runtime, bucket, stats } = this.#limit
    const { runtimeKey: key, defaultValue: enabled } = config.runtimeEnabled
    if (!runtime.boolean(key, enabled) || bucket.consume()) return FilterStatus.Continue
    stats[STAT.rate_limited]!++
    const { connection } = this.#callbacks!
    // This flag, of all, is the one that Envoy logs for it.
    connection.streamInfo.setFlag(ResponseFlag.URX)
    connection.close(CloseType.NoFlush, 'local_ratelimit_close_over_limit')
    return FilterStatus.StopIteration
  }

  onData(): FilterStatus {
    return FilterStatus.Continue
  }
}
