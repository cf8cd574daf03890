import { writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { stderrAccessLog } from '../../src/extensions/access_loggers/stderr/config.ts'
import { stdoutAccessLog } from '../../src/extensions/access_loggers/stdout/config.ts'
import { connection } from './connection.ts'
import { loggerContext } from './server-context.ts'

// A process for tests: two threads log 2,000 lines each to a standard stream. Arguments: stdout or stderr, the line.
const [, , stream, line = ''] = process.argv
const LINES = 2000

const context = loggerContext()
const factory = stream === 'stderr' ? stderrAccessLog : stdoutAccessLog
const log = factory.createAccessLog(
  { logFormat: { kind: 'text', text: `${line}\n`, omitEmptyValues: false } },
  context,
)

function logAll(): void {
  for (let i = 0; i < LINES; i++) log.log(connection(), 'NotSet')
}

/** Nobody may read for a while: the thread lives on until all is gone. */
async function finish(): Promise<void> {
  while (context.timers.size > 0) await Bun.sleep(5)
  await context.accessLogFiles.close()
  context.timers.stop()
}

if (Bun.isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { argv: [stream, line] })
  const ended = new Promise((resolve) => worker.on('exit', resolve))
  const start = performance.now()
  logAll()
  writeSync(stream === 'stderr' ? 1 : 2, `${Math.round(performance.now() - start)}\n`)
  await ended
  await finish()
} else {
  logAll()
  await finish()
}
