import { addressText } from '../../network/address.ts'
import type { Timer, TimerOwner, TimerWheel } from '../../network/timers.ts'
import type { Random } from '../../random.ts'
import type { StatsBlock } from '../../stats/store.ts'
import type { HostData } from '../../upstream/host.ts'
import { HealthFlag, HostStat, type HostTable, OutlierStreak } from '../../upstream/host-table.ts'
import type { ClusterHosts, MemberUpdateCallbacks } from './cluster-hosts.ts'
import type { EjectionSubject, OutlierEventLog } from './outlier-event-log.ts'
import type { OutlierSettings } from './outlier-settings.ts'
import { type EjectionType, OUTLIER_STATS } from './outlier-stats.ts'
import { rateThreshold } from './success-rates.ts'

const STAT = OUTLIER_STATS.index

export interface OutlierDetectorOptions {
  readonly cluster: string
  readonly settings: OutlierSettings
  readonly clusterSlot: number
  readonly hosts: ClusterHosts
  readonly table: HostTable
  /** Slots of `OUTLIER_STATS`. */
  readonly stats: StatsBlock
  readonly timers: TimerWheel
  readonly random: Random
  /** Null: ejections are not logged. */
  readonly eventLog: OutlierEventLog | null
}

/** Rates of one interval, as `/clusters` shows them; -1 where there were too few requests or hosts. */
export interface OutlierRates {
  /** Percent. */
  readonly bySlot: ReadonlyMap<number, number>
  readonly average: number
  readonly threshold: number
}

/** What is remembered of a host from one interval to the next. */
interface HostRecord {
  readonly slot: number
  readonly address: string
  isEjected: boolean
  ejections: number
  ejectedAtMs: number | null
  unejectedAtMs: number | null
  /** Added to the time of the last ejection, so that not all hosts come back at once. */
  jitterMs: number
  /** How many times the base an ejection lasts; each interval without one takes one off. */
  multiplier: number
  /** The host's counts at the last sweep, by their places in its row. */
  readonly seen: Map<number, number>
}

/** What a host did in the last interval. */
interface HostVolume {
  readonly record: HostRecord
  readonly total: number
  readonly rate: number
}

/** What the statistical detectors look at: what hosts answered, or how reaching them went. */
const EXTERNAL = {
  total: HostStat.OutlierTotal,
  success: HostStat.OutlierSuccess,
  rateType: 'success_rate',
  percentageType: 'failure_percentage',
} as const
const LOCAL = {
  total: HostStat.OutlierLocalTotal,
  success: HostStat.OutlierLocalSuccess,
  rateType: 'local_origin_success_rate',
  percentageType: 'local_origin_failure_percentage',
} as const
type Origin = typeof EXTERNAL | typeof LOCAL

const STREAK_TYPES: readonly (readonly [OutlierStreak, EjectionType])[] = [
  [OutlierStreak.GatewayErrors, 'consecutive_gateway_failure'],
  [OutlierStreak.Errors, 'consecutive_5xx'],
  [OutlierStreak.LocalErrors, 'consecutive_local_origin_failure'],
]

const NO_RATES: OutlierRates = { bySlot: new Map(), average: -1, threshold: -1 }

/**
 * Main's half of outlier detection for one cluster: ejects hosts that workers report or whose rates stand out, and lets them back
 * after a time. An ejected host has a health flag, which every thread sees at its next pick.
 *
 *   in rotation ──streak reported, or a rate that stands out; lots drawn, max_ejection_percent kept──▶ ejected
 *        ▲                                                                                                │
 *        └──────── at a sweep after min(base × multiplier, max) + jitter, or a health check passes ───────┘
 */
export class OutlierDetector implements TimerOwner, MemberUpdateCallbacks {
  readonly #options: OutlierDetectorOptions
  readonly #timer: Timer
  readonly #records = new Map<number, HostRecord>()
  #external = NO_RATES
  #local = NO_RATES

