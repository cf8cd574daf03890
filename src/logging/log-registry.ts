import { systemTime, type TimeSource } from '../time-source.ts'
import { findCallSite } from './call-site.ts'
import { LOG_LEVEL_NAMES, LogLevel, type LogLevelName } from './log-level.ts'
import { type CompiledPattern, compileLogPattern, DEFAULT_LOG_PATTERN } from './log-pattern.ts'
import type { LogRecord } from './log-record.ts'
import { LOGGER_NAMES, type LoggerName } from './logger-names-table.ts'
import { threadId } from './thread-id.ts'

/** Takes whole lines, each with its newline. Main writes them; a worker posts them to main. */
export type LogSink = (lines: string) => void

/** The log of one component. Guard what costs to build: `if (log.debugEnabled) log.debug(...)`. */
export interface Logger {
  readonly name: LoggerName
  readonly traceEnabled: boolean
  readonly debugEnabled: boolean
  readonly infoEnabled: boolean
  trace(message: string): void
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
  critical(message: string): void
}

export interface LogRegistryOptions {
  readonly sink: LogSink
  /** An spdlog pattern; Envoy's default when absent. */
  readonly pattern?: string
  /** Of every component that `levels` does not name; `info` when absent. */
  readonly level?: LogLevel
  readonly levels?: Readonly<Partial<Record<LoggerName, LogLevel>>>
  /** What `%t` prints; the system's id of this thread when absent, which parsers of Envoy's log expect. */
  readonly thread?: string | number
  /** What `%N` prints. */
  readonly version?: string
  /** Newlines, quotes and control characters of a message are written as C escapes (`--log-format-escaped`). */
  readonly escaped?: boolean
  readonly timeSource?: TimeSource
}

/** The application log of one thread: its loggers, their levels, the pattern and the sink. */
export class LogRegistry {
  readonly #loggers = new Map<LoggerName, ComponentLogger>()
  readonly #options: LogRegistryOptions
  readonly #timeSource: TimeSource
  readonly #startMs: number
  #pattern: CompiledPattern
  /** One for all messages: a record does not outlive the call that writes it. */
  readonly #record: LogRecord = {
    level: LogLevel.Info,
    loggerName: '',
    message: '',
    timeMs: 0,
    file: '',
    line: '',
    functionName: '',
  }

  constructor(options: LogRegistryOptions) {
    this.#options = options
    this.#timeSource = options.timeSource ?? systemTime
    this.#startMs = this.#timeSource.now()
    this.#pattern = this.#compile(options.pattern ?? DEFAULT_LOG_PATTERN)
    const level = options.level ?? LogLevel.Info
    for (const name of LOGGER_NAMES) {
      this.#loggers.set(name, new ComponentLogger(name, options.levels?.[name] ?? level, this))
    }
  }

  logger(name: LoggerName): Logger {
    return this.#loggers.get(name)!
  }

  /** From now on; the bootstrap's application_log_config comes after the first lines are out. */
  setPattern(pattern: string): void {
    this.#pattern = this.#compile(pattern)
  }

  /** False when no logger has this name. */
  setLevel(name: string, level: LogLevel): boolean {
    const logger = this.#loggers.get(name as LoggerName)
    if (logger === undefined) return false
    logger.level = level
    return true
  }

  setAllLevels(level: LogLevel): void {
    for (const logger of this.#loggers.values()) logger.level = level
  }

  /** Every logger with its level, in Envoy's order. */
  levels(): readonly { readonly name: LoggerName; readonly level: LogLevelName }[] {
    return [...this.#loggers.values()].map(({ name, level }) => ({
      name,
      level: LOG_LEVEL_NAMES[level],
    }))
  }

  /** Writes a line whatever the logger's level is. Loggers call this; others take a logger. */
  write(name: LoggerName, level: LogLevel, message: string): void {
    const record = this.#record
    record.loggerName = name
    record.level = level
    record.message = this.#options.escaped === true ? escapeAsInC(message) : message
    record.timeMs = this.#timeSource.now()
    if (this.#pattern.needsCallSite) findCallSite(record)
    this.#options.sink(`${this.#pattern.format(record)}\n`)
  }

  #compile(pattern: string): CompiledPattern {
    return compileLogPattern(pattern, {
      thread: String(this.#options.thread ?? threadId()),
      processId: process.pid,
      version: this.#options.version ?? '',
      startMs: this.#startMs,
    })
  }
}

class ComponentLogger implements Logger {
  readonly name: LoggerName
  readonly #registry: LogRegistry
  level: LogLevel

  constructor(name: LoggerName, level: LogLevel, registry: LogRegistry) {
    this.name = name
    this.level = level
    this.#registry = registry
  }

  get traceEnabled(): boolean {
    return this.level <= LogLevel.Trace
  }

  get debugEnabled(): boolean {
    return this.level <= LogLevel.Debug
  }

  get infoEnabled(): boolean {
    return this.level <= LogLevel.Info
  }

  trace(message: string): void {
    if (this.level <= LogLevel.Trace) this.#registry.write(this.name, LogLevel.Trace, message)
  }

  debug(message: string): void {
    if (this.level <= LogLevel.Debug) this.#registry.write(this.name, LogLevel.Debug, message)
  }

  info(message: string): void {
    if (this.level <= LogLevel.Info) this.#registry.write(this.name, LogLevel.Info, message)
  }

  warn(message: string): void {
    if (this.level <= LogLevel.Warning) this.#registry.write(this.name, LogLevel.Warning, message)
  }

  error(message: string): void {
    if (this.level <= LogLevel.Error) this.#registry.write(this.name, LogLevel.Error, message)
  }

  critical(message: string): void {
    if (this.level <= LogLevel.Critical) {
      this.#registry.write(this.name, LogLevel.Critical, message)
    }
  }
}

const C_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  '"': '\\"',
  "'": "\\'",
}

/** As Envoy does with --log-format-escaped: quotes too; what has no letter is written in octal. */
function escapeAsInC(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this escapes.
  return message.replace(/[\x00-\x1f\x7f"'\\]/g, (char) => {
    return C_ESCAPES[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`
  })
}
