import type { OutlierDetection } from '../../config/schema/outlier-detection.ts'
import type { Timer, TimerOwner, TimerWheel } from '../../network/timers.ts'
import type { Random } from '../../random.ts'
import type { StatsBlock } from '../../stats/store.ts'
import { HealthFlag, HostStat, type HostTable, OutlierStreak } from '../../upstream/host-table.ts'
import type { ClusterHosts } from './cluster-hosts.ts'
import { type EjectionType, OUTLIER_STATS } from './outlier-stats.ts'
import { type HostVolume, successRates } from './success-rates.ts'

const STAT = OUTLIER_STATS.index

export interface OutlierDetectorOptions {
  readonly settings: OutlierDetection
  readonly clusterSlot: number
  readonly hosts: ClusterHosts
  readonly table: HostTable
  /** Slots of `OUTLIER_STATS`. */
  readonly stats: StatsBlock
  readonly timers: TimerWheel
  readonly random: Random
}

/** What is remembered of a host from one ejection to the next. */
interface HostRecord {
  isEjected: boolean
  ejectedAtMs: number
  /** How many times the base an ejection lasts; each interval without one takes one off. */
  multiplier: number
  /** The counts at the last sweep, by their places in the host's row. */
  readonly seen: Map<number, number>
}

/** Rates of one interval, as `/clusters` shows them; -1 where there were too few requests or hosts. */
export interface OutlierRates {
  readonly bySlot: ReadonlyMap<number, number>
  readonly average: number
  readonly threshold: number
}

const NO_RATES: OutlierRates = { bySlot: new Map(), average: -1, threshold: -1 }

/**
 * Main's half of outlier detection for one cluster: ejects hosts that workers report or whose rates stand out, and lets them back
 * after a time. An ejected host has a health flag, which every thread sees at its next pick.
 */
export class OutlierDetector implements TimerOwner {
  readonly #options: OutlierDetectorOptions
  readonly #settings: OutlierDetection
  readonly #timer: Timer
  readonly #records = new Map<number, HostRecord>()
  #external = NO_RATES
  #local = NO_RATES

  constructor(options: OutlierDetectorOptions) {
    this.#options = options
    this.#settings = options.settings
    options.stats[STAT.ejections_active] = 0
    this.#timer = options.timers.createTimer(this)
    this.#timer.enable(this.#settings.intervalMs)
  }

  /** Of what hosts answered, in the last interval. */
  get rates(): OutlierRates {
    return this.#external
  }

  /** Of how reaching the hosts went. */
  get localOriginRates(): OutlierRates {
    return this.#local
  }

  stop(): void {
    this.#timer.disable()
    this.#options.stats[STAT.ejections_active] = 0
  }

  /** Some thread has reported a streak of failures, perhaps of this cluster. */
  takeReports(): void {
    const { table } = this.#options
    for (const slot of this.#slots()) {
      const streaks = table.takeReportedStreaks(slot)
      if (streaks === 0) continue
      for (const [streak, type] of STREAK_TYPES) {
        if ((streaks & (1 << streak)) !== 0) this.#onStreak(slot, type)
      }
    }
  }

  onTimer(): void {
    this.#forgetGone()
    const now = this.#options.timers.now()
    for (const slot of this.#slots()) this.#sweep(slot, this.#record(slot), now)
    const { splitExternalLocalOriginErrors: split } = this.#settings
    this.#external = this.#judge(
      this.#volumes(HostStat.OutlierTotal, HostStat.OutlierSuccess),
      'success_rate',
      'failure_percentage',
    )
    const local = this.#volumes(HostStat.OutlierLocalTotal, HostStat.OutlierLocalSuccess)
    if (split) {
      const types = ['local_origin_success_rate', 'local_origin_failure_percentage'] as const
      this.#local = this.#judge(local, ...types)
    }
    this.#timer.enable(this.#settings.intervalMs)
  }

