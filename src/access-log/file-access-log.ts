import type { AccessLogType, StreamInfo } from '../network/stream-info.ts'
import type { AccessLog } from './access-log.ts'
import type { AccessLogFile } from './access-log-file.ts'
import type { FormatContext, Formatter } from './formatter.ts'

/** A log that writes lines to a file, a pipe or a standard stream. */
export class FileAccessLog implements AccessLog {
  readonly #formatter: Formatter
  readonly #file: AccessLogFile

  constructor(formatter: Formatter, file: AccessLogFile) {
    this.#formatter = formatter
    this.#file = file
  }

  log(info: StreamInfo, type: AccessLogType): void {
    this.#file.write(this.#formatter.format(info, contextOf(type)))
  }
}

const contexts = new Map<AccessLogType, FormatContext>()

/** One context per type for all lines. */
function contextOf(accessLogType: AccessLogType): FormatContext {
  let context = contexts.get(accessLogType)
  if (context === undefined) {
    context = { accessLogType }
    contexts.set(accessLogType, context)
  }
  return context
}
