import { integerArgument } from '../../../../redis/arguments.ts'
import type { Command } from '../../../../redis/command.ts'
import { BAD_DATABASE, NOT_AN_INTEGER } from '../../../../redis/errors.ts'
import type { Session } from '../../../../redis/session.ts'
import type { Client } from './client.ts'
import { FragmentSender } from './fragment-sender.ts'
import { Gather, type Merger } from './gather.ts'
import { OK } from './replies.ts'

const PLUS = 43
const NOTHING = new Uint8Array(0)

/**
 * SELECT chooses which connections the client shares from now on. The servers are asked, on connections of that database, whether there is such a
 * one; commands that follow wait for their answer.
 */
export function sendSelect(client: Client, command: Command): void {
  if (!client.isLineEmptyOrWait()) return
  const { request, context } = client
  const stats = context.commandStats.of(command)
  const database = integerArgument(request, 1)
  if (Number.isNaN(database)) {
    client.fail(stats, NOT_AN_INTEGER)
    return
  }
  if (database < 0) {
    client.fail(stats, BAD_DATABASE)
    return
  }
  const session = context.sessions.get(database, client.session.protocol)
  const hosts = context.router.catchAll?.pool(true)?.allHosts() ?? []
  if (hosts.length === 0 || session === null) {
    client.failWithoutHost(stats)
    return
  }
  const old = client.session
  client.session = session
  const gather = new Gather(client, stats, hosts.length, new SelectMerger(client, old))
  const sender = new FragmentSender(client, gather)
  const { bytes, start, end } = request
  for (const [part, host] of hosts.entries())
    sender.send(part, host, NOTHING, { bytes, start, end })
  sender.finish()
  client.waitForReplies()
}

/** `+OK` when every host has the database; else the first error, and nothing has changed. */
class SelectMerger implements Merger {
  readonly #client: Client
  readonly #old: Session

  constructor(client: Client, old: Session) {
    this.#client = client
    this.#old = old
  }

  merge(parts: readonly Uint8Array[]): Uint8Array {
    const bad = parts.find((part) => part[0] !== PLUS)
    if (bad === undefined) return OK
    this.#client.session = this.#old
    return bad
  }

  isError(merged: Uint8Array): boolean {
    return merged !== OK
  }
}
