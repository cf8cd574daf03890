/**
 * `switch` takes no value, `text` any, `u32` a decimal number below 2³², `choice` one of a list; `list` is a text that may be
 * given more than once.
 */
export type FlagType = 'switch' | 'text' | 'u32' | 'choice' | 'list'

/** One row of a table of flags. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string
  readonly short?: string
  readonly type: FlagType
  /** What stands for the value in the help: FILE, N. A choice shows its choices. */
  readonly value?: string
  readonly choices?: readonly string[]
  /** As it would be written; absent = off, empty or computed. */
  readonly default?: string
  /** Where the help shows it. `more` is named only, and told in full by `tsproxy help flags`. */
  readonly group: 'config' | 'process' | 'log' | 'more' | 'own' | 'general'
  readonly summary: string
  /** A question: what follows it on the command line is not read. */
  readonly isQuestion?: true
  /** What is wrong with a value of the right type, in Envoy's words; null = nothing. */
  readonly check?: (value: string) => string | null
  /** What the flag does not do yet: one warning at the start says so. */
  readonly notYet?: string
}

/** The command line could not be understood. The process ends with status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** What to do about it, one line each. */
  readonly hints: readonly string[]

  constructor(message: string, ...hints: readonly string[]) {
    super(message)
    this.hints = hints
  }
}
