import { crc16, REDIS_SLOTS } from '../codec/hash/crc16.ts'
import { type ByteRange, hashTag } from '../codec/hash/hash-tag.ts'
import type { Hash64 } from '../codec/hash/hash64.ts'
import { murmurHash2 } from '../codec/hash/murmur-hash2.ts'
import type { FlushQueue, FlushTarget } from '../network/flush-queue.ts'
import type { HostCallbacks, ThreadLocalCluster } from '../upstream/cluster-manager.ts'
import type { DnsCache } from '../upstream/dns-cache.ts'
import type { Host } from '../upstream/host.ts'
import type { LoadBalancerContext } from '../upstream/load-balancer.ts'
import type { HostSetup } from './connection-setup.ts'
import { HostPool, type HostPoolOwner } from './host-pool.ts'
import type { PoolSettings } from './pool-settings.ts'
import type { PoolStats } from './pool-stats.ts'
import { Redirector } from './redirector.ts'
import type { UpstreamRequest } from './upstream-request.ts'
import { WriteBatcher } from './write-batcher.ts'

/** What all pools of one filter config share on a thread. */
export interface PoolContext {
  readonly settings: PoolSettings
  readonly flushQueue: FlushQueue
  /** For redirects to hosts that are named; null: those go to the client. */
  readonly names: DnsCache | null
  /** Writes what replies have been gathered for clients, at the end of each read from a server. */
  flushClients(): void
}

/** A power of two. */
const RECENT = 64

/** One worker's connections to the hosts of one cluster, for one filter config. */
export class UpstreamPool implements HostCallbacks, HostPoolOwner {
  readonly cluster: ThreadLocalCluster
  readonly stats: PoolStats
  readonly #context: PoolContext
  /** By host slot. */
  readonly #hosts = new Map<number, HostPool>()
  readonly #choice = new KeyChoice()
  readonly #range: ByteRange = { start: 0, end: 0 }
  readonly #redirector: Redirector | null
  readonly #batcher: WriteBatcher | null
  /** What `credentials` of the cluster say, or nothing. */
  readonly #setup: (host: Host) => HostSetup
  /** By the low bits of the slot: a look-up in the map costs more than all else of choosing. */
  readonly #recent: (HostPool | null)[] = new Array<HostPool | null>(RECENT).fill(null)

  constructor(
    cluster: ThreadLocalCluster,
    context: PoolContext,
    stats: PoolStats,
    setup: (host: Host) => HostSetup,
  ) {
    const { settings } = context
    this.cluster = cluster
    this.stats = stats
    this.#context = context
    this.#setup = setup
    this.#redirector = settings.enableRedirection ? new Redirector(this, context.names) : null
    const { timers } = cluster.poolCluster.context
    this.#batcher =
      settings.maxBufferSizeBeforeFlush > 0 ? new WriteBatcher(settings, timers) : null
    cluster.addHostCallbacks(this)
  }

  get settings(): PoolSettings {
    return this.#context.settings
  }

  get flushQueue(): FlushQueue {
    return this.#context.flushQueue
  }

  nowMs(): number {
    return this.cluster.poolCluster.context.timers.now()
  }

  setupOf(host: Host): HostSetup {
    return this.#setup(host)
  }

  /** The host of a key, bytes[start] up to bytes[end]. Null: there is none now. */
  hostOfKey(bytes: Uint8Array, start: number, end: number, isRead: boolean): HostPool | null {
    const { cluster, settings } = this
    const { slots } = cluster
    if (slots !== null) {
      const { start: from, end: to } = hashTag(bytes, start, end, this.#range)
      const slot = crc16(bytes, from, to) % REDIS_SLOTS
      return this.#poolOf(slots.chooseSlotHost(slot, isRead, settings.readPolicy))
    }
    const sole = cluster.soleHost()
    if (sole !== null) return this.#poolOf(sole)
    const range = this.#range
    if (settings.enableHashtagging) hashTag(bytes, start, end, range)
    else {
      range.start = start
      range.end = end
    }
    murmurHash2(bytes, range.start, range.end, this.#choice.hash)
    return this.#poolOf(cluster.chooseHost(this.#choice))
  }

  /** Every host that keys may go to now, primaries alone, in a steady order. */
  allHosts(): HostPool[] {
    const { slots } = this.cluster
    const hosts = slots === null ? this.cluster.pickedHosts() : slots.shards()
    return hosts.map((host) => this.hostPool(host))
  }

  hostPool(host: Host): HostPool {
    let pool = this.#hosts.get(host.slot)
    if (pool === undefined || pool.host !== host) {
      pool?.leave()
      pool = new HostPool(host, this)
      this.#hosts.set(host.slot, pool)
    }
    return pool
  }

  #poolOf(host: Host | null): HostPool | null {
    if (host === null) return null
    const place = host.slot & (RECENT - 1)
    const recent = this.#recent[place]!
    if (recent !== null && recent.host === host) return recent
    const pool = this.hostPool(host)
    this.#recent[place] = pool
    return pool
  }

  /** The cluster is gone or replaced: all connections close, whatever is under way. */
  close(): void {
    this.cluster.removeHostCallbacks(this)
    for (const pool of [...this.#hosts.values()]) pool.closeAll()
    this.#hosts.clear()
    this.#recent.fill(null)
    this.#redirector?.close()
  }

  onHostsRemoved(slots: readonly number[]): void {
    for (const slot of slots) {
      const pool = this.#hosts.get(slot)
      if (pool === undefined) continue
      this.#hosts.delete(slot)
      this.#recent[slot & (RECENT - 1)] = null
      pool.leave()
    }
  }

  onHostFailed(slot: number): void {
    this.#hosts.get(slot)?.closeAll()
    this.onHostsRemoved([slot])
  }

  // ---- from the connections

  /** A host that left, or that nobody knew, has no connection any more. */
  onHostPoolEmpty(pool: HostPool): void {
    this.#redirector?.forget(pool)
  }

  flushClients(): void {
    this.#context.flushClients()
  }

  flushLater(connection: FlushTarget, bytes: number): void {
    this.#batcher!.onBytes(connection, bytes)
  }

  /** True when the error reply sent the request's command elsewhere. */
  redirect(request: UpstreamRequest, line: Uint8Array, start: number, end: number): boolean {
    return this.#redirector?.follow(request, line, start, end) ?? false
  }
}

/** What a balancer is asked with: a hash and nothing else. */
class KeyChoice implements LoadBalancerContext {
  readonly hash: Hash64 = { high: 0, low: 0 }
  readonly hostSelectionRetries = 0

  hashKey(): Hash64 {
    return this.hash
  }

  metadataMatch(): null {
    return null
  }

  shouldSelectAnotherHost(): boolean {
    return false
  }
}
