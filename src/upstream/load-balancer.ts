import type { Hash64 } from '../codec/hash/hash64.ts'
import type { Connection } from '../network/filter.ts'
import type { Metadata } from '../network/stream-info.ts'
import type { Random } from '../random.ts'
import type { Host } from './host.ts'

/** What a pick may depend on. One object per downstream connection or request. */
export interface LoadBalancerContext {
  /** For consistent hashing; null: any host will do. Read the halves at once, do not keep the object. */
  hashKey(): Hash64 | null
  /** `envoy.lb` match criteria, or null. */
  metadataMatch(): Metadata | null
  /** How often another host is picked when the next method says so; the last pick is used whatever it says. */
  readonly hostSelectionRetries: number
  /** True for a host that a retry wants to avoid. */
  shouldSelectAnotherHost(host: Host): boolean
  /** The client's side, for policies that hash by it themselves. Absent or null: there is none that could be hashed. */
  readonly downstream?: DownstreamSide | null
}

/** A client, as far as it can be hashed. */
export type DownstreamSide = Pick<Connection, 'info' | 'remoteAddress'>

/** Chooses among the hosts that one list holds. Made by a load balancing policy per priority and host list. */
export interface LoadBalancer {
  /** The hosts changed, or their weights did. */
  onHostsUpdated(hosts: readonly Host[]): void
  /**
   * Null: nobody to choose. The context is for those whose pick depends on it. `attempt` counts the picks before this one that
   * the context did not want, from 0: more of them are the cluster's affair.
   */
  chooseHost(context: LoadBalancerContext | null, attempt: number): Host | null
}

/** Chooses among the hosts of one priority by a table that main built, one for all threads. */
export interface TableLoadBalancer {
  onTableUpdated(table: HostTableView): void
  /** As `LoadBalancer.chooseHost`. */
  chooseHost(context: LoadBalancerContext | null, attempt: number): Host | null
}

/** A table with this thread's hosts in it. */
export interface HostTableView {
  /** Read it only: every thread has the same memory. Empty when there are no hosts. */
  readonly buffer: SharedArrayBuffer
  /** By the indexes that stand in the table. */
  readonly hosts: readonly Host[]
  /** By the same indexes, each host's part of 1; empty unless the builder wants them on every thread. */
  readonly weights: readonly number[]
}

/** What a policy may use of its thread. */
export interface LoadBalancerFactoryContext {
  readonly random: Random
  /** Requests under way on all hosts of the cluster in the whole process. */
  activeRequests(): number
}

/** How reads may be spread over a shard of a sharded cluster. Names as in `RedisProxy.ConnPoolSettings.ReadPolicy`. */
export type ReadPolicy =
  | 'MASTER'
  | 'PREFER_MASTER'
  | 'REPLICA'
  | 'PREFER_REPLICA'
  | 'ANY'
  | 'LOCAL_ZONE_AFFINITY'
  | 'LOCAL_ZONE_AFFINITY_REPLICAS_AND_PRIMARY'

/** What a cluster offers that knows which host owns a hash slot (`envoy.clusters.redis`). */
export interface SlotBalancer {
  /** Null: not discovered yet, or nobody fits the policy. `slot` is from 0 to 16383; writes go to the primary whatever the policy. */
  chooseSlotHost(slot: number, isRead: boolean, policy: ReadPolicy): Host | null
  /** The primaries, one per shard, in the order of their lowest slots. */
  shards(): readonly Host[]
  /** A host answered that a slot is elsewhere: enough of these, and main asks again who owns what. */
  onRedirect(): void
  /** A request failed at the connection, or timed out. */
  onRequestFailure(host: Host): void
}
