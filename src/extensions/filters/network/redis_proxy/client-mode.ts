import type { Command } from '../../../../redis/command.ts'

/** A state in which a client's commands mean something else: it has connections to servers for itself. */
export interface ClientMode {
  /** As CLIENT LIST has it; '' where it has nothing. */
  readonly flag: string
  /** True while a client that ends is to be closed at once, whatever it waits for. */
  readonly waitsForEvent: boolean
  /** A command of the client. False: it is treated as always. `command` null: nobody knows it. */
  onCommand(command: Command | null): boolean
  onLineEmpty(): void
  /** The client is gone, or wants to be as new. */
  onClientGone(): void
}
