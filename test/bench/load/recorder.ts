import { Histogram } from './histogram.ts'
import { cpuUs } from './process-cost.ts'
import type { LoadName } from './redis-commands.ts'
import type { Payload } from './thrift-wire.ts'

/** What a load generator is told, as JSON in its first argument. */
export interface LoadOptions {
  /** Port on 127.0.0.1 to load. */
  port: number
  connections: number
  /** Requests in flight on each connection. */
  pipeline: number
  warmupSeconds: number
  seconds: number
  /** Processes whose CPU time is read at both ends of the measured time. */
  pids: number[]
  /** Requests a second, for the open-loop generator. */
  ratePerSecond: number
  /** What the redis generators send. */
  load: LoadName
  /** What the thrift generator sends. */
  payload: Payload
}

/** What a load generator prints, as JSON in one line. */
export interface LoadResult {
  /** Operations completed inside the measured time; each command of a pipeline counts. */
  operations: number
  seconds: number
  bytes: number
  /** Wrong replies, and connections that failed or ended early. Any but 0 voids the run. */
  errors: number
  /** The first of the errors, in words. */
  firstError: string
  cpuUs: number
  p50Us: number
  p99Us: number
}

export function loadOptions(): LoadOptions {
  return JSON.parse(process.argv[2] ?? '{}')
}

/** Counts what happens between the end of the warm-up and the end of the run, then prints it and exits. */
export class Recorder {
  operations = 0
  bytes = 0
  readonly latency = new Histogram()
  /** Called when the time is over, for what is still to be recorded. */
  beforeResult: () => void = () => {}
  #errors = 0
  #firstError = ''
  readonly #options: LoadOptions

  constructor(options: LoadOptions) {
    this.#options = options
  }

  fail(reason: string): void {
    if (this.#errors++ === 0) this.#firstError = reason
  }

  /**
   * Never returns: the process exits with the result on its standard output. A line on the standard input is answered
   * with the operations so far.
   */
  async run(): Promise<never> {
    const { pids, warmupSeconds, seconds } = this.#options
    process.stdin.on('data', () => console.log(this.operations))
    await Bun.sleep(warmupSeconds * 1000)
    this.operations = 0
    this.bytes = 0
    this.latency.clear()
    const startedAt = performance.now()
    const cpuBefore = cpuUs(pids)
    await Bun.sleep(seconds * 1000)
    this.beforeResult()
    const result: LoadResult = {
      operations: this.operations,
      seconds: (performance.now() - startedAt) / 1000,
      bytes: this.bytes,
      errors: this.#errors,
      firstError: this.#firstError,
      cpuUs: cpuUs(pids) - cpuBefore,
      p50Us: this.latency.quantileUs(0.5),
      p99Us: this.latency.quantileUs(0.99),
    }
    console.log(JSON.stringify(result))
    process.exit(0)
  }
}
