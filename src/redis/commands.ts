import type { Command, KeySpec } from './command.ts'
import { BLOCKING, BLOCKS_IF_ASKED, type CommandRow, ONE_HOST, WRITE } from './command-row.ts'
import { SERVER_COMMANDS } from './command-table.ts'
import { ENVOY_COMMANDS, ENVOY_WRITES } from './envoy-command-table.ts'
import { MODULE_COMMANDS } from './module-command-table.ts'

/** Every command by its index, subcommands behind their container. */
export const COMMANDS: readonly Command[] = number([...SERVER_COMMANDS, ...MODULE_COMMANDS])

/** By lower-case name; subcommands are reached through `Command.subcommands`. */
export const COMMANDS_BY_NAME: ReadonlyMap<string, Command> = new Map(
  COMMANDS.filter(({ name }) => !name.includes('|')).map((command) => [command.name, command]),
)

function number(rows: readonly CommandRow[]): Command[] {
  const commands: Command[] = []
  for (const row of rows) {
    const index = commands.length
    commands.push(command(row, row.name, index, null))
    if (row.subcommands === null) continue
    const subcommands = new Map<string, Command>()
    for (const child of row.subcommands) {
      const sub = command(child, `${row.name}|${child.name}`, commands.length, null)
      commands.push(sub)
      subcommands.set(child.name, sub)
    }
    commands[index] = command(row, row.name, index, subcommands)
  }
  return commands
}

function command(
  row: CommandRow,
  name: string,
  index: number,
  subcommands: ReadonlyMap<string, Command> | null,
): Command {
  // Envoy judges by the first word.
  const word = name.split('|')[0]!
  return {
    name,
    index,
    arity: row.arity,
    kind: row.kind,
    keys: row.keys,
    firstKey: firstKey(row.keys),
    keyCountAt: row.keys?.[0]?.find === 'count' ? row.keys[0].at : 0,
    hasOneKey: hasOneKey(row.keys),
    isWrite: (row.flags & WRITE) !== 0,
    isEnvoyRead: !ENVOY_WRITES.has(word),
    isEnvoy: ENVOY_COMMANDS.has(name),
    isBlocking: (row.flags & (BLOCKING | BLOCKS_IF_ASKED)) !== 0,
    blocksIfAsked: (row.flags & BLOCKS_IF_ASKED) !== 0,
    needsOneHost: (row.flags & ONE_HOST) !== 0,
    merge: row.merge,
    subcommands,
  }
}

/** A client with its own upstream command (`custom_commands` of the config): routed by argument 1, as Envoy does. */
export function customCommand(name: string, index: number): Command {
  const keys: KeySpec = [{ find: 'range', at: 1, keyword: null, last: 0, step: 1, share: 1 }]
  return {
    name,
    index,
    arity: -2,
    kind: 'keyed',
    keys,
    firstKey: 1,
    keyCountAt: 0,
    hasOneKey: true,
    isWrite: true,
    isEnvoyRead: true,
    isEnvoy: true,
    isBlocking: false,
    blocksIfAsked: false,
    needsOneHost: false,
    merge: null,
    subcommands: null,
  }
}

function firstKey(keys: KeySpec | null): number {
  const first = keys?.[0]
  if (first?.find === 'count') return first.first
  return first?.find === 'range' && first.keyword === null ? first.at : 0
}

function hasOneKey(keys: KeySpec | null): boolean {
  const first = keys?.[0]
  return keys?.length === 1 && first?.find === 'range' && first.keyword === null && first.last === 0
}
