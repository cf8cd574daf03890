import type { Command } from '../../../../redis/command.ts'
import { type MergePlan, mergeOf } from '../../../../redis/merge/merge.ts'
import type { Client } from './client.ts'
import type { Merger } from './gather.ts'

const MINUS = 45

/** How the replies of all hosts to the command under way become one. */
export function mergerOf(client: Client, command: Command): Merger {
  const plan = mergeOf(command, client.request, client.context.random)
  if (plan === null) throw new Error(`no way to merge the replies to ${command.name}`)
  return new PlanMerger(plan, client.protocol)
}

class PlanMerger implements Merger {
  readonly #plan: MergePlan
  readonly #protocol: 2 | 3

  constructor(plan: MergePlan, protocol: 2 | 3) {
    this.#plan = plan
    this.#protocol = protocol
  }

  merge(parts: readonly Uint8Array[]): Uint8Array {
    return this.#plan.mergeWires(parts, this.#protocol)
  }

  isError(merged: Uint8Array): boolean {
    return merged[0] === MINUS
  }
}
