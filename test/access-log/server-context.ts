import { AccessLogFiles } from '../../src/access-log/access-log-files.ts'
import type { ServerContext } from '../../src/extension/factory-context.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import { seededRandom } from '../../src/random.ts'
import { StatsStore } from '../../src/stats/store.ts'
import { systemTime } from '../../src/time-source.ts'

/** What loggers and their filters ask of a thread; an empty runtime. */
export function loggerContext(): ServerContext {
  const stats = new StatsStore({ thread: 'worker_0', announce: () => {} })
  const timers = new TimerWheel(systemTime, (error) => {
    throw error
  })
  const accessLogFiles = new AccessLogFiles({
    timers,
    stats,
    flushIntervalMs: 10,
    flushMinBytes: 65536,
  })
  const runtime = {
    featureEnabled: (_: string, percent: number) => percent >= 100,
    integer: (_: string, fallback: number) => fallback,
    boolean: (_: string, fallback: boolean) => fallback,
  }
  const context: Partial<ServerContext> = {
    stats,
    timers,
    accessLogFiles,
    runtime,
    timeSource: systemTime,
    random: seededRandom(1),
  }
  return context as ServerContext
}
