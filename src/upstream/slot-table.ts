/** How many parts the keys of a sharded cluster fall into, as in redis. */
export const HASH_SLOTS = 16_384

/** Who owns which hash slots, as main tells every thread; JSON-safe. Hosts by their places in the host table. */
export interface SlotTable {
  /** In the order of their lowest hash slots. */
  readonly shards: readonly Shard[]
  /** First, last and shard, three numbers a range. */
  readonly ranges: readonly number[]
  /** The zone that the proxy itself runs in; empty: not known. */
  readonly localZone: string
}

export interface Shard {
  readonly primary: number
  readonly replicas: readonly number[]
}
