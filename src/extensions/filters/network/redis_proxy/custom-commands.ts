import type { Command } from '../../../../redis/command.ts'
import { COMMANDS, COMMANDS_BY_NAME, customCommand } from '../../../../redis/commands.ts'
import { NameIndex } from '../../../../redis/name-index.ts'

/** `custom_commands` of a config: sent whole by their first argument. One that is known already keeps its own ways. */
export class CustomCommands {
  readonly #index: NameIndex | null

  constructor(names: readonly string[]) {
    const commands = new Map<string, Command>()
    for (const name of names) {
      if (COMMANDS_BY_NAME.has(name) || commands.has(name)) continue
      commands.set(name, customCommand(name, COMMANDS.length + commands.size))
    }
    this.#index = commands.size === 0 ? null : new NameIndex(commands)
  }

  find(bytes: Uint8Array, start: number, end: number): Command | null {
    return this.#index === null ? null : this.#index.find(bytes, start, end)
  }
}
