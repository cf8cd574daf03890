import { addressText, type IpAddress } from '../../../network/address.ts'
import type { Shard, SlotTable } from '../../../upstream/slot-table.ts'
import type { SlotRange } from './cluster-slots.ts'

/** A node whose address is known. */
export interface ResolvedNode {
  readonly address: IpAddress
  /** The name that the server gave; empty if it gave the address. */
  readonly hostname: string
}

/** Each node once, primaries before their replicas, in the order of the reply. */
export function nodesOf(ranges: readonly SlotRange<ResolvedNode>[]): ResolvedNode[] {
  const nodes = new Map<string, ResolvedNode>()
  for (const { primary, replicas } of ranges) {
    for (const node of [primary, ...replicas]) {
      const key = addressText(node.address)
      if (!nodes.has(key)) nodes.set(key, node)
    }
  }
  return [...nodes.values()]
}

/**
 * The table for the threads. As in Envoy, a primary is one shard however many ranges it has, and its replicas are those of the first.
 * `slotOf` gives a host's place in the host table by its address.
 */
export function shardTable(
  ranges: readonly SlotRange<ResolvedNode>[],
  slotOf: ReadonlyMap<string, number>,
  localZone: string,
): SlotTable {
  const sorted = ranges.toSorted((a, b) => a.first - b.first || a.last - b.last)
  const shards: Shard[] = []
  const numbers = new Map<number, number>()
  const table: number[] = []
  for (const { first, last, primary, replicas } of sorted) {
    const host = slotOf.get(addressText(primary.address))
    if (host === undefined) continue
    let shard = numbers.get(host)
    if (shard === undefined) {
      shard = shards.length
      numbers.set(host, shard)
      const slots = replicas.map(({ address }) => slotOf.get(addressText(address)))
      shards.push({ primary: host, replicas: slots.filter((slot) => slot !== undefined) })
    }
    table.push(first, last, shard)
  }
  return { shards, ranges: table, localZone }
}
