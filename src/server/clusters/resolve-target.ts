import type { ClusterConfig, RefreshRate } from '../../config/schema/cluster.ts'
import type { IpAddress } from '../../network/address.ts'
import type {
  DnsCallbacks,
  DnsQuery,
  DnsResolver,
  ResolvedAddress,
} from '../../network/dns-resolver.ts'
import type { Timer, TimerOwner, TimerWheel } from '../../network/timers.ts'
import type { Random } from '../../random.ts'
import type { StatsBlock } from '../../stats/store.ts'
import { CLUSTER_STATS } from '../../upstream/cluster-stats-table.ts'

const STAT = CLUSTER_STATS.index

export interface ResolveTargetOwner {
  /** The addresses of a target, each once. False when they are what they were. */
  onTargetResolved(target: ResolveTarget, addresses: readonly IpAddress[]): boolean
  /** The first query of a target is over, well or not. */
  onTargetTried(): void
}

export interface ResolveTargetOptions {
  /** Its place among the targets of the cluster. */
  readonly index: number
  readonly hostname: string
  readonly port: number
  readonly config: ClusterConfig
  readonly resolver: DnsResolver
  readonly stats: StatsBlock
  readonly timers: TimerWheel
  readonly random: Random
}

/**
 * One DNS name of a cluster, asked for again and again.
 *
 *   resolving ──answer──▶ waiting: dns_refresh_rate, or the TTL with respect_dns_ttl, plus jitter
 *       ▲  └────failure──▶ waiting: dns_failure_refresh_rate's backoff, or dns_refresh_rate
 *       └──────timer──────────┘
 */
export class ResolveTarget implements DnsCallbacks, TimerOwner {
  readonly index: number
  readonly hostname: string
  readonly #options: ResolveTargetOptions
  readonly #owner: ResolveTargetOwner
  readonly #timer: Timer
  readonly #backoff: Backoff | null
  #query: DnsQuery | null = null

  constructor(options: ResolveTargetOptions, owner: ResolveTargetOwner) {
    this.index = options.index
    this.hostname = options.hostname
    this.#options = options
    this.#owner = owner
    this.#timer = options.timers.createTimer(this)
    const { dnsFailureRefreshRate } = options.config
    this.#backoff = dnsFailureRefreshRate && new Backoff(dnsFailureRefreshRate, options.random)
  }

  resolve(): void {
    const { resolver, config, stats } = this.#options
    stats[STAT.update_attempt]!++
    this.#query = resolver.resolve(this.hostname, config.dnsLookupFamily, this)
  }

  onTimer(): void {
    this.resolve()
  }

  onDnsResolved(resolved: readonly ResolvedAddress[], ttlSeconds: number): void {
    const { config, stats, port, random } = this.#options
    this.#query = null
    stats[STAT.update_success]!++
    const addresses = new Map<string, IpAddress>()
    for (const { ip, family } of resolved) addresses.set(ip, { kind: 'ip', ip, port, family })
    const changed = this.#owner.onTargetResolved(this, [...addresses.values()])
    if (!changed) stats[STAT.update_no_rebuild]!++
    this.#backoff?.reset()
    const useTtl = config.respectDnsTtl && ttlSeconds > 0
    const refreshMs = useTtl ? ttlSeconds * 1000 : config.dnsRefreshRateMs
    const jitterMs = config.dnsJitterMs > 0 ? random.below(config.dnsJitterMs) : 0
    this.#timer.enable(refreshMs + jitterMs)
    this.#owner.onTargetTried()
  }

  onDnsFailure(): void {
    const { config, stats } = this.#options
    this.#query = null
    stats[STAT.update_failure]!++
    this.#timer.enable(this.#backoff?.next() ?? config.dnsRefreshRateMs)
    this.#owner.onTargetTried()
  }

  stop(): void {
    this.#query?.cancel()
    this.#query = null
    this.#timer.disable()
  }
}

/** Envoy's jittered exponential backoff: anything below a bound that doubles up to the maximum. */
class Backoff {
  readonly #rate: RefreshRate
  readonly #random: Random
  #boundMs: number

  constructor(rate: RefreshRate, random: Random) {
    this.#rate = rate
    this.#random = random
    this.#boundMs = rate.baseIntervalMs
  }

  next(): number {
    const bound = this.#boundMs
    this.#boundMs = Math.min(bound * 2, this.#rate.maxIntervalMs)
    return this.#random.below(bound)
  }

  reset(): void {
    this.#boundMs = this.#rate.baseIntervalMs
  }
}
