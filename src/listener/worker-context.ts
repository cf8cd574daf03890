import type { Runtime } from '../extension/runtime.ts'
import type { NetworkContext } from '../network/network-context.ts'
import type { SharedCounter, SharedNumbers } from '../stats/shared-numbers.ts'
import type { StatsStore } from '../stats/store.ts'

/** What a worker's listeners need of their thread. */
export interface WorkerContext {
  readonly workerIndex: number
  readonly workerCount: number
  /** `worker_0`. */
  readonly threadName: string
  readonly network: NetworkContext
  readonly stats: StatsStore
  readonly sharedNumbers: SharedNumbers
  readonly runtime: Runtime
  /** Downstream connections of the whole process, and how many there may be. */
  readonly connections: SharedCounter
  readonly connectionLimit: number
  /** Gives an accepted descriptor to main, which gives it to the worker that has least to do. */
  handOver(listener: string, addressIndex: number, fd: number): void
}
