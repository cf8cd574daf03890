import type { AccessLogType, StreamInfo } from '../network/stream-info.ts'

/** What a format can print beside the stream's own facts. */
export interface FormatContext {
  readonly accessLogType: AccessLogType
}

/** What a log prints of a stream. Compiled once per config and thread. */
export interface Formatter {
  format(info: StreamInfo, context: FormatContext): string
}
