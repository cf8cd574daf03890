import { type Address, addressText } from '../network/address.ts'
import type { ClusterDescription, Metadata } from '../network/stream-info.ts'
import type { Host, HostData, OutlierResult } from './host.ts'
import { HostStat, type HostTable } from './host-table.ts'
import type { OutlierMonitor } from './outlier-monitor.ts'

/** A host on this thread: what main said of it, and its numbers in the shared table. */
export class UpstreamHost implements Host {
  data: HostData
  readonly slot: number
  readonly cluster: ClusterDescription
  readonly address: Address
  readonly addressText: string
  readonly stats: Float64Array
  readonly #table: HostTable
  readonly #monitor: OutlierMonitor | null

  constructor(
    data: HostData,
    cluster: ClusterDescription,
    table: HostTable,
    monitor: OutlierMonitor | null,
  ) {
    this.data = data
    this.slot = data.slot
    this.cluster = cluster
    this.address = data.address
    this.addressText = addressText(data.address)
    this.stats = table.hostStats(data.slot)
    this.#table = table
    this.#monitor = monitor
  }

  get hostname(): string {
    return this.data.hostname
  }

  get metadata(): Metadata | null {
    return this.data.metadata
  }

  get weight(): number {
    return this.data.weight
  }

  get priority(): number {
    return this.data.priority
  }

  healthFlags(): number {
    return this.#table.healthFlags(this.slot)
  }

  activeRequests(): number {
    return this.#table.activeRequests(this.slot)
  }

  addActiveRequests(n: number): void {
    this.stats[HostStat.RqActive]! += n
    this.#table.addActiveRequests(this.slot, n)
  }

  activeConnections(): number {
    return this.#table.activeConnections(this.slot)
  }

  addActiveConnections(n: number): void {
    this.stats[HostStat.CxActive]! += n
    this.#table.addActiveConnections(this.slot, n)
  }

  putResult(result: OutlierResult, status = 0): void {
    this.#monitor?.putResult(this, result, status)
  }

  putHttpStatus(status: number): void {
    this.#monitor?.putStatus(this, status)
  }
}
