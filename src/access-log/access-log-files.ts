import type { TimerWheel } from '../network/timers.ts'
import type { StatsStore } from '../stats/store.ts'
import { AccessLogFile } from './access-log-file.ts'
import { FILESYSTEM } from './filesystem-stats.ts'
import { openDestination } from './log-destination.ts'

export interface AccessLogFilesOptions {
  readonly timers: TimerWheel
  readonly stats: StatsStore
  /** --file-flush-interval-msec: how long a line may wait. */
  readonly flushIntervalMs: number
  /** --file-flush-min-size-kb, in bytes: a buffer of this size is written at once. */
  readonly flushMinBytes: number
}

/** A stalled pipe may hold up the end of a thread for this long. */
const CLOSE_WITHIN_MS = 1000

/**
 * The files that the access logs of one thread write: one object a path, whoever logs there. Threads share a file by
 * appending whole batches to it.
 */
export class AccessLogFiles {
  readonly #options: AccessLogFilesOptions
  readonly #stats: Float64Array
  readonly #files = new Map<string, AccessLogFile>()

  constructor(options: AccessLogFilesOptions) {
    this.#options = options
    this.#stats = options.stats.block('filesystem.', FILESYSTEM)
  }

  /** The file of this path, opened for appending and created if need be; throws Envoy's message if that fails. */
  open(path: string): AccessLogFile {
    const known = this.#files.get(path)
    if (known !== undefined) return known
    const { timers, flushIntervalMs, flushMinBytes } = this.#options
    const file = new AccessLogFile(openDestination(path), {
      timers,
      stats: this.#stats,
      flushIntervalMs,
      flushMinBytes,
    })
    this.#files.set(path, file)
    return file
  }

  /** For log rotation (SIGUSR1, /reopen_logs): what is written from now on goes to files opened anew. */
  reopenAll(): void {
    for (const file of this.#files.values()) file.reopen()
  }

  /** Hands what is buffered to the system, without waiting for it. */
  flushAll(): void {
    for (const file of this.#files.values()) file.flush()
  }

  /** Writes all that is buffered and closes the files; what a stalled destination has not taken after 1 s is lost. */
  async close(): Promise<void> {
    const { timers } = this.#options
    const files = [...this.#files.values()]
    this.#files.clear()
    const deadline = Promise.withResolvers<void>()
    const timer = timers.createTimer({ onTimer: () => deadline.resolve() })
    timer.enable(CLOSE_WITHIN_MS)
    await Promise.race([Promise.all(files.map((file) => file.close())), deadline.promise])
    timer.disable()
  }
}
