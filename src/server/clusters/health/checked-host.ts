import type { Address } from '../../../network/address.ts'
import type { ProbeTarget } from '../../../upstream/health-checker.ts'
import type { Host } from '../../../upstream/host.ts'
import { HealthFlag, type HostTable } from '../../../upstream/host-table.ts'
import type { HealthSession, HealthSessionOwner } from './health-session.ts'

export interface CheckedHostOwner {
  /** Every check has had its say, and one of them just now. */
  onHostChecked(host: CheckedHost, change: HostHealthChange): void
}

/** What a result did to the host. */
export interface HostHealthChange {
  /** Its flags changed. */
  readonly isChanged: boolean
  /** All checks say so. */
  readonly isHealthy: boolean
}

/** A host under health checks. It is healthy when all of them say so; its flags in the shared table tell every thread. */
export class CheckedHost implements HealthSessionOwner {
  readonly host: Host
  readonly address: Address
  readonly hostname: string
  readonly #owner: CheckedHostOwner
  readonly #table: HostTable
  readonly #cluster: number
  #sessions: readonly HealthSession[] = []
  /** Every check has had its say at least once. */
  isDone = false

  constructor(
    owner: CheckedHostOwner,
    target: ProbeTarget,
    table: HostTable,
    /** Its slot. */
    cluster: number,
  ) {
    this.#owner = owner
    this.host = target.host
    this.address = target.address
    this.hostname = target.hostname
    this.#table = table
    this.#cluster = cluster
  }

  get isFailed(): boolean {
    return this.#sessions.some((session) => session.isFailed)
  }

  start(sessions: readonly HealthSession[]): void {
    this.#sessions = sessions
    for (const session of sessions) session.start()
  }

  stop(): void {
    for (const session of this.#sessions) session.stop()
  }

  setFlags(set: number, clear: number): void {
    this.#table.updateHealthFlags(this.#cluster, this.host.slot, set, clear)
  }

  /** One of the sessions has a result. */
  onChecked(): void {
    const before = this.host.healthFlags() & SUMMED
    const isFailed = this.isFailed
    const isPending = this.#sessions.some((session) => session.isPending)
    const after =
      (isFailed ? HealthFlag.FailedActiveHc : 0) | (isPending ? HealthFlag.PendingActiveHc : 0)
    this.setFlags(after, SUMMED & ~after)
    if (isPending) return
    this.isDone = true
    this.#owner.onHostChecked(this, { isChanged: before !== after, isHealthy: !isFailed })
  }
}

/** What the checks say together; the other flags are each one's own. */
const SUMMED = HealthFlag.FailedActiveHc | HealthFlag.PendingActiveHc
