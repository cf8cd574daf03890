import { encodeValue } from '../../../../codec/resp/encode-value.ts'
import { answerCluster } from '../../../../redis/cluster-view.ts'
import type { Command } from '../../../../redis/command.ts'
import type { Client } from './client.ts'
import { sendAnywhere } from './everywhere.ts'

/** CLUSTER: to a client of a redis cluster the proxy is one node that has all slots; elsewhere the server says that it is in none. */
export function answerClusterCommand(client: Client, command: Command): void {
  const { context, connection, request } = client
  const pool = context.router.catchAll?.pool(true) ?? null
  const address = connection.localAddress
  if (pool?.cluster.slots == null || address?.kind !== 'ip') {
    sendAnywhere(client, command)
    return
  }
  const stats = context.commandStats.of(command)
  const { ip, port } = address
  const id = new Bun.CryptoHasher('sha1').update(`${ip}:${port}`).digest('hex')
  stats.onRequests(1)
  stats.onSuccess(1, 0)
  client.countRequest()
  client.answer(encodeValue(answerCluster(command, request, { ip, port, id }), client.protocol))
}
