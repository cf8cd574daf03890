import type { Runtime } from '../../../../extension/runtime.ts'
import type { Random } from '../../../../random.ts'
import type { RedisFault } from './schema.ts'

/** A fault that was drawn for one command. */
export interface Fault {
  readonly isError: boolean
  readonly delayMs: number
}

interface Candidate extends Fault {
  readonly percent: number
  readonly runtimeKey: string
}

/** Draws at most one fault per command: those that name it first, then those for all, each with its share of 100. */
export class FaultInjector {
  readonly #byCommand = new Map<string, Candidate[]>()
  readonly #forAll: Candidate[] = []
  readonly #random: Random
  readonly #runtime: Runtime

  /** Null: the config has no faults. */
  static of(faults: readonly RedisFault[], random: Random, runtime: Runtime): FaultInjector | null {
    return faults.length === 0 ? null : new FaultInjector(faults, random, runtime)
  }

  constructor(faults: readonly RedisFault[], random: Random, runtime: Runtime) {
    this.#random = random
    this.#runtime = runtime
    for (const fault of faults) {
      const { defaultValue, runtimeKey } = fault.faultEnabled
      const candidate: Candidate = {
        isError: fault.faultType === 'ERROR',
        delayMs: fault.delayMs,
        // Whole percents, as in Envoy: 0.5 % never happens.
        percent: Math.floor((defaultValue.numerator * 100) / defaultValue.denominator),
        runtimeKey,
      }
      if (fault.commands.length === 0) this.#forAll.push(candidate)
      for (const name of fault.commands) {
        const known = this.#byCommand.get(name)
        if (known === undefined) this.#byCommand.set(name, [candidate])
        else known.push(candidate)
      }
    }
    // Those for all come behind those that name the command.
    for (const candidates of this.#byCommand.values()) candidates.push(...this.#forAll)
  }

  /** `name`: of the command, lower case, without a subcommand. */
  draw(name: string): Fault | null {
    const candidates = this.#byCommand.get(name) ?? this.#forAll
    if (candidates.length === 0) return null
    const lot = this.#random.below(100)
    let sum = 0
    for (const candidate of candidates) {
      const { percent, runtimeKey } = candidate
      sum += runtimeKey === '' ? percent : this.#runtime.integer(runtimeKey, percent)
      if (lot < sum) return candidate
    }
    return null
  }
}
