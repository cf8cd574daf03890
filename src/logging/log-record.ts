import type { LogLevel } from './log-level.ts'

/** One message on its way to the log. */
export interface LogRecord {
  level: LogLevel
  loggerName: string
  message: string
  /** Since the Unix epoch; the pattern prints local time, as Envoy does. */
  timeMs: number
  /** Path below the project's root, line and function of the call; empty when the pattern does not ask. */
  file: string
  line: string
  functionName: string
}

/** What one process or thread is, for the flags that say so. */
export interface PatternContext {
  /** `%t`: the thread's id, or any short name. */
  readonly thread: string
  /** `%P`. */
  readonly processId: number
  /** `%N`. */
  readonly version: string
  /** Milliseconds at which the log began, for the elapsed times `%i %u %o %O`. */
  readonly startMs: number
}
