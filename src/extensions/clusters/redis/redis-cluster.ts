import type { RespValue } from '../../../codec/resp/value.ts'
import { type Address, addressText } from '../../../network/address.ts'
import type { Timer, TimerOwner } from '../../../network/timers.ts'
import { type ControlCallbacks, RedisControlClient } from '../../../redis/control-client.ts'
import { redisCredentials } from '../../../redis/protocol-options.ts'
import { CLUSTER_STATS } from '../../../upstream/cluster-stats-table.ts'
import type { ClusterDiscovery, ClusterDiscoveryContext } from '../../../upstream/cluster-type.ts'
import {
  type DesiredHost,
  desiredHost,
  type PlacedEndpoint,
  placedEndpoints,
} from '../../../upstream/desired-host.ts'
import type { RefreshVotes } from '../../../upstream/host-table.ts'
import { parseClusterSlots, type SlotRange } from './cluster-slots.ts'
import { NameResolution } from './name-resolution.ts'
import { type RefreshReason, RefreshThresholds } from './refresh-thresholds.ts'
import type { RedisClusterConfig } from './schema.ts'
import { type SeedOwner, Seeds } from './seeds.ts'
import { nodesOf, type ResolvedNode, shardTable } from './shard-table.ts'
import { Zones } from './zones.ts'

const STAT = CLUSTER_STATS.index

/**
 * Finds the nodes of a redis cluster and what each of them owns.
 *
 *   seeds ──DNS──▶ asking one node ──CLUSTER SLOTS──▶ looking up names ──▶ (asking for zones) ──▶ hosts and slots are told
 *                     ▲      └─ refused, silent, nonsense ─┐        └─ a primary has no address ─┐        │
 *                     └── cluster_refresh_rate, or traffic says that it is time ◀────────────────┴────────┘
 */
export class RedisCluster implements ClusterDiscovery, ControlCallbacks, SeedOwner, TimerOwner {
  readonly #config: RedisClusterConfig
  readonly #context: ClusterDiscoveryContext
  readonly #seeds: Seeds
  readonly #thresholds: RefreshThresholds
  readonly #zones = new Zones()
  readonly #timer: Timer
  /** What all hosts have from the config's first endpoint. */
  readonly #place: PlacedEndpoint | undefined
  readonly #clients = new Map<string, RedisControlClient>()
  #names: NameResolution | null = null
  #onReady: (() => void) | null = null
  #isAsking = false
  /** The IP address of the node that was asked last; '': it has none. */
  #asked = ''
  #isStopped = false
  /** In a row. */
  #failures = 0

  constructor(config: RedisClusterConfig, context: ClusterDiscoveryContext) {
    this.#config = config
    this.#context = context
    this.#seeds = new Seeds(context, config.clusterRefreshRateMs, this)
    this.#thresholds = new RefreshThresholds(config)
    this.#timer = context.timers.createTimer(this)
    this.#place = placedEndpoints(context.config)[0]
  }

