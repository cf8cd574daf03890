import type { AccessLogType, StreamInfo } from '../network/stream-info.ts'

/** One configured log. Made once per config and thread; `log` runs at the end of each connection or stream. */
export interface AccessLog {
  log(info: StreamInfo, type: AccessLogType): void
}
