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
  readonly logEscaped: boolean
  /** Level number of all components, then of those that differ. */
  readonly logLevel: number
  readonly logLevels: Readonly<Record<string, number>>
  readonly options: BootOptions
}

/** The flags that the data path reads. */
export interface BootOptions {
  readonly drainTimeSeconds: number
  readonly drainStrategy: 'gradual' | 'immediate'
  readonly fileFlushIntervalMs: number
  readonly fileFlushMinBytes: number
  /** `category/name`. */
  readonly disabledExtensions: readonly string[]
  /** Downstream connections that the whole process may hold. */
  readonly connectionLimit: number
  /** True when a stats sink wants each histogram sample. */
  readonly keepSamples: boolean
  /** The bootstrap's resolver of names; null: the system's servers. */
  readonly dnsResolver: unknown
}

export type ResourceKind =
  | 'filter-module'
  | 'runtime'
  | 'secret'
  | 'cluster'
  | 'hosts'
  | 'routes'
  | 'listener'

/** A listener's value: its config, and the sockets for this worker (duplicates that become the worker's). */
export interface ListenerResource {
  readonly config: unknown
  readonly sockets: readonly ListenerSocket[]
}

export interface ListenerSocket {
  readonly fd: number
  readonly address: unknown
  readonly backlog: number
}

/** One thing of the configuration, as main accepted it. */
export interface Resource {
  readonly kind: ResourceKind
  readonly name: string
  readonly version: number
  /** Absent: removed. JSON-safe. */
  readonly value?: unknown
  /** Shared memory that belongs to the value. It cannot be in JSON, so it crosses beside it. */
  readonly buffers?: readonly SharedArrayBuffer[]
}

/** How a batch with buffers crosses: its JSON without them, and those of each resource, in order. */
export interface BufferedBatch {
  readonly json: string
  readonly buffers: readonly (readonly SharedArrayBuffer[])[]
}

/** Main → worker. */
export type ToWorker =
  /** One batch in flight per worker; answered by `ack`. */
  | { readonly type: 'resources'; readonly batch: number; readonly resources: readonly Resource[] }
  /** A question with a deadline; answered by `answer`. */
  | { readonly type: 'ask'; readonly id: number; readonly ask: string; readonly args: unknown }
  | {
      readonly type: 'answer'
      readonly id: number
      readonly value: unknown
      readonly error?: string
    }
  | { readonly type: 'command'; readonly command: WorkerCommand }

export type WorkerCommand =
  /** `logger` null: all. */
  | { readonly name: 'set-log-level'; readonly logger: string | null; readonly level: number }
  | { readonly name: 'reopen-logs' }
  /** Stop accepting; connections stay. `listeners` null = all. */
  | { readonly name: 'stop-listeners'; readonly listeners: readonly string[] | null }
  /** Connections are told to drain from now on. */
  | {
      readonly name: 'drain'
      readonly listeners: readonly string[] | null
      readonly startMs: number
    }
  | { readonly name: 'health-check-fail'; readonly failed: boolean }
  /** An accepted socket that another worker hands over. */
  | {
      readonly name: 'adopt'
      readonly listener: string
      readonly addressIndex: number
      readonly fd: number
    }
  /** Whose commands are shown to whom; none: the tap is off. `filters` as `redis/tap-filter.ts` has them. */
  | { readonly name: 'tap-redis'; readonly filters: readonly unknown[] }
  /** The same of calls; `filters` as `thrift/tap-filter.ts` has them. */
  | { readonly name: 'tap-thrift'; readonly filters: readonly unknown[] }
  /** Flush logs and end. */
  | { readonly name: 'shutdown' }

/** Worker → main. */
export type ToMain =
  | { readonly type: 'ready' }
  /** Connections are cut, logs written: the thread may go. */
  | { readonly type: 'bye' }
  | { readonly type: 'ack'; readonly batch: number; readonly errors: readonly string[] }
  | { readonly type: 'ask'; readonly id: number; readonly ask: string; readonly args: unknown }
  | {
      readonly type: 'answer'
      readonly id: number
      readonly value: unknown
      readonly error?: string
    }
  /** Batched once per 10 ms from a bounded ring; `dropped` counts what the ring had no room for. */
  | { readonly type: 'events'; readonly events: readonly WorkerEvent[]; readonly dropped: number }
  /** What the thread's stats store announces, in order; its pages are shared memory, so this one is no string. */
  | { readonly type: 'stats'; readonly announcements: readonly unknown[] }
  /** An accepted descriptor for a worker that has less to do. */
  | {
      readonly type: 'hand-over'
      readonly listener: string
      readonly addressIndex: number
      readonly fd: number
    }
  /** Access-log lines of a file that main owns, or application log lines. */
  | { readonly type: 'log'; readonly text: string }

export interface WorkerEvent {
  readonly kind: string
  readonly [field: string]: unknown
}
