import { type RespValue, textOf } from '../../../codec/resp/value.ts'
import { HASH_SLOTS } from '../../../upstream/slot-table.ts'

/** A node as a redis server names it: by address or by a name. */
export interface Node {
  readonly host: string
  readonly port: number
}

/** One entry of the reply to CLUSTER SLOTS. `N` is how nodes are given. */
export interface SlotRange<N = Node> {
  readonly first: number
  readonly last: number
  readonly primary: N
  readonly replicas: readonly N[]
}

const MAX_PORT = 65_535

/**
 * Reads the reply to CLUSTER SLOTS; a text says what is wrong with it.
 *
 *     [[first, last, [host, port, id, ...], [host, port, id, ...]...], ...]      the primary is the first of its nodes
 *
 * A node that knows no address of its own (none has met it yet) gives an empty or null host: that means `asked`, the one the question went
 * to (redis, "CLUSTER SLOTS"); '': it has none, and such a reply is refused. Envoy refuses it always.
 */
export function parseClusterSlots(reply: RespValue, asked: string): readonly SlotRange[] | string {
  if (reply.type === 'error') return textOf(reply)
  if (reply.type !== 'array' || reply.items.length === 0) return 'no list of slot ranges'
  const ranges: SlotRange[] = []
  for (const item of reply.items) {
    const range = parseRange(item, asked)
    if (typeof range === 'string') return range
    ranges.push(range)
  }
  return ranges
}

function parseRange(item: RespValue, asked: string): SlotRange | string {
  if (item.type !== 'array' || item.items.length < 3) return 'a slot range without a node'
  const [firstItem, lastItem, ...nodeItems] = item.items
  const first = slotOf(firstItem)
  const last = slotOf(lastItem)
  if (first === null || last === null || first > last) return 'a slot range without its bounds'
  const nodes: Node[] = []
  for (const nodeItem of nodeItems) {
    const node = parseNode(nodeItem, asked)
    if (node === null) return `the node of slots ${first} to ${last} has no host and port`
    nodes.push(node)
  }
  const [primary, ...replicas] = nodes
  return { first, last, primary: primary!, replicas }
}

function parseNode(item: RespValue, asked: string): Node | null {
  if (item.type !== 'array') return null
  const [hostItem, port] = item.items
  const host = hostItem === undefined ? null : hostOf(hostItem)
  if (host === null) return null
  if (port?.type !== 'integer' || typeof port.value !== 'number') return null
  if (port.value < 0 || port.value > MAX_PORT) return null
  if (host === '' && asked === '') return null
  return { host: host === '' ? asked : host, port: port.value }
}

/** '': the one that was asked. */
function hostOf(item: RespValue): string | null {
  if (item.type === 'null') return ''
  return item.type === 'bulk' ? textOf(item) : null
}

function slotOf(item: RespValue | undefined): number | null {
  if (item?.type !== 'integer' || typeof item.value !== 'number') return null
  return item.value >= 0 && item.value < HASH_SLOTS ? item.value : null
}
