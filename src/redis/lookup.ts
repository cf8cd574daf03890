import type { Command } from './command.ts'
import { COMMANDS, COMMANDS_BY_NAME } from './commands.ts'
import { NameIndex } from './name-index.ts'

const names = new NameIndex(COMMANDS_BY_NAME)

/** By the index of the container. */
const subcommands: readonly (NameIndex | null)[] = COMMANDS.map((command) =>
  command.subcommands === null ? null : new NameIndex(command.subcommands),
)

/** The command that bytes[start] up to bytes[end] name in any case; null: there is none. Containers are returned as such. */
export function lookupCommand(bytes: Uint8Array, start: number, end: number): Command | null {
  return names.find(bytes, start, end)
}

/** As above, for argument 1 of a command with `subcommands`. */
export function lookupSubcommand(
  container: Command,
  bytes: Uint8Array,
  start: number,
  end: number,
): Command | null {
  return subcommands[container.index]?.find(bytes, start, end) ?? null
}

/** True if a request of `argc` arguments has as many as the command wants. */
export function isArityRight(command: Command, argc: number): boolean {
  return command.arity >= 0 ? argc === command.arity : argc >= -command.arity
}
