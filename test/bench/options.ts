import { parseArgs } from 'node:util'
import type { Settings } from './row.ts'

export const USAGE = `bun run bench [options]     tsproxy beside every other proxy found on the PATH

  --rows A,B         only these rows            --all             the optional rows too
  --peers X,Y        only these proxies beside tsproxy
  --rounds N         instead of each row's own  --seconds S       measured per round (2)
  --connections N    (50)                       --pipeline N      of row "pipelined" (32)
  --concurrency N    worker threads of every proxy (1)
  --redis-server     a real redis-server behind the redis-* rows instead of a responder that costs next to nothing
  --strace           also count system calls
  --tsproxy PATH     the build to judge (dist/tsproxy)
  --baseline PATH    another build to run beside it
  --json FILE        write all samples, medians, ratios and verdicts
  --check            end with status 1 where a bar is missed
  --micro [FILTER]   run the cases of test/bench/micro instead: ns per event
  --list             name the rows and the proxies`

export interface BenchOptions extends Settings {
  readonly rows: readonly string[] | null
  readonly isAll: boolean
  readonly peers: readonly string[] | null
  /** Null: each row's own number. */
  readonly rounds: number | null
  readonly isTraced: boolean
  readonly tsproxy: string
  readonly baseline: string | null
  readonly json: string | null
  readonly isCheck: boolean
  readonly micro: string | null
  readonly isList: boolean
}

export class UsageError extends Error {}

export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  if (positionals.length > 0 && !values.micro) {
    throw new UsageError(`"${positionals[0]}" is not an option`)
  }
  return {
    rows: list(values.rows),
    isAll: values.all,
    peers: list(values.peers),
    rounds: values.rounds === undefined ? null : positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    connections: positive('connections', values.connections),
    pipeline: positive('pipeline', values.pipeline),
    concurrency: positive('concurrency', values.concurrency),
    isRealRedis: values['redis-server'],
    isTraced: values.strace,
    tsproxy: values.tsproxy,
    baseline: values.baseline ?? null,
    json: values.json ?? null,
    isCheck: values.check,
    micro: values.micro ? (positionals[0] ?? '') : null,
    isList: values.list,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        rows: { type: 'string' },
        all: { type: 'boolean', default: false },
        peers: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string', default: '2' },
        connections: { type: 'string', default: '50' },
        pipeline: { type: 'string', default: '32' },
        concurrency: { type: 'string', default: '1' },
        'redis-server': { type: 'boolean', default: false },
        strace: { type: 'boolean', default: false },
        tsproxy: { type: 'string', default: 'dist/tsproxy' },
        baseline: { type: 'string' },
        json: { type: 'string' },
        check: { type: 'boolean', default: false },
        micro: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function list(text: string | undefined): string[] | null {
  return text === undefined ? null : text.split(',').map((word) => word.trim())
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0) || (name !== 'seconds' && !Number.isInteger(value))) {
    throw new UsageError(`--${name} wants a number above 0, not "${text}"`)
  }
  return value
}
