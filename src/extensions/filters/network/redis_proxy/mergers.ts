import type { Command } from '../../../../redis/command.ts'
import type { Client } from './client.ts'
import type { Merger } from './gather.ts'

/** How the replies of all hosts become one. */
export function mergerOf(_client: Client, _command: Command): Merger {
  return { merge: (parts) => parts[0]!, isError: (merged) => merged[0] === 45 }
}
