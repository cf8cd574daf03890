import { Glob } from './glob.ts'

/** What one tapper wants to see. JSON-safe: it goes to the workers as it is. Each field narrows; null and empty do not. */
export interface TapFilter {
  /** Tells tappers apart: 0 to `MAX_TAPS` - 1. */
  readonly id: number
  /** Redis's glob pattern; one key of the command must match. */
  readonly key: string | null
  /** Names, in lower case. */
  readonly commands: readonly string[]
  /** Start of the client's address: `10.0.0.7`, `10.0.0.7:4711`. */
  readonly client: string | null
  readonly listener: string | null
  readonly errorsOnly: boolean
  readonly slowerThanMs: number
}

/** A filter, compiled. */
export class CompiledTapFilter {
  readonly filter: TapFilter
  readonly bit: number
  readonly key: Glob | null
  readonly #commands: ReadonlySet<string> | null

  constructor(filter: TapFilter) {
    this.filter = filter
    this.bit = 1 << filter.id
    this.key = filter.key === null ? null : new Glob(filter.key)
    this.#commands = filter.commands.length === 0 ? null : new Set(filter.commands)
  }

  /** `name` may be a subcommand's, `config|get`: its container's counts, too. */
  takesCommand(name: string): boolean {
    const commands = this.#commands
    if (commands === null || commands.has(name)) return true
    const bar = name.indexOf('|')
    return bar > 0 && commands.has(name.slice(0, bar))
  }

  takesClient(address: string, listener: string): boolean {
    const { filter } = this
    if (filter.listener !== null && filter.listener !== listener) return false
    return filter.client === null || address.startsWith(filter.client)
  }

  takesOutcome(isError: boolean, latencyMs: number): boolean {
    const { filter } = this
    return (isError || !filter.errorsOnly) && latencyMs >= filter.slowerThanMs
  }
}
