import type { AccessLog } from '../access-log/access-log.ts'
import { createAccessLogFilter, type LogFilter } from '../access-log/filter.ts'
import type { AccessLogConfig } from '../config/schema/extension.ts'
import type { AccessLogType, StreamInfo } from '../network/stream-info.ts'
import type { Registry } from '../registry.ts'
import type { AccessLoggerFactory } from './define.ts'
import type { ServerContext } from './factory-context.ts'

/** Builds the logs of a config, each behind its filter: what `ServerContext.createAccessLogs` does. */
export function createAccessLogs(
  configs: readonly AccessLogConfig[],
  registry: Registry,
  context: ServerContext,
): readonly AccessLog[] {
  return configs.map((config) => {
    const factory = registry.byName('envoy.access_loggers', config.factory) as AccessLoggerFactory
    const log = factory.createAccessLog(config.config, context)
    return config.filter === null
      ? log
      : new FilteredAccessLog(createAccessLogFilter(config.filter, context), log)
  })
}

class FilteredAccessLog implements AccessLog {
  readonly #filter: LogFilter
  readonly #log: AccessLog

  constructor(filter: LogFilter, log: AccessLog) {
    this.#filter = filter
    this.#log = log
  }

  log(info: StreamInfo, type: AccessLogType): void {
    if (this.#filter.evaluate(info, type)) this.#log.log(info, type)
  }
}
