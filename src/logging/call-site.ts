import type { LogRecord } from './log-record.ts'

/** Frames above the call that is looked for: findCallSite, LogRegistry.write, Logger.info. */
const OWN_FRAMES = 3

/** `at name (file:line:column)` or `at file:line:column`. */
const FRAME = /^\s*at (?:(.*?) \()?(.*?):(\d+):\d+\)?$/

/**
 * Fills in where the message was logged from. Costs 2 to 6 µs, source maps included, so it is done only for lines that are
 * written, and only when the pattern asks.
 */
export function findCallSite(record: LogRecord): void {
  const holder: { stack?: string } = {}
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = OWN_FRAMES + 1
  Error.captureStackTrace(holder)
  const frame = holder.stack?.split('\n')[OWN_FRAMES + 1] ?? ''
  Error.stackTraceLimit = limit
  const parts = FRAME.exec(frame)
  record.functionName = parts?.[1] ?? ''
  record.file = belowRoot(parts?.[2] ?? '')
  record.line = parts?.[3] ?? ''
}

/** From source a frame has the whole path, in the executable one from `src/` on. */
function belowRoot(path: string): string {
  const at = path.lastIndexOf('/src/')
  return at < 0 ? path : path.slice(at + 1)
}
