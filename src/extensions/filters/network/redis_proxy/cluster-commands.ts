import { createHash } from 'node:crypto'
import { crc16, REDIS_SLOTS } from '../../../../codec/hash/crc16.ts'
import { hashTag } from '../../../../codec/hash/hash-tag.ts'
import type { Command } from '../../../../redis/command.ts'
import type { Client } from './client.ts'
import { sendAnywhere } from './everywhere.ts'
import { arrayReply, bulkReply, EMPTY_ARRAY, integerReply, line } from './replies.ts'

/**
 * CLUSTER's questions. Before a redis cluster the proxy is the one node, which has all slots: with the addresses of the others a client
 * would pass it by. Elsewhere a host is asked, as in Envoy.
 */
export function answerCluster(client: Client, command: Command): void {
  const pool = client.context.router.catchAll?.pool(true) ?? null
  const answer = ANSWERS[command.name.slice('cluster|'.length)]
  if (pool === null || pool.cluster.slots === null || answer === undefined) {
    sendAnywhere(client, command)
    return
  }
  const stats = client.context.commandStats.of(command)
  stats.onRequests(1)
  stats.onSuccess(1, 0)
  client.countRequest()
  client.answer(answer(client))
}

const ANSWERS: Readonly<Record<string, (client: Client) => Uint8Array>> = {
  info: () => bulkReply(Buffer.from(INFO)),
  keyslot: keySlot,
  slots: (client) => arrayReply([slotRange(client)]),
  nodes: (client) => bulkReply(Buffer.from(nodesLine(client))),
  shards: shards,
  myid: (client) => text(nodeId(client)),
  myshardid: (client) => text(nodeId(client)),
  links: () => EMPTY_ARRAY,
  replicas: () => EMPTY_ARRAY,
  slaves: () => EMPTY_ARRAY,
  'count-failure-reports': () => integerReply(0),
}

const INFO = [
  'cluster_enabled:1',
  'cluster_state:ok',
  `cluster_slots_assigned:${REDIS_SLOTS}`,
  `cluster_slots_ok:${REDIS_SLOTS}`,
  'cluster_slots_pfail:0',
  'cluster_slots_fail:0',
  'cluster_known_nodes:1',
  'cluster_size:1',
  'cluster_current_epoch:1',
  'cluster_my_epoch:1',
  '',
].join('\r\n')

function keySlot({ request }: Client): Uint8Array {
  const { bytes, start, args } = request
  const range = hashTag(bytes, start + args[4]!, start + args[5]!, { start: 0, end: 0 })
  return integerReply(crc16(bytes, range.start, range.end) % REDIS_SLOTS)
}

/** Where the client found the proxy. */
function place({ connection }: Client): { readonly ip: string; readonly port: number } {
  const { localAddress } = connection
  return localAddress?.kind === 'ip' ? localAddress : { ip: '', port: 0 }
}

/** The same for all clients that come by the same address, on every worker. */
function nodeId(client: Client): string {
  const { ip, port } = place(client)
  return createHash('sha1').update(`${ip}:${port}`).digest('hex')
}

function slotRange(client: Client): Uint8Array {
  const { ip, port } = place(client)
  const node = arrayReply([text(ip), integerReply(port), text(nodeId(client)), EMPTY_ARRAY])
  return arrayReply([integerReply(0), integerReply(REDIS_SLOTS - 1), node])
}

function nodesLine(client: Client): string {
  const { ip, port } = place(client)
  const range = `0-${REDIS_SLOTS - 1}`
  return `${nodeId(client)} ${ip}:${port}@0 myself,master - 0 0 1 connected ${range}\n`
}

function shards(client: Client): Uint8Array {
  const { ip, port } = place(client)
  const map = (fields: readonly (readonly [string, Uint8Array])[]) => {
    const head =
      client.session.protocol === 3 ? line(`%${fields.length}`) : line(`*${fields.length * 2}`)
    return Buffer.concat([head, ...fields.flatMap(([name, value]) => [text(name), value])])
  }
  const node = map([
    ['id', text(nodeId(client))],
    ['port', integerReply(port)],
    ['ip', text(ip)],
    ['endpoint', text(ip)],
    ['role', text('master')],
    ['replication-offset', integerReply(0)],
    ['health', text('online')],
  ])
  const slots = arrayReply([integerReply(0), integerReply(REDIS_SLOTS - 1)])
  return arrayReply([
    map([
      ['slots', slots],
      ['nodes', arrayReply([node])],
    ]),
  ])
}

function text(value: string): Uint8Array {
  return bulkReply(Buffer.from(value))
}
