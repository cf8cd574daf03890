import { BUILD_VERSION } from '../build-info.ts'
import { LogFile } from '../logging/log-file.ts'
import { DEFAULT_LOG_PATTERN } from '../logging/log-pattern.ts'
import { LogRegistry } from '../logging/log-registry.ts'
import type { ServerOptions } from './server-options.ts'

/** The application log as the command line wants it: the loggers of main, and the file that workers' lines go to too. */
export interface ApplicationLog {
  readonly registry: LogRegistry
  readonly file: LogFile
}

/** Throws a LogFileError when `--log-path` cannot be opened. */
export function openApplicationLog(options: ServerOptions): ApplicationLog {
  const file = new LogFile(options.logPath === '' ? null : options.logPath)
  const registry = new LogRegistry({
    sink: (lines) => file.write(lines),
    pattern: options.logFormat ?? DEFAULT_LOG_PATTERN,
    level: options.logLevel,
    levels: options.componentLogLevels,
    version: BUILD_VERSION,
    escaped: options.logFormatEscaped,
  })
  return { registry, file }
}