  #slots(): number[] {
    return this.#options.hosts.all().map(({ slot }) => slot)
  }

  #record(slot: number): HostRecord {
    let record = this.#records.get(slot)
    if (record === undefined) {
      record = { isEjected: false, ejectedAtMs: 0, multiplier: 0, seen: new Map() }
      this.#records.set(slot, record)
    }
    return record
  }

  /** Hosts that are no more; an ejected one is active no longer. */
  #forgetGone(): void {
    const slots = new Set(this.#slots())
    for (const [slot, { isEjected }] of this.#records) {
      if (slots.has(slot)) continue
      if (isEjected) this.#options.stats[STAT.ejections_active]!--
      this.#records.delete(slot)
    }
  }

  // ---- detection

  #onStreak(slot: number, type: EjectionType): void {
    const { stats } = this.#options
    if (this.#record(slot).isEjected) return
    stats[STAT[`ejections_detected_${type}`]]!++
    this.#eject(slot, type)
    if (type === 'consecutive_5xx') stats[STAT.ejections_consecutive_5xx]!++
  }

  /** Envoy's two statistical detectors on one kind of result. */
  #judge(
    volumes: readonly HostVolume[],
    rateType: 'success_rate' | 'local_origin_success_rate',
    percentageType: 'failure_percentage' | 'local_origin_failure_percentage',
  ): OutlierRates {
    const settings = this.#settings
    const { stats } = this.#options
    const rates = successRates(volumes, {
      minimumHosts: settings.successRateMinimumHosts,
      requestVolume: settings.successRateRequestVolume,
      stdevFactor: settings.successRateStdevFactor / 1000,
    })
    for (const [slot, rate] of rates.threshold < 0 ? [] : rates.bySlot) {
      if (rate >= rates.threshold) continue
      stats[STAT.ejections_success_rate]!++
      stats[STAT[`ejections_detected_${rateType}`]]!++
      this.#eject(slot, rateType)
    }
    const { failurePercentageRequestVolume: volume, failurePercentageThreshold } = settings
    const busy = volumes.filter(({ total }) => total > 0 && total >= volume)
    if (busy.length < settings.failurePercentageMinimumHosts) return rates
    for (const { slot, total, success } of busy) {
      if (100 - (success * 100) / total < failurePercentageThreshold) continue
      stats[STAT[`ejections_detected_${percentageType}`]]!++
      this.#eject(slot, percentageType)
    }
    return rates
  }

  /** What the hosts did since the last sweep; ejected ones are left out. */
  #volumes(totalStat: number, successStat: number): HostVolume[] {
    const volumes = this.#slots().map((slot) => {
      const record = this.#record(slot)
      const total = this.#growth(slot, record, totalStat)
      const success = this.#growth(slot, record, successStat)
      return { slot, total, success, isEjected: record.isEjected }
    })
    return volumes.filter(({ isEjected }) => !isEjected)
  }

  #growth(slot: number, record: HostRecord, stat: number): number {
    const now = this.#options.table.hostStat(slot, stat)
    const growth = now - (record.seen.get(stat) ?? 0)
    record.seen.set(stat, now)
    return growth
  }

  // ---- ejection

  #eject(slot: number, type: EjectionType): void {
    const { stats, table, clusterSlot, hosts, random, timers } = this.#options
    const record = this.#record(slot)
    if (record.isEjected) return
    if (!this.#mayEject()) {
      stats[STAT.ejections_overflow]!++
      return
    }
    if (type === 'consecutive_5xx' || type === 'success_rate') stats[STAT.ejections_total]!++
    if (random.below(100) >= this.#enforcing(type)) return
    stats[STAT.ejections_active]!++
    stats[STAT.ejections_enforced_total]!++
    stats[STAT[`ejections_enforced_${type}`]]!++
    const { baseEjectionTimeMs: base, maxEjectionTimeMs: max } = this.#settings
    record.isEjected = true
    record.ejectedAtMs = timers.now()
    if (record.multiplier * base < max + base) record.multiplier++
    table.updateHealthFlags(clusterSlot, slot, HealthFlag.FailedOutlierCheck, 0)
    hosts.onHealthChanged()
  }

  #mayEject(): boolean {
    const { stats } = this.#options
    const active = stats[STAT.ejections_active]!
    if (active === 0 && this.#settings.alwaysEjectOneHost) return true
    return (100 * (active + 1)) / this.#slots().length <= this.#settings.maxEjectionPercent
  }

  /** Of ejections of that type, how many percent are carried out. */
  #enforcing(type: EjectionType): number {
    const settings = this.#settings
    switch (type) {
      case 'consecutive_5xx':
        return settings.enforcingConsecutive5xx
      case 'consecutive_gateway_failure':
        return settings.enforcingConsecutiveGatewayFailure
      case 'consecutive_local_origin_failure':
        return settings.enforcingConsecutiveLocalOriginFailure
      case 'success_rate':
        return settings.enforcingSuccessRate
      case 'local_origin_success_rate':
        return settings.enforcingLocalOriginSuccessRate
      case 'failure_percentage':
        return settings.enforcingFailurePercentage
      case 'local_origin_failure_percentage':
        return settings.enforcingFailurePercentageLocalOrigin
    }
  }

  /** Lets a host back whose time is over. */
  #sweep(slot: number, record: HostRecord, nowMs: number): void {
    if (!record.isEjected) {
      if (record.multiplier > 0) record.multiplier--
      return
    }
    const { stats, table, clusterSlot, hosts, random } = this.#options
    const { baseEjectionTimeMs, maxEjectionTimeMs, maxEjectionTimeJitterMs } = this.#settings
    const jitterMs = random.below(maxEjectionTimeJitterMs + 1)
    const lastsMs = Math.min(baseEjectionTimeMs * record.multiplier, maxEjectionTimeMs) + jitterMs
    if (nowMs - record.ejectedAtMs < lastsMs) return
    record.isEjected = false
    stats[STAT.ejections_active]!--
    for (const [streak] of STREAK_TYPES) table.endStreak(slot, streak)
    table.takeReportedStreaks(slot)
    table.updateHealthFlags(clusterSlot, slot, 0, HealthFlag.FailedOutlierCheck)
    hosts.onHealthChanged()
  }
}

const STREAK_TYPES: readonly (readonly [OutlierStreak, EjectionType])[] = [
  [OutlierStreak.GatewayErrors, 'consecutive_gateway_failure'],
  [OutlierStreak.Errors, 'consecutive_5xx'],
  [OutlierStreak.LocalErrors, 'consecutive_local_origin_failure'],
]
