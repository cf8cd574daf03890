import type { TimeSource } from '../time-source.ts'
import type { TimerWheel } from './timers.ts'

/** What connections need of their thread. */
export interface NetworkContext {
  readonly timers: TimerWheel
  readonly timeSource: TimeSource
  /** A callback of `owner` threw: counted and logged with its stack. The owner is closed by whoever caught it. */
  onFault(error: unknown, owner: string): void
}
