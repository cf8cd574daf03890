import { SharedCounter } from '../stats/shared-numbers.ts'

/** Why a host is not plainly healthy; bits and their order as Envoy's `Host::HealthFlag`. */
export const HealthFlag = {
  FailedActiveHc: 0x1,
  FailedOutlierCheck: 0x2,
  FailedEdsHealth: 0x4,
  DegradedActiveHc: 0x8,
  DegradedEdsHealth: 0x10,
  PendingDynamicRemoval: 0x20,
  PendingActiveHc: 0x40,
  ExcludedViaImmediateHcFail: 0x80,
  ActiveHcTimeout: 0x100,
  EdsStatusDraining: 0x200,
} as const

const UNHEALTHY =
  HealthFlag.FailedActiveHc |
  HealthFlag.FailedOutlierCheck |
  HealthFlag.FailedEdsHealth |
  HealthFlag.EdsStatusDraining
const DEGRADED = HealthFlag.DegradedActiveHc | HealthFlag.DegradedEdsHealth
const EXCLUDED =
  HealthFlag.PendingActiveHc | HealthFlag.ExcludedViaImmediateHcFail | HealthFlag.EdsStatusDraining

export function isHealthy(flags: number): boolean {
  return (flags & (UNHEALTHY | DEGRADED)) === 0
}

export function isDegraded(flags: number): boolean {
  return (flags & UNHEALTHY) === 0 && (flags & DEGRADED) !== 0
}

/** Left out of the denominators of priority health and panic, but still there when a priority panics. */
export function isExcluded(flags: number): boolean {
  return (flags & EXCLUDED) !== 0
}

/** The statistics of a host that `/clusters` shows: places in a host's row, one row per thread. */
export const HostStat = {
  CxTotal: 0,
  CxActive: 1,
  CxConnectFail: 2,
  RqTotal: 3,
  RqActive: 4,
  RqPendingActive: 5,
  RqSuccess: 6,
  RqError: 7,
  RqTimeout: 8,
  /** For outlier detection: what hosts answered, and how reaching them went. */
  OutlierTotal: 9,
  OutlierSuccess: 10,
  OutlierLocalTotal: 11,
  OutlierLocalSuccess: 12,
} as const

const HOST_STATS = 13

/** Failures in a row that outlier detection counts over all threads; their bits say which have reached their limit. */
export const OutlierStreak = { Errors: 0, GatewayErrors: 1, LocalErrors: 2 } as const
export type OutlierStreak = (typeof OutlierStreak)[keyof typeof OutlierStreak]

/** What threads ask a cluster to find its hosts anew for. */
export interface RefreshVotes {
  /** Answers that a hash slot is elsewhere. */
  readonly redirects: number
  readonly failures: number
}

/** What the circuit breakers of a cluster count, per priority. */
export const BreakerResource = { Cx: 0, CxPool: 1, RqPending: 2, Rq: 3, RqRetry: 4 } as const
export type BreakerResource = (typeof BreakerResource)[keyof typeof BreakerResource]
const BREAKER_RESOURCES = 5
const PRIORITIES = 2

export interface HostTableOptions {
  readonly threads: number
  readonly maxHosts?: number
  readonly maxClusters?: number
}

const DEFAULT_MAX_HOSTS = 65536
const DEFAULT_MAX_CLUSTERS = 8192
const HEADER_WORDS = 4
const HOST_WORDS = 8
const EVENTS = 3
/** Words of a cluster: its epoch, its votes, its breakers. */
const REDIRECTS = 1
const FAILURES = 2
const FIRST_BREAKER = 3
const FLAGS = 0
const RQ_ACTIVE = 1
const CX_ACTIVE = 2
const FIRST_STREAK = 3
const STREAKS_REACHED = 6

/**
 * What all threads share of clusters and hosts, by the slots that main assigns:
 *
 *   header                       | hosts, clusters, threads, reports to main
 *   per cluster                  | health epoch; votes; per priority and resource: total, twin of each thread
 *   per host                     | health flags, active requests, active connections, streaks of failures
 *   per thread, per host         | the numbers of /clusters (HostStat); that thread is the only writer
 *
 * The memory of slots that nobody uses is never touched, so it costs nothing.
 */
export class HostTable {
  readonly buffer: SharedArrayBuffer
  readonly maxHosts: number
  readonly maxClusters: number
  readonly threads: number
  readonly #thread: number
  readonly #words: Int32Array
  readonly #stats: Float64Array
  readonly #clusterWords: number
  readonly #hostsAt: number

