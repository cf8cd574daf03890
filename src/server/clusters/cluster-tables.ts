import type { Timer, TimerOwner, TimerWheel } from '../../network/timers.ts'
import type { HostData, Locality, TableData } from '../../upstream/host.ts'
import { isHealthy } from '../../upstream/host-table.ts'
import type {
  BuiltTable,
  TableBuilder,
  WeightedHost,
} from '../../upstream/load-balancing-policy.ts'
import {
  type FlaggedHost,
  localityWeights,
  type NormalizedHost,
  normalizedWeights,
} from '../../upstream/normalized-weights.ts'
import { healthOf } from '../../upstream/priority.ts'
import { type PriorityLoadSettings, priorityLoad } from '../../upstream/priority-load.ts'

/** Building takes at most this part of main's time when health keeps changing. */
const BUSY_PART = 0.1

export interface ClusterTablesOptions {
  readonly builder: TableBuilder
  readonly isLocalityWeighted: boolean
  readonly settings: PriorityLoadSettings
  /** Where this proxy stands. */
  readonly locality: Locality
  readonly timers: TimerWheel
  /** The cluster's hosts, in their order. */
  hosts(): readonly HostData[]
  healthFlags(slot: number): number
  /** Health changed, and with it these tables. */
  publish(tables: PublishedTables): void
  /** A table could not be built: that of before stays. */
  onFault(error: unknown): void
}

/** The tables of a cluster's priorities. */
export interface PublishedTables {
  readonly tables: readonly TableData[]
  readonly buffers: readonly SharedArrayBuffer[]
}

/** One priority's table, and what it was built of. */
interface PriorityTable {
  readonly hosts: readonly NormalizedHost[]
  readonly entries: readonly WeightedHost[]
  /** Null: there are no hosts. */
  readonly built: BuiltTable | null
}

const EMPTY: PriorityTable = { hosts: [], entries: [], built: null }
const NO_BUFFER = new SharedArrayBuffer(0)

/**
 * Main's tables of a cluster whose policy chooses from tables: built anew when hosts, weights or health have changed what
 * goes into them. A change of hosts is built at once, since no table may name a host that is gone. Changes of health wait for
 * the end of the turn, and longer after one for which building took long.
 */
export class ClusterTables implements TimerOwner {
  readonly #options: ClusterTablesOptions
  readonly #timer: Timer
  #tables: readonly PriorityTable[] = []
  #isScheduled = false
  #readyAtMs = 0
  #isClosed = false

  constructor(options: ClusterTablesOptions) {
    this.#options = options
    this.#timer = options.timers.createTimer(this)
  }

  /** As they were built last. */
  get current(): PublishedTables {
    const { sharesWeights } = this.#options.builder
    return {
      tables: this.#tables.map(({ hosts }) => ({
        hosts: hosts.map(({ host }) => host.slot),
        weights: sharesWeights ? hosts.map(({ weight }) => weight) : [],
      })),
      buffers: this.#tables.map(({ built }) => built?.buffer ?? NO_BUFFER),
    }
  }

  /** For the hosts as they are now. False: the tables are what they were. */
  rebuild(): boolean {
    const { builder } = this.#options
    const before = this.#tables
    this.#tables = this.#chosen().map((hosts, priority) => this.#tableOf(hosts, before[priority]))
    const last = this.#tables.findLast(({ built }) => built !== null)
    if (last?.built != null) builder.report(last.built)
    return (
      before.length !== this.#tables.length ||
      before.some((table, priority) => table !== this.#tables[priority])
    )
  }

  /** Somebody set or cleared health flags. */
  onHealthChanged(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const waitMs = this.#readyAtMs - this.#options.timers.now()
    if (waitMs <= 0) queueMicrotask(() => this.#onTurnEnd())
    else this.#timer.enable(waitMs)
  }

  onTimer(): void {
    this.#isScheduled = false
    if (this.#isClosed) return
    const { timers, publish } = this.#options
    const startMs = timers.now()
    const isChanged = this.rebuild()
    const nowMs = timers.now()
    this.#readyAtMs = nowMs + (nowMs - startMs) / BUSY_PART
    if (isChanged) publish(this.current)
  }

  close(): void {
    this.#isClosed = true
    this.#timer.disable()
    this.#options.builder.close()
  }

  #onTurnEnd(): void {
    try {
      this.onTimer()
    } catch (error) {
      this.#options.onFault(error)
    }
  }

  #tableOf(hosts: readonly NormalizedHost[], before = EMPTY): PriorityTable {
    const { builder } = this.#options
    const entries = hosts.map(({ host, weight }) => ({ key: builder.keyOf(host), weight }))
    const isSame = (table: PriorityTable) =>
      table.hosts.length === hosts.length &&
      hosts.every(({ host }, at) => {
        const { key, weight } = table.entries[at]!
        const same = key === entries[at]!.key && weight === entries[at]!.weight
        return same && host.slot === table.hosts[at]!.host.slot
      })
    if (isSame(before)) return before
    return { hosts, entries, built: entries.length === 0 ? null : builder.build(entries) }
  }

  /** By priority, the hosts that are fit, or all of them where a priority panics. */
  #chosen(): NormalizedHost[][] {
    const { isLocalityWeighted, settings, locality, healthFlags } = this.#options
    const priorities: FlaggedHost[][] = [[]]
    // A priority that lost its hosts stays, as on the other threads.
    while (priorities.length < this.#tables.length) priorities.push([])
    for (const data of this.#options.hosts()) {
      while (priorities.length <= data.priority) priorities.push([])
      priorities[data.priority]!.push({ data, flags: healthFlags(data.slot) })
    }
    const health = priorities.map((hosts) => healthOf(hosts.map(({ flags }) => flags)))
    const { panic } = priorityLoad(health, settings)
    return priorities.map((hosts, priority) => {
      const isChosen = ({ flags }: FlaggedHost) => panic[priority] === true || isHealthy(flags)
      return isLocalityWeighted
        ? localityWeights(hosts, isChosen, locality)
        : normalizedWeights(hosts.filter(isChosen))
    })
  }
}
