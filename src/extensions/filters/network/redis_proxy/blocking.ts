import type { Command } from '../../../../redis/command.ts'
import { blocks } from '../../../../redis/key-positions.ts'
import type { Client } from './client.ts'
import { destinationOf, sendKeyed } from './keyed.ts'
import { rewriteKeys } from './rewrite-keys.ts'

/**
 * A command that may wait for something to happen has a connection for itself, or it would hold up everybody's. The client's next
 * commands wait for its reply, as a server has them wait; a client that goes takes the connection with it.
 */
export function sendBlocking(client: Client, command: Command): void {
  if (!blocks(command, client.request)) {
    sendKeyed(client, command)
    return
  }
  if (!client.isLineEmptyOrWait()) return
  const stats = client.context.commandStats.of(command)
  const { host, route, error } = destinationOf(client, command)
  if (error !== null) {
    client.fail(stats, error)
    return
  }
  if (host === null || route === null) {
    client.failWithoutHost(stats)
    return
  }
  const connection = host.takeOwn(client.session, client.protocol)
  if (connection === null) {
    client.fail(stats, host.refusal)
    return
  }
  connection.hasOpTimeout = false
  client.state.useUntilLineEmpty(host, connection)
  const { request } = client
  if (route.rewritesKeys) client.sendRun(connection, stats, rewriteKeys(client, command, route))
  else client.sendRun(connection, stats, request.bytes, request.start, request.end)
  client.waitForReplies()
}