  initialize(onReady: () => void): void {
    this.#onReady = onReady
    if (!this.#context.config.waitForWarmOnInit || this.#seeds.count === 0) this.#becomeReady()
    this.#seeds.resolve()
  }

  stop(): void {
    this.#isStopped = true
    this.#onReady = null
    this.#seeds.stop()
    this.#timer.disable()
    this.#names?.cancel()
    for (const client of this.#clients.values()) client.close()
    this.#clients.clear()
  }

  // ---- when to ask

  /** One that is looked up again waits for the next time. */
  onSeedResolved(isFirst: boolean): void {
    if (isFirst) this.#ask()
  }

  /** As in Envoy: an empty cluster is ready, and looks on. */
  onSeedFailed(): void {
    this.#becomeReady()
  }

  onTimer(): void {
    this.#ask()
  }

  onVotes({ redirects, failures }: RefreshVotes): void {
    this.#count('redirect', redirects)
    this.#count('failure', failures)
  }

  onHostFailed(): void {
    this.#count('degraded', 1)
  }

  #count(reason: RefreshReason, events: number): void {
    const nowMs = this.#context.timers.now()
    if (this.#thresholds.count(reason, events, nowMs)) this.#ask()
  }

  // ---- asking

  #ask(): void {
    const { stats, log } = this.#context
    stats[STAT.update_attempt]!++
    if (this.#isAsking) return
    const address = this.#choose()
    if (address === null) return
    this.#isAsking = true
    this.#asked = address.kind === 'ip' ? address.ip : ''
    this.#timer.disable()
    if (log.debugEnabled) log.debug(`asking ${addressText(address)} for the slots of ${this.#name}`)
    this.#client(address).request(['CLUSTER', 'SLOTS'], this)
  }

  /** A known host; after failures perhaps a seed, since the cluster may have moved as a whole. */
  #choose(): Address | null {
    const { hosts, random } = this.#context
    const known = hosts.all().map(({ address }) => address)
    const asksSeeds = known.length === 0 || this.#failures > 0
    const addresses = asksSeeds ? [...known, ...this.#seeds.addresses()] : known
    return addresses.length === 0 ? null : addresses[random.below(addresses.length)]!
  }

  #client(address: Address): RedisControlClient {
    const key = addressText(address)
    const existing = this.#clients.get(key)
    if (existing !== undefined) return existing
    const { upstream, hosts, host, timers } = this.#context
    const known = hosts.all().find((one) => addressText(one.address) === key)
    const cluster = upstream()
    const client = new RedisControlClient({
      cluster,
      host: known === undefined ? null : host(known),
      address,
      credentials: redisCredentials(cluster.data, address, known?.hostname ?? ''),
      timers,
      requestTimeoutMs: this.#config.clusterRefreshTimeoutMs,
    })
    this.#clients.set(key, client)
    return client
  }

  onReply(reply: RespValue): void {
    const ranges = parseClusterSlots(reply, this.#asked)
    if (typeof ranges === 'string') {
      this.#context.stats[STAT.update_failure]!++
      this.#fail(`the reply to CLUSTER SLOTS is no use: ${ranges}`)
      return
    }
    const { resolver, config, stats, log } = this.#context
    this.#names = new NameResolution(ranges, {
      resolver,
      family: config.dnsLookupFamily,
      stats,
      onFailed: (name) => this.#fail(`the primary "${name}" has no address`),
      onResolved: (resolved, lost) => {
        for (const name of lost) log.warn(`cluster ${this.#name}: replica "${name}" has no address`)
        this.#onResolved(resolved)
      },
    })
    this.#names.start()
  }

  onFailure(): void {
    this.#context.stats[STAT.update_failure]!++
    this.#fail('no reply to CLUSTER SLOTS')
  }

  #fail(reason: string): void {
    this.#context.log.warn(`cluster ${this.#name}: ${reason}`)
    this.#failures++
    this.#finish()
    // Nobody who was known answers: the names may stand for others by now.
    if (this.#failures > this.#context.hosts.all().length) this.#seeds.resolve()
  }

  #onResolved(ranges: readonly SlotRange<ResolvedNode>[]): void {
    this.#failures = 0
    if (!this.#config.enableZoneDiscovery) {
      this.#apply(ranges)
      return
    }
    const addresses = nodesOf(ranges).map(({ address }) => address)
    this.#zones.discover(
      addresses,
      (address) => this.#client(address),
      () => {
        if (!this.#isStopped) this.#apply(ranges)
      },
    )
  }

  #apply(ranges: readonly SlotRange<ResolvedNode>[]): void {
    const { hosts, stats, localZone } = this.#context
    const desired = nodesOf(ranges).map((node) => this.#desiredHost(node))
    stats[STAT.max_host_weight] = Math.max(1, ...desired.map(({ weight }) => weight))
    const isChanged = hosts.update(0, desired, (present) => {
      const slots = new Map(present.map(({ address, slot }) => [addressText(address), slot]))
      return shardTable(ranges, slots, localZone)
    })
    if (!isChanged) stats[STAT.update_no_rebuild]!++
    this.#forgetClients()
    this.#finish()
    this.#becomeReady()
  }

  #desiredHost({ address, hostname }: ResolvedNode): DesiredHost {
    const host = desiredHost(this.#place!, address, hostname)
    const zone = this.#zones.of(address)
    return {
      ...host,
      additionalAddresses: [],
      ...(zone !== '' && { locality: { ...host.locality, zone } }),
    }
  }

  /** Nodes that left are not asked again. */
  #forgetClients(): void {
    const known = new Set(this.#context.hosts.all().map(({ address }) => addressText(address)))
    for (const [key, client] of this.#clients) {
      if (known.has(key)) continue
      this.#clients.delete(key)
      client.close()
    }
  }

  #finish(): void {
    this.#isAsking = false
    this.#names = null
    this.#timer.enable(this.#config.clusterRefreshRateMs)
  }

  #becomeReady(): void {
    const onReady = this.#onReady
    this.#onReady = null
    onReady?.()
  }

  get #name(): string {
    return `"${this.#context.config.name}"`
  }
}