  constructor(options: OutlierDetectorOptions) {
    this.#options = options
    options.stats[STAT.ejections_active] = 0
    this.onMembersChanged(options.hosts.all(), [])
    options.hosts.addMemberUpdateCallbacks(this)
    this.#timer = options.timers.createTimer(this)
    this.#timer.enable(options.settings.number('intervalMs'))
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

  onMembersChanged(added: readonly HostData[], removed: readonly HostData[]): void {
    for (const { slot } of removed) {
      if (this.#records.get(slot)?.isEjected) this.#options.stats[STAT.ejections_active]!--
      this.#records.delete(slot)
    }
    for (const { slot, address } of added) this.#records.set(slot, newRecord(slot, address))
  }

  /** Some thread has reported a streak of failures, perhaps of this cluster. */
  takeReports(): void {
    const { table } = this.#options
    for (const record of this.#records.values()) {
      const streaks = table.takeReportedStreaks(record.slot)
      if (streaks === 0) continue
      for (const [streak, type] of STREAK_TYPES) {
        if ((streaks & (1 << streak)) !== 0) this.#onStreak(record, type)
      }
    }
  }

  /** An active health check of the host has passed: it is let back at once, unless the config says otherwise. */
  onHealthCheckPassed(slot: number): void {
    const { settings } = this.#options
    const record = this.#records.get(slot)
    if (record?.isEjected && settings.config.successfulActiveHealthCheckUnejectHost) {
      this.#uneject(record)
    }
  }

  onTimer(): void {
    const { settings, timers } = this.#options
    const now = timers.now()
    for (const record of this.#records.values()) this.#unejectIfDue(record, now)
    this.#external = this.#judge(EXTERNAL)
    this.#local = this.#judge(LOCAL)
    const intervalMs = settings.number('intervalMs')
    for (const record of this.#records.values()) {
      const { isEjected, unejectedAtMs, multiplier } = record
      if (isEjected || unejectedAtMs === null || now - unejectedAtMs < intervalMs) continue
      record.multiplier = Math.max(0, multiplier - 1)
    }
    this.#timer.enable(intervalMs)
  }

  // ---- detection

  #onStreak(record: HostRecord, type: EjectionType): void {
    const { stats } = this.#options
    if (record.isEjected) return
    stats[STAT[`ejections_detected_${type}`]]!++
    this.#eject(record, type)
    if (type === 'consecutive_5xx') stats[STAT.ejections_consecutive_5xx]!++
  }

  /** Envoy's two statistical detectors on one kind of result. */
  #judge(origin: Origin): OutlierRates {
    const { settings } = this.#options
    const volumes = this.#volumes(origin)
    const rateHosts = settings.number('successRateMinimumHosts')
    const percentageHosts = settings.number('failurePercentageMinimumHosts')
    const hosts = this.#records.size
    if (hosts < rateHosts && hosts < percentageHosts) return NO_RATES
    const rateVolume = settings.number('successRateRequestVolume')
    const percentageVolume = settings.number('failurePercentageRequestVolume')
    const shown = busy(volumes, Math.min(rateVolume, percentageVolume))
    const bySlot = new Map(shown.map(({ record, rate }) => [record.slot, rate]))
    const rates = {
      bySlot,
      ...this.#judgeRates(busy(volumes, rateVolume), rateHosts, origin.rateType),
    }
    const counted = busy(volumes, percentageVolume)
    if (counted.length >= percentageHosts) this.#judgePercentages(counted, rates, origin)
    return rates
  }

  #judgeRates(
    volumes: readonly HostVolume[],
    minimumHosts: number,
    type: Origin['rateType'],
  ): { readonly average: number; readonly threshold: number } {
    const { settings, stats } = this.#options
    if (volumes.length === 0 || volumes.length < minimumHosts) return NO_RATES
    const factor = settings.number('successRateStdevFactor') / 1000
    const found = rateThreshold(
      volumes.map(({ rate }) => rate),
      factor,
    )
    for (const { record, rate } of volumes) {
      if (rate >= found.threshold) continue
      stats[STAT.ejections_success_rate]!++
      stats[STAT[`ejections_detected_${type}`]]!++
      this.#eject(record, type, rate, found)
    }
    return found
  }

