import { type CommandDef, defineCommand } from 'citty'
import type { Registry } from '../registry.ts'
import type { Environment } from './environment.ts'
import type { Flag } from './flag.ts'
import type { ParsedArgs } from './parse-args.ts'
import type { Terminal } from './terminal.ts'

/** What a command is given to work with. */
export interface CommandInput {
  readonly args: ParsedArgs
  readonly terminal: Terminal
  readonly environment: Environment
  readonly registry: Registry
}

/** Returns the exit status: see `tsproxy help exit-codes`. */
export type CommandRun = (input: CommandInput) => Promise<number> | number

export type CommandName =
  | 'serve'
  | 'redis'
  | 'thrift'
  | 'demo'
  | 'init'
  | 'validate'
  | 'schema'
  | 'explain'
  | 'tap'
  | 'help'
  | 'completion'
  | 'version'

/** One row of the table of commands: what the help and the completion need to know about it. */
export interface Command {
  readonly name: CommandName
  readonly group: 'run' | 'write' | 'look' | 'other'
  readonly summary: string
  /** What may follow the name: `[FILE...]`. */
  readonly words: string
  /** How many words may follow. */
  readonly maxWords: number
  /** Words to complete; absent = files. */
  readonly choices?: readonly string[]
  readonly flags: readonly Flag[]
  /** Whole command lines with what each does. */
  readonly examples: readonly (readonly [line: string, what: string])[]
}

/** A citty command that answers with an exit status. Arguments are read by our own strict parser: citty lets unknown ones pass. */
export function command(name: string, run: CommandRun): CommandDef {
  return defineCommand({ meta: { name }, run: ({ data }) => run(data as CommandInput) })
}
