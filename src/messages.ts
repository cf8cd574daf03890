/**
 * What crosses between main and workers: the one table. Everything is sent as ONE string of JSON per batch (0.1 µs to
 * send; a nested object costs 589 µs), except `Boot`, which carries shared memory and goes with the worker's start.
 */

/** A worker's start, given as `workerData`. */
export interface Boot {
  readonly workerIndex: number
  readonly concurrency: number
  /** Numbers that several threads update with Atomics: `stats/shared-numbers.ts`. */
  readonly sharedNumbers: SharedArrayBuffer
  /** Host slots: active requests and health flags: `upstream/host-table.ts`. */
  readonly hostTable: SharedArrayBuffer
  readonly logPattern: string
  /** Component → level name. */
  readonly logLevels: Readonly<Record<string, string>>
  readonly options: BootOptions
}

/** The flags that the data path reads. */
export interface BootOptions {
  readonly drainTimeSeconds: number
  readonly drainStrategy: 'gradual' | 'immediate'
  readonly fileFlushIntervalMs: number
  readonly fileFlushMinBytes: number
  readonly disabledExtensions: readonly string[]
}

export type ResourceKind =
  | 'filter-module'
  | 'runtime'
  | 'secret'
  | 'cluster'
  | 'hosts'
  | 'routes'
  | 'listener'

/** One thing of the configuration, as main accepted it. */
export interface Resource {
  readonly kind: ResourceKind
  readonly name: string
  readonly version: number
  /** Absent: removed. JSON-safe. */
  readonly value?: unknown
}

/** Main → worker. */
export type ToWorker =
  /** One batch in flight per worker; answered by `ack`. */
  | { readonly type: 'resources'; readonly batch: number; readonly resources: readonly Resource[] }
  /** A question with a deadline; answered by `answer`. */
  | { readonly type: 'ask'; readonly id: number; readonly ask: string; readonly args: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown; readonly error?: string }
  | { readonly type: 'command'; readonly command: WorkerCommand }

export type WorkerCommand =
  | { readonly name: 'set-log-level'; readonly logger: string; readonly level: string }
  | { readonly name: 'reopen-logs' }
  /** Stop accepting; connections stay. `listeners` null = all. */
  | { readonly name: 'stop-listeners'; readonly listeners: readonly string[] | null }
  /** Connections are told to drain from now on. */
  | { readonly name: 'drain'; readonly listeners: readonly string[] | null; readonly startMs: number }
  | { readonly name: 'health-check-fail'; readonly failed: boolean }
  /** An accepted socket that another worker hands over. */
  | { readonly name: 'adopt'; readonly listener: string; readonly addressIndex: number; readonly fd: number }
  /** Flush logs and end. */
  | { readonly name: 'shutdown' }

/** Worker → main. */
export type ToMain =
  | { readonly type: 'ready' }
  | { readonly type: 'ack'; readonly batch: number; readonly errors: readonly string[] }
  | { readonly type: 'ask'; readonly id: number; readonly ask: string; readonly args: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown; readonly error?: string }
  /** Batched once per 10 ms from a bounded ring; `dropped` counts what the ring had no room for. */
  | { readonly type: 'events'; readonly events: readonly WorkerEvent[]; readonly dropped: number }
  /** Access-log lines of a file that main owns, or application log lines. */
  | { readonly type: 'log'; readonly text: string }

export interface WorkerEvent {
  readonly kind: string
  readonly [field: string]: unknown
}