  static createBuffer(options: HostTableOptions): SharedArrayBuffer {
    const maxHosts = options.maxHosts ?? DEFAULT_MAX_HOSTS
    const maxClusters = options.maxClusters ?? DEFAULT_MAX_CLUSTERS
    const words = wordsOf(maxHosts, maxClusters, options.threads)
    const buffer = new SharedArrayBuffer(words * 4 + options.threads * maxHosts * HOST_STATS * 8)
    new Int32Array(buffer, 0, 3).set([maxHosts, maxClusters, options.threads])
    return buffer
  }

  /** `thread` is this thread's place: 0 = main, worker i = i + 1. */
  constructor(buffer: SharedArrayBuffer, thread: number) {
    const [maxHosts = 0, maxClusters = 0, threads = 0] = new Int32Array(buffer, 0, 3)
    this.buffer = buffer
    this.maxHosts = maxHosts
    this.maxClusters = maxClusters
    this.threads = threads
    this.#thread = thread
    const words = wordsOf(maxHosts, maxClusters, threads)
    this.#words = new Int32Array(buffer, 0, words)
    this.#stats = new Float64Array(buffer, words * 4)
    this.#clusterWords = clusterWordsOf(threads)
    this.#hostsAt = HEADER_WORDS + maxClusters * this.#clusterWords
  }

  /** Changes with the health of any host of the cluster. */
  healthEpoch(cluster: number): number {
    return this.#words[HEADER_WORDS + cluster * this.#clusterWords]!
  }

  healthFlags(host: number): number {
    return this.#words[this.#hostsAt + host * HOST_WORDS + FLAGS]!
  }

