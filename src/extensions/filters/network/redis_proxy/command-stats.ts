import type { Command } from '../../../../redis/command.ts'
import { COMMANDS, COMMANDS_BY_NAME } from '../../../../redis/commands.ts'
import type { Histogram, StatsBlock, StatsStore } from '../../../../stats/store.ts'
import { COMMAND_STATS } from './stats.ts'

const { total: TOTAL, success: SUCCESS, error: ERROR } = COMMAND_STATS.index
const { error_fault: ERROR_FAULT, delay_fault: DELAY_FAULT } = COMMAND_STATS.index

/** What is counted of one command, by one filter config on one thread. */
export class CommandStats {
  readonly #block: StatsBlock
  readonly #latency: Histogram
  /** Units of the histogram per millisecond. */
  readonly #unitsPerMs: number

  constructor(block: StatsBlock, latency: Histogram, unitsPerMs: number) {
    this.#block = block
    this.#latency = latency
    this.#unitsPerMs = unitsPerMs
  }

  onRequests(count: number): void {
    this.#block[TOTAL]! += count
  }

  /** A server's error counts as success, as in Envoy: the proxy did its work. */
  onSuccess(count: number, latencyMs: number): void {
    this.#block[SUCCESS]! += count
    this.#latency.recordMany(latencyMs * this.#unitsPerMs, count)
  }

  onError(count: number, latencyMs: number): void {
    this.#block[ERROR]! += count
    this.#latency.recordMany(latencyMs * this.#unitsPerMs, count)
  }

  onErrorFault(): void {
    this.#block[ERROR_FAULT]!++
  }

  onDelayFault(): void {
    this.#block[DELAY_FAULT]!++
  }
}

/** For what nobody counts. */
export const NO_STATS = new CommandStats(
  new Float64Array(COMMAND_STATS.names.length),
  { record: () => {}, recordMany: () => {} },
  1,
)

/** The stats of all commands: those that Envoy knows from the start, others from their first use. */
export class CommandStatsTable {
  readonly #stats: StatsStore
  readonly #prefix: string
  readonly #isInMicros: boolean
  readonly #byIndex: (CommandStats | undefined)[] = []

  /** `custom`: commands of the config, numbered behind the table's. */
  constructor(stats: StatsStore, statPrefix: string, isInMicros: boolean) {
    this.#stats = stats
    this.#prefix = `redis.${statPrefix}.command.`
    this.#isInMicros = isInMicros
    for (const command of COMMANDS) if (command.isEnvoy) this.of(command)
  }

  of(command: Command): CommandStats {
    return this.#byIndex[command.index] ?? this.#create(command)
  }

  ofName(name: string): CommandStats {
    return this.of(COMMANDS_BY_NAME.get(name)!)
  }

  #create(command: Command): CommandStats {
    // A container's subcommands count as one, as in Envoy.
    const bar = command.name.indexOf('|')
    const name = bar < 0 ? command.name : command.name.slice(0, bar)
    const scope = `${this.#prefix}${name}.`
    const unit = this.#isInMicros ? 'microseconds' : 'milliseconds'
    const created = new CommandStats(
      this.#stats.block(scope, COMMAND_STATS),
      this.#stats.histogram(`${scope}latency`, unit),
      this.#isInMicros ? 1000 : 1,
    )
    while (this.#byIndex.length <= command.index) this.#byIndex.push(undefined)
    this.#byIndex[command.index] = created
    return created
  }
}
