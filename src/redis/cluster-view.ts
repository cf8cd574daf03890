import { crc16, REDIS_SLOTS } from '../codec/hash/crc16.ts'
import { hashTag } from '../codec/hash/hash-tag.ts'
import { array, bulk, error, integer, type RespValue } from '../codec/resp/value.ts'
import { argumentText } from './arguments.ts'
import type { Command, RequestArguments } from './command.ts'

/** The proxy as a node of the cluster that a client in cluster mode takes it for. */
export interface ClusterNode {
  /** Where that client reached it: it dials what it is told. */
  readonly ip: string
  readonly port: number
  /** 40 hexadecimal digits, the same from every worker and after a restart. */
  readonly id: string
}

const LAST_SLOT = REDIS_SLOTS - 1

/** A cluster's own traffic has its port so much higher; nobody will find it there. */
const BUS_PORT_OFFSET = 10_000
const MAX_PORT = 65_535

/**
 * The reply to a CLUSTER subcommand of kind 'local': a cluster of one node, the proxy, which owns all slots, so that nothing is ever
 * moved. Texts and shapes are those of a real cluster of one.
 */
export function answerCluster(
  command: Command,
  request: RequestArguments,
  node: ClusterNode,
): RespValue {
  switch (command.name) {
    case 'cluster|slots':
      return clusterSlots(node)
    case 'cluster|shards':
      return clusterShards(node)
    case 'cluster|nodes':
      return text(nodeLine(node))
    case 'cluster|info':
      return text(CLUSTER_INFO)
    case 'cluster|myid':
    case 'cluster|myshardid':
      return bulk(node.id)
    case 'cluster|keyslot':
      return integer(keySlot(request))
    case 'cluster|links':
      return array([])
    case 'cluster|replicas':
    case 'cluster|slaves':
      return ofNode(request, node, array([]))
    case 'cluster|count-failure-reports':
      return ofNode(request, node, integer(0))
    default:
      return error(`ERR '${command.name.replace('|', ' ')}' is not for clients of a proxy`)
  }
}

function clusterSlots({ ip, port, id }: ClusterNode): RespValue {
  const endpoint = array([bulk(ip), integer(port), bulk(id), { type: 'map', items: [] }])
  return array([array([integer(0), integer(LAST_SLOT), endpoint])])
}

function clusterShards({ ip, port, id }: ClusterNode): RespValue {
  const node = map([
    ['id', bulk(id)],
    ['port', integer(port)],
    ['ip', bulk(ip)],
    ['endpoint', bulk(ip)],
    ['role', bulk('master')],
    ['replication-offset', integer(0)],
    ['health', bulk('online')],
  ])
  const shard = map([
    ['slots', array([integer(0), integer(LAST_SLOT)])],
    ['nodes', array([node])],
  ])
  return array([shard])
}

function map(fields: readonly (readonly [string, RespValue])[]): RespValue {
  return { type: 'map', items: fields.flatMap(([name, value]) => [bulk(name), value]) }
}

function text(content: string): RespValue {
  return { type: 'verbatim', format: 'txt', bytes: new TextEncoder().encode(content) }
}

function nodeLine({ ip, port, id }: ClusterNode): string {
  const busPort = port + BUS_PORT_OFFSET > MAX_PORT ? 0 : port + BUS_PORT_OFFSET
  return `${id} ${ip}:${port}@${busPort} myself,master - 0 0 1 connected 0-${LAST_SLOT}\n`
}

const CLUSTER_INFO = [
  'cluster_state:ok',
  `cluster_slots_assigned:${REDIS_SLOTS}`,
  `cluster_slots_ok:${REDIS_SLOTS}`,
  'cluster_slots_pfail:0',
  'cluster_slots_fail:0',
  'cluster_known_nodes:1',
  'cluster_size:1',
  'cluster_current_epoch:1',
  'cluster_my_epoch:1',
  'cluster_stats_messages_sent:0',
  'cluster_stats_messages_received:0',
  'total_cluster_links_buffer_limit_exceeded:0',
  '',
].join('\r\n')

function keySlot({ bytes, start, args }: RequestArguments): number {
  const range = { start: 0, end: 0 }
  hashTag(bytes, start + args[4]!, start + args[5]!, range)
  return crc16(bytes, range.start, range.end) % REDIS_SLOTS
}

function ofNode(request: RequestArguments, node: ClusterNode, reply: RespValue): RespValue {
  const asked = argumentText(request, 2)
  return asked === node.id ? reply : error(`ERR Unknown node ${asked}`)
}
