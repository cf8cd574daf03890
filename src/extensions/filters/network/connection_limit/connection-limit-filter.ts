import type { FactoryContext } from '../../../../extension/factory-context.ts'
import type { Runtime } from '../../../../extension/runtime.ts'
import {
  CloseType,
  type ConnectionCallbacks,
  ConnectionEvent,
} from '../../../../network/connection.ts'
import {
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
} from '../../../../network/filter.ts'
import type { ReadBuffer } from '../../../../network/read-buffer.ts'
import type { Timer, TimerOwner, TimerWheel } from '../../../../network/timers.ts'
import type { SharedCounter } from '../../../../stats/shared-numbers.ts'
import type { StatsBlock } from '../../../../stats/store.ts'
import type { ConnectionLimit } from './schema.ts'
import { CONNECTION_LIMIT_STATS } from './stats.ts'

const STAT = CONNECTION_LIMIT_STATS.index
const CLOSE_REASON = 'over_connection_limit'

/** What the filters of one config share on a thread. */
interface SharedLimit {
  readonly config: ConnectionLimit
  readonly stats: StatsBlock
  readonly active: SharedCounter
  readonly runtime: Runtime
  readonly timers: TimerWheel
}

export function createConnectionLimit(
  config: ConnectionLimit,
  context: FactoryContext,
): SharedLimit {
  const key = `connection_limit/${context.listenerName}/${config.statPrefix}`
  return {
    config,
    stats: context.stats.block(`connection_limit.${config.statPrefix}.`, CONNECTION_LIMIT_STATS),
    active: context.sharedNumbers.counter(key),
    runtime: context.runtime,
    timers: context.timers,
  }
}

/** Counts its connection in, and turns it away if that is one too many. */
export class ConnectionLimitFilter implements ReadFilter, ConnectionCallbacks, TimerOwner {
  readonly passThrough = true
  readonly keepsNothing = true
  readonly #limit: SharedLimit
  #callbacks: ReadFilterCallbacks | null = null
  #counted = false
  #rejected = false
  #delay: Timer | null = null

  constructor(limit: SharedLimit) {
    this.#limit = limit
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks
    callbacks.connection.addConnectionCallbacks(this)
  }

  onNewConnection(): FilterStatus {
    const { config, runtime, stats, active, timers } = this.#limit
    const { runtimeKey: key, defaultValue: enabled } = config.runtimeEnabled
    if (!runtime.boolean(key, enabled)) return FilterStatus.Continue
    if (active.add(1) <= config.maxConnections) {
      this.#counted = true
      stats[STAT.active_connections]!++
      return FilterStatus.Continue
    }
    active.sub(1)
    stats[STAT.limited_connections]!++
    this.#rejected = true
    if (config.delayMs > 0) {
      this.#delay = timers.createTimer(this, this.#callbacks!.connection)
      this.#delay.enable(config.delayMs)
    } else {
      this.#callbacks!.connection.close(CloseType.NoFlush, CLOSE_REASON)
    }
    return FilterStatus.StopIteration
  }

  /** While a rejected connection waits for its end, its bytes go nowhere. */
  onData(buffer: ReadBuffer): FilterStatus {
    if (!this.#rejected) return FilterStatus.Continue
    buffer.clear()
    return FilterStatus.StopIteration
  }

  onTimer(): void {
    this.#callbacks!.connection.close(CloseType.NoFlush, CLOSE_REASON)
  }

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) return
    this.#delay?.disable()
    if (!this.#counted) return
    this.#counted = false
    this.#limit.active.sub(1)
    this.#limit.stats[STAT.active_connections]!--
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}
}
