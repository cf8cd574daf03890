import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningProxy, Workshop } from './workshop.ts'

const TRACED_SECONDS = 1
const ATTACH_DEADLINE_MS = 5_000

/**
 * System calls per operation, counted by strace while a generator runs. The generator tells how many operations it has
 * completed right after strace is attached and right before it is detached; connecting and closing are not counted.
 */
export async function syscallsPerOp(
  workshop: Workshop,
  proxy: RunningProxy,
  work: { script: string; connections: number; pipeline: number },
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tsproxy-strace-'))
  const output = join(folder, 'counts')
  const { script, ...load } = work
  const { child } = workshop.startLoad(script, {
    ...load,
    port: proxy.port,
    warmupSeconds: 0, // its end would set the count back
    seconds: 60,
  })
  const operations = new OperationsReader(child)
  await operations.next() // it is connected and busy
  const strace = Bun.spawn(
    [
      'strace',
      '-f',
      '-c',
      '-U',
      'calls,name',
      '-o',
      output,
      ...proxy.pids.flatMap((pid) => ['-p', `${pid}`]),
    ],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' },
  )
  try {
    await untilAttached(strace.stderr)
    const before = await operations.next()
    await Bun.sleep(TRACED_SECONDS * 1000)
    const after = await operations.next()
    strace.kill('SIGINT')
    await strace.exited
    return totalCalls(readFileSync(output, 'utf8')) / (after - before)
  } finally {
    strace.kill('SIGKILL')
    await workshop.stop(child)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Asks a generator for its count of operations by a line on its standard input. */
class OperationsReader {
  readonly #child: Bun.Subprocess<'pipe', 'pipe', 'inherit'>
  readonly #lines: AsyncIterator<string>

  constructor(child: Bun.Subprocess<'pipe', 'pipe', 'inherit'>) {
    this.#child = child
    this.#lines = lines(child.stdout)
  }

  async next(): Promise<number> {
    this.#child.stdin.write('\n')
    this.#child.stdin.flush()
    const line = await this.#lines.next()
    if (line.done) throw new Error('the load generator ended while it was traced')
    return Number(line.value)
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    const complete = text.split('\n')
    text = complete.pop() ?? ''
    yield* complete
  }
}

async function untilAttached(stderr: ReadableStream<Uint8Array>): Promise<void> {
  const deadline = Bun.sleep(ATTACH_DEADLINE_MS).then(() => null)
  const first = await Promise.race([lines(stderr).next(), deadline])
  if (first === null || first.done || !/attached/.test(first.value)) {
    throw new Error(`strace did not attach: ${first?.value ?? 'no answer'}`)
  }
}

/** strace's table ends with "NUMBER total". */
function totalCalls(table: string): number {
  const total = /^\s*(\d+)\s+total$/m.exec(table)?.[1]
  if (total === undefined) throw new Error(`strace printed no total: ${table.slice(0, 200)}`)
  return Number(total)
}
