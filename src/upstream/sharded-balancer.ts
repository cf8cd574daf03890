import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'
import type { Random } from '../random.ts'
import type { Host } from './host.ts'
import { type HostTable, isDegraded, isHealthy } from './host-table.ts'
import type { ReadPolicy, SlotBalancer } from './load-balancer.ts'
import { HASH_SLOTS, type SlotTable } from './slot-table.ts'

/** Votes are summed up for so long before main hears of them: a slot migration brings thousands a second. */
const VOTE_MS = 10
const UNOWNED = 0xffff
/** Its shard has no primary here. */
const LOST = 0xfffe

export interface ShardedBalancerContext {
  readonly hostTable: HostTable
  readonly random: Random
  readonly timers: TimerWheel
}

/** The hosts that own one part of the hash slots. */
interface ShardHosts {
  readonly primary: Host
  readonly replicas: readonly Host[]
  readonly all: readonly Host[]
  readonly localReplicas: readonly Host[]
  readonly isPrimaryLocal: boolean
}

/** A thread's picture of a sharded cluster, one version at a time. */
export class ShardedBalancer implements SlotBalancer, TimerOwner {
  readonly #context: ShardedBalancerContext
  /** Of the cluster in the host table. */
  readonly #cluster: number
  readonly #timer: Timer
  /** By hash slot: the shard. */
  readonly #owners = new Uint16Array(HASH_SLOTS).fill(UNOWNED)
  #shards: readonly ShardHosts[] = []
  #first: ShardHosts | null = null
  #primaries: readonly Host[] = []
  #redirects = 0
  #failures = 0

  constructor(cluster: number, context: ShardedBalancerContext) {
    this.#cluster = cluster
    this.#context = context
    this.#timer = context.timers.createTimer(this)
  }

  /** Takes over a new table. Hosts that `find` does not know are left out, and with a primary its shard. */
  update(table: SlotTable, find: (slot: number) => Host | null): void {
    const shards = table.shards.map(({ primary, replicas }) =>
      shardHosts(
        find(primary),
        replicas.map(find).filter((host) => host !== null),
        table.localZone,
      ),
    )
    this.#owners.fill(UNOWNED)
    for (let i = 0; i + 2 < table.ranges.length; i += 3) {
      const [first = 0, last = 0, shard = 0] = table.ranges.slice(i, i + 3)
      this.#owners.fill(shards[shard] === null ? LOST : shard, first, last + 1)
    }
    // A shard keeps its number, whoever else is missing.
    this.#shards = shards as readonly ShardHosts[]
    this.#first = shards[0] ?? null
    this.#primaries = shards.filter((shard) => shard !== null).map(({ primary }) => primary)
  }

  chooseSlotHost(slot: number, isRead: boolean, policy: ReadPolicy): Host | null {
    const owner = this.#owners[slot]!
    // Of a slot that nobody has, the first shard says what is wrong, as in Envoy.
    const shard = owner === UNOWNED ? this.#first : (this.#shards[owner] ?? null)
    if (shard === null) return null
    return isRead && policy !== 'MASTER' ? this.#chooseForRead(shard, policy) : shard.primary
  }

  shards(): readonly Host[] {
    return this.#primaries
  }

  onRedirect(): void {
    this.#redirects++
    this.#voteSoon()
  }

  onRequestFailure(_host: Host): void {
    this.#failures++
    this.#voteSoon()
  }

  /** The cluster is gone from this thread. */
  close(): void {
    this.#timer.disable()
  }

  onTimer(): void {
    this.#context.hostTable.addVotes(this.#cluster, this.#redirects, this.#failures)
    this.#redirects = 0
    this.#failures = 0
  }

  #voteSoon(): void {
    if (!this.#timer.enabled) this.#timer.enable(VOTE_MS)
  }

  #chooseForRead(shard: ShardHosts, policy: ReadPolicy): Host | null {
    switch (policy) {
      case 'MASTER':
        return shard.primary
      case 'PREFER_MASTER':
        return isHealthy(shard.primary.healthFlags()) ? shard.primary : this.#anyOf(shard.all)
      case 'REPLICA':
        return this.#anyOf(shard.replicas)
      case 'PREFER_REPLICA':
        return this.#anyOf(hasHealthy(shard.replicas) ? shard.replicas : shard.all)
      case 'ANY':
        return this.#anyOf(shard.all)
      case 'LOCAL_ZONE_AFFINITY':
        return this.#anyOf(shard.localReplicas) ?? this.#anyOf(shard.replicas) ?? shard.primary
      case 'LOCAL_ZONE_AFFINITY_REPLICAS_AND_PRIMARY': {
        const local = this.#anyOf(shard.localReplicas)
        if (local !== null) return local
        const takesPrimary = shard.isPrimaryLocal && isHealthy(shard.primary.healthFlags())
        return takesPrimary ? shard.primary : (this.#anyOf(shard.replicas) ?? shard.primary)
      }
    }
  }

  /** One of the healthy ones, else of the degraded ones, else of all, by chance; as Envoy does. */
  #anyOf(hosts: readonly Host[]): Host | null {
    return (
      this.#anyWith(hosts, isHealthy) ??
      this.#anyWith(hosts, isDegraded) ??
      (hosts.length === 0 ? null : hosts[this.#context.random.below(hosts.length)]!)
    )
  }

  /** Counts first, so that nothing is allocated. */
  #anyWith(hosts: readonly Host[], isFit: (flags: number) => boolean): Host | null {
    let fit = 0
    for (let i = 0; i < hosts.length; i++) if (isFit(hosts[i]!.healthFlags())) fit++
    if (fit === 0) return null
    let left = fit === 1 ? 0 : this.#context.random.below(fit)
    for (let i = 0; i < hosts.length; i++) {
      if (isFit(hosts[i]!.healthFlags()) && left-- === 0) return hosts[i]!
    }
    // Some host's health changed in between.
    return hosts[0]!
  }
}

function shardHosts(
  primary: Host | null,
  replicas: readonly Host[],
  localZone: string,
): ShardHosts | null {
  if (primary === null) return null
  const isLocal = (host: Host) => localZone !== '' && host.data.locality.zone === localZone
  return {
    primary,
    replicas,
    all: [primary, ...replicas],
    localReplicas: replicas.filter(isLocal),
    isPrimaryLocal: isLocal(primary),
  }
}

function hasHealthy(hosts: readonly Host[]): boolean {
  for (let i = 0; i < hosts.length; i++) if (isHealthy(hosts[i]!.healthFlags())) return true
  return false
}
