import type { LogLevel } from '../logging/log-level.ts'
import type { LoggerName } from '../logging/logger-names-table.ts'

export type ServerMode = 'serve' | 'validate' | 'init_only'

/**
 * What the command line says, checked and with defaults filled in: Envoy's flags by their names in camelCase, then tsproxy's
 * own. Texts that were not given are empty.
 */
export interface ServerOptions {
  /** The bootstrap file, `-` for stdin, empty for none. */
  readonly configPath: string
  /** Merged over the file. */
  readonly configYaml: string
  readonly mode: ServerMode
  /** Workers, 1 to 1024: the flag, or what the machine and its container allow. */
  readonly concurrency: number
  readonly cpusetThreads: boolean

  readonly logLevel: LogLevel
  /** As written; `componentLogLevels` is what it says. */
  readonly componentLogLevel: string
  readonly componentLogLevels: Readonly<Partial<Record<LoggerName, LogLevel>>>
  /** An spdlog pattern; null = not given, so the bootstrap's application_log_config may set it. */
  readonly logFormat: string | null
  readonly logFormatEscaped: boolean
  readonly logPath: string
  readonly enableFineGrainLogging: boolean
  readonly logStacktraceSingleEntry: boolean
  readonly skipDeprecatedLogs: boolean

  readonly serviceCluster: string
  readonly serviceNode: string
  readonly serviceZone: string
  readonly adminAddressPath: string
  readonly localAddressIpVersion: 'v4' | 'v6'

  readonly baseId: number
  readonly useDynamicBaseId: boolean
  readonly baseIdPath: string
  readonly restartEpoch: number
  readonly disableHotRestart: boolean
  readonly skipHotRestartOnNoParent: boolean
  readonly skipHotRestartParentStats: boolean
  readonly socketPath: string
  readonly socketMode: number
  /** Seconds. */
  readonly drainTimeS: number
  readonly drainStrategy: 'gradual' | 'immediate'
  /** Seconds. */
  readonly parentShutdownTimeS: number

  /** Milliseconds. */
  readonly fileFlushIntervalMsec: number
  /** KiB. */
  readonly fileFlushMinSizeKb: number
  /** `category/name`, as written. */
  readonly disableExtensions: readonly string[]
  readonly statsTags: readonly { readonly name: string; readonly value: string }[]
  readonly allowUnknownStaticFields: boolean
  readonly rejectUnknownDynamicFields: boolean
  readonly ignoreUnknownDynamicFields: boolean
  readonly enableMutexTracing: boolean
  readonly enableCoreDump: boolean

  /** TypeScript files, each with a filter as its default export. */
  readonly filterModules: readonly string[]
  /** Warnings about the config are errors. */
  readonly strict: boolean
  /** Paths of fields that are valid Envoy, not implemented here, and may be left out. */
  readonly allowNotImplemented: readonly string[]
}

/** What a server tells when every listener is bound and every worker has acknowledged. */
export interface ReadyInfo {
  /** Since the start of the process, in milliseconds. */
  readonly ms: number
  readonly listeners: readonly {
    /** Empty when the config gives none. */
    readonly name: string
    /** As bound: a port of 0 is the real one here. */
    readonly address: string
    /** The cluster, or what the listener does itself; empty when that has no short name. */
    readonly leadsTo: string
  }[]
  readonly adminAddress: string | null
}
