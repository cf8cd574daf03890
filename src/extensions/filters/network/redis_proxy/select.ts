import { integerArgument } from '../../../../redis/arguments.ts'
import type { Command } from '../../../../redis/command.ts'
import { BAD_DATABASE, NOT_AN_INTEGER } from '../../../../redis/errors.ts'
import type { Client } from './client.ts'
import { OK } from './replies.ts'
import { SetUpWait } from './set-up-wait.ts'

/**
 * SELECT chooses which connections the client shares from now on. A database that no connection has yet is asked of the hosts first;
 * commands that follow wait for their answer.
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
  if (session === null) {
    // Redis's word for a number that it does not have.
    client.fail(stats, BAD_DATABASE)
    return
  }
  if (hosts.length === 0) {
    client.failWithoutHost(stats)
    return
  }
  const startMs = context.timers.now()
  stats.onRequests(1)
  client.onRequests(1)
  const onSettled = (error: Uint8Array | null) => {
    const latencyMs = context.timers.now() - startMs
    client.onAnswered(1)
    if (error === null) stats.onSuccess(1, latencyMs)
    else stats.onError(1, latencyMs)
    if (error === null) client.session = session
    return error ?? OK
  }
  new SetUpWait(client, session, hosts, onSettled, () => client.onAnswered(1))
  client.waitForReplies()
}