  /** Sets and clears flags; true if that changed anything. The new epoch makes every thread look again. */
  updateHealthFlags(cluster: number, host: number, set: number, clear: number): boolean {
    const at = this.#hostsAt + host * HOST_WORDS + FLAGS
    const before = Atomics.or(this.#words, at, set)
    const after = Atomics.and(this.#words, at, ~clear) & ~clear
    if (after === before) return false
    Atomics.add(this.#words, HEADER_WORDS + cluster * this.#clusterWords, 1)
    return true
  }

  activeRequests(host: number): number {
    return this.#words[this.#hostsAt + host * HOST_WORDS + RQ_ACTIVE]!
  }

  addActiveRequests(host: number, n: number): void {
    Atomics.add(this.#words, this.#hostsAt + host * HOST_WORDS + RQ_ACTIVE, n)
  }

  activeConnections(host: number): number {
    return this.#words[this.#hostsAt + host * HOST_WORDS + CX_ACTIVE]!
  }

  addActiveConnections(host: number, n: number): void {
    Atomics.add(this.#words, this.#hostsAt + host * HOST_WORDS + CX_ACTIVE, n)
  }

  /** One failure more; the new length of the streak. */
  extendStreak(host: number, streak: OutlierStreak): number {
    return (
      Atomics.add(this.#words, this.#hostsAt + host * HOST_WORDS + FIRST_STREAK + streak, 1) + 1
    )
  }

  /** A plain read first: with nothing but success, no thread writes here. */
  endStreak(host: number, streak: OutlierStreak): void {
    const at = this.#hostsAt + host * HOST_WORDS + FIRST_STREAK + streak
    if (this.#words[at] !== 0) Atomics.store(this.#words, at, 0)
  }

  /** Tells main that a streak has reached its limit. */
  reportStreak(host: number, streak: OutlierStreak): void {
    Atomics.or(this.#words, this.#hostsAt + host * HOST_WORDS + STREAKS_REACHED, 1 << streak)
    Atomics.add(this.#words, EVENTS, 1)
    Atomics.notify(this.#words, EVENTS)
  }

  /** The bits of the streaks that were reported since the last call. Main only. */
  takeReportedStreaks(host: number): number {
    const at = this.#hostsAt + host * HOST_WORDS + STREAKS_REACHED
    return this.#words[at] === 0 ? 0 : Atomics.exchange(this.#words, at, 0)
  }

  /** Tells main of answers that a hash slot is elsewhere, and of failed requests. */
  addVotes(cluster: number, redirects: number, failures: number): void {
    const at = HEADER_WORDS + cluster * this.#clusterWords
    if (redirects > 0) Atomics.add(this.#words, at + REDIRECTS, redirects)
    if (failures > 0) Atomics.add(this.#words, at + FAILURES, failures)
    Atomics.add(this.#words, EVENTS, 1)
    Atomics.notify(this.#words, EVENTS)
  }

  /** The votes since the last call. Main only. */
  takeVotes(cluster: number): RefreshVotes {
    const at = HEADER_WORDS + cluster * this.#clusterWords
    return {
      redirects: Atomics.exchange(this.#words, at + REDIRECTS, 0),
      failures: Atomics.exchange(this.#words, at + FAILURES, 0),
    }
  }

  /** Resolves at the next report, or at once if `known` is not the number of reports any more. Main only. */
  async nextReport(known: number): Promise<number> {
    const waiting = Atomics.waitAsync(this.#words, EVENTS, known)
    if (waiting.async) await waiting.value
    return this.reports()
  }

  /** How many reports there were. */
  reports(): number {
    return Atomics.load(this.#words, EVENTS)
  }

  /** Wakes who waits for the next report. */
  stopWaiting(): void {
    Atomics.add(this.#words, EVENTS, 1)
    Atomics.notify(this.#words, EVENTS)
  }

  /** This thread's row of a host, to be written at the places of HostStat. */
  hostStats(host: number): Float64Array {
    const at = (this.#thread * this.maxHosts + host) * HOST_STATS
    return this.#stats.subarray(at, at + HOST_STATS)
  }

  /** One number of a host over all threads. */
  hostStat(host: number, stat: number): number {
    let sum = 0
    for (let thread = 0; thread < this.threads; thread++) {
      sum += this.#stats[(thread * this.maxHosts + host) * HOST_STATS + stat]!
    }
    return sum
  }

  breaker(cluster: number, priority: number, resource: BreakerResource): SharedCounter {
    const at = this.#breakerAt(cluster, priority, resource)
    return new SharedCounter(this.#words, at, at + 1 + this.#thread)
  }

  /** True while any thread has a connection or a request on the host. */
  isBusy(host: number): boolean {
    return (
      this.hostStat(host, HostStat.CxActive) > 0 ||
      this.hostStat(host, HostStat.RqActive) > 0 ||
      this.hostStat(host, HostStat.RqPendingActive) > 0
    )
  }

  /** True while any thread counts in a breaker of the cluster. */
  isClusterBusy(cluster: number): boolean {
    const at = HEADER_WORDS + cluster * this.#clusterWords + FIRST_BREAKER
    for (let resource = 0; resource < PRIORITIES * BREAKER_RESOURCES; resource++) {
      if (this.#words[at + resource * (1 + this.threads)]! > 0) return true
    }
    return false
  }

  /** Empties a host's slot for its next use. Main only, when no thread knows the old host any more. */
  clearHost(host: number): void {
    const at = this.#hostsAt + host * HOST_WORDS
    for (let word = 0; word < HOST_WORDS; word++) Atomics.store(this.#words, at + word, 0)
    for (let thread = 0; thread < this.threads; thread++) {
      const row = (thread * this.maxHosts + host) * HOST_STATS
      this.#stats.fill(0, row, row + HOST_STATS)
    }
  }

  clearCluster(cluster: number): void {
    const at = HEADER_WORDS + cluster * this.#clusterWords
    for (let word = 0; word < this.#clusterWords; word++) Atomics.store(this.#words, at + word, 0)
  }

  /**
   * Takes away what a dead thread held, among the slots below the two bounds. Only main calls it, and only once the thread
   * writes no more.
   */
  subtractThread(thread: number, hosts: number, clusters: number): void {
    for (let host = 0; host < hosts; host++) this.#subtractHost(thread, host)
    for (let cluster = 0; cluster < clusters; cluster++) {
      for (let resource = 0; resource < PRIORITIES * BREAKER_RESOURCES; resource++) {
        const at =
          HEADER_WORDS +
          cluster * this.#clusterWords +
          FIRST_BREAKER +
          resource * (1 + this.threads)
        const held = this.#words[at + 1 + thread]!
        this.#words[at + 1 + thread] = 0
        if (held !== 0) Atomics.sub(this.#words, at, held)
      }
    }
  }

  #subtractHost(thread: number, host: number): void {
    const row = (thread * this.maxHosts + host) * HOST_STATS
    const requests = this.#stats[row + HostStat.RqActive]!
    const connections = this.#stats[row + HostStat.CxActive]!
    if (requests !== 0) this.addActiveRequests(host, -requests)
    if (connections !== 0) this.addActiveConnections(host, -connections)
    for (const gauge of GAUGES) {
      if (this.#stats[row + gauge] !== 0) this.#stats[row + gauge] = 0
    }
  }

  #breakerAt(cluster: number, priority: number, resource: number): number {
    const index = priority * BREAKER_RESOURCES + resource
    return HEADER_WORDS + cluster * this.#clusterWords + FIRST_BREAKER + index * (1 + this.threads)
  }
}

const GAUGES: readonly number[] = [HostStat.CxActive, HostStat.RqActive, HostStat.RqPendingActive]

function clusterWordsOf(threads: number): number {
  return FIRST_BREAKER + PRIORITIES * BREAKER_RESOURCES * (1 + threads)
}

/** Rounded up to 8 bytes, because floats follow. */
function wordsOf(maxHosts: number, maxClusters: number, threads: number): number {
  const words = HEADER_WORDS + maxClusters * clusterWordsOf(threads) + maxHosts * HOST_WORDS
  return (words + 1) & ~1
}