  #judgePercentages(
    volumes: readonly HostVolume[],
    rates: OutlierRates,
    { percentageType: type }: Origin,
  ): void {
    const { settings, stats } = this.#options
    const threshold = settings.number('failurePercentageThreshold')
    for (const { record, rate } of volumes) {
      if (100 - rate < threshold) continue
      stats[STAT[`ejections_detected_${type}`]]!++
      this.#eject(record, type, rate, rates)
    }
  }

  /** What the hosts did since the last sweep; ejected and idle ones are left out. */
  #volumes(origin: Origin): HostVolume[] {
    const volumes: HostVolume[] = []
    for (const record of this.#records.values()) {
      const total = this.#growth(record, origin.total)
      const success = this.#growth(record, origin.success)
      if (record.isEjected || total <= 0) continue
      volumes.push({ record, total, rate: (success * 100) / total })
    }
    return volumes
  }

  #growth({ slot, seen }: HostRecord, stat: number): number {
    const now = this.#options.table.hostStat(slot, stat)
    const growth = now - (seen.get(stat) ?? 0)
    seen.set(stat, now)
    return growth
  }

  // ---- ejection

  #eject(
    record: HostRecord,
    type: EjectionType,
    hostRate = 0,
    rates: Omit<OutlierRates, 'bySlot'> = NO_RATES,
  ): void {
    const { stats, settings, eventLog } = this.#options
    if (!this.#mayEject()) {
      stats[STAT.ejections_overflow]!++
      return
    }
    if (type === 'consecutive_5xx' || type === 'success_rate') stats[STAT.ejections_total]!++
    // A host whose rate and percentage both stand out is ejected once. (Envoy would count it as two, and as one for ever.)
    const enforced = settings.isEnforced(type) && !record.isEjected
    if (enforced) this.#enforce(record, type)
    eventLog?.logEject(this.#subject(record, record.unejectedAtMs), {
      type,
      enforced,
      hostRate,
      averageRate: rates.average,
      thresholdRate: rates.threshold,
    })
  }

  #mayEject(): boolean {
    const { stats, settings } = this.#options
    const active = stats[STAT.ejections_active]!
    if (active === 0 && settings.config.alwaysEjectOneHost) return true
    const percent = (100 * (active + 1)) / this.#records.size
    return percent <= Math.min(100, settings.number('maxEjectionPercent'))
  }

  #enforce(record: HostRecord, type: EjectionType): void {
    const { stats, settings, random, timers } = this.#options
    stats[STAT.ejections_active]!++
    stats[STAT.ejections_enforced_total]!++
    stats[STAT[`ejections_enforced_${type}`]]!++
    record.isEjected = true
    record.ejections++
    record.ejectedAtMs = timers.now()
    record.jitterMs = random.below(settings.number('maxEjectionTimeJitterMs') + 1)
    const baseMs = settings.number('baseEjectionTimeMs')
    const maxMs = settings.number('maxEjectionTimeMs')
    if (record.multiplier * baseMs < maxMs + baseMs) record.multiplier++
    this.#setFlags(record, HealthFlag.FailedOutlierCheck, 0)
    this.#options.hosts.onHealthFailed(record.slot)
  }

  #unejectIfDue(record: HostRecord, nowMs: number): void {
    const { settings } = this.#options
    if (!record.isEjected) return
    const baseMs = settings.number('baseEjectionTimeMs')
    const maxMs = settings.number('maxEjectionTimeMs')
    const lastsMs = Math.min(baseMs * record.multiplier, maxMs) + record.jitterMs
    if (nowMs - record.ejectedAtMs! >= lastsMs) this.#uneject(record)
  }

  /** Streaks start anew, or a host would be ejected again for the failures that it was ejected for. */
  #uneject(record: HostRecord): void {
    const { stats, table, timers, eventLog } = this.#options
    record.isEjected = false
    record.unejectedAtMs = timers.now()
    stats[STAT.ejections_active]!--
    for (const [streak] of STREAK_TYPES) table.endStreak(record.slot, streak)
    table.takeReportedStreaks(record.slot)
    this.#setFlags(record, 0, HealthFlag.FailedOutlierCheck)
    eventLog?.logUneject(this.#subject(record, record.ejectedAtMs))
  }

  #setFlags({ slot }: HostRecord, set: number, clear: number): void {
    const { table, clusterSlot, hosts } = this.#options
    table.updateHealthFlags(clusterSlot, slot, set, clear)
    hosts.onHealthChanged()
  }

  #subject({ address, ejections }: HostRecord, sinceMs: number | null): EjectionSubject {
    const { cluster, timers } = this.#options
    return {
      cluster,
      address,
      ejections,
      sinceLastActionMs: sinceMs === null ? null : timers.now() - sinceMs,
    }
  }
}

function newRecord(slot: number, address: HostData['address']): HostRecord {
  return {
    slot,
    address: addressText(address),
    isEjected: false,
    ejections: 0,
    ejectedAtMs: null,
    unejectedAtMs: null,
    jitterMs: 0,
    multiplier: 0,
    seen: new Map(),
  }
}

function busy(volumes: readonly HostVolume[], least: number): HostVolume[] {
  return volumes.filter(({ total }) => total >= least)
}
