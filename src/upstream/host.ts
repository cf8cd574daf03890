import type { Address } from '../network/address.ts'
import type { HostDescription, Metadata } from '../network/stream-info.ts'
import type { SlotTable } from './slot-table.ts'

/** Where a host stands. Names as in `core.v3.Locality`. */
export interface Locality {
  readonly region: string
  readonly zone: string
  readonly subZone: string
}

/** A host as main describes it to the workers; JSON-safe. */
export interface HostData {
  /** Its place in the shared host table. */
  readonly slot: number
  readonly address: Address
  /** More addresses of the same endpoint, tried in order (happy eyeballs). */
  readonly additionalAddresses: readonly Address[]
  readonly hostname: string
  readonly priority: number
  /** From 1. */
  readonly weight: number
  readonly locality: Locality
  readonly localityWeight: number
  readonly metadata: Metadata | null
  /** Health as configured or discovered. */
  readonly edsHealth: 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT' | 'DEGRADED'
}

/** What a `hosts` resource carries: always a delta. */
export interface HostsDelta {
  readonly cluster: string
  readonly added: readonly HostData[]
  readonly changed: readonly HostData[]
  readonly removed: readonly number[]
  /** Slots of hosts whose health has just failed, where that ends their connections. */
  readonly failed?: readonly number[]
  /** By priority, with policies that choose from tables, when those changed: the resource's buffers are theirs, in this order. */
  readonly tables?: readonly TableData[]
  /** Who owns which hash slots from now on, in a cluster that is sharded by them. */
  readonly slotTable?: SlotTable
}

/** What stands beside a table's buffer; JSON-safe. */
export interface TableData {
  /** Slots of hosts, by the indexes that stand in the table. */
  readonly hosts: readonly number[]
  /** See `HostTableView`. */
  readonly weights: readonly number[]
}

/** What outlier detection is told of a try. As Envoy's `Outlier::Result`. */
export const OutlierResult = {
  /** The host answered well, or with its own kind of error. */
  RequestSuccess: 0,
  RequestFailed: 1,
  /** Connected, and what comes then will be told too. */
  ConnectSuccess: 2,
  /** Connected, and nothing more will be told. */
  ConnectSuccessFinal: 3,
  ConnectFailed: 4,
  Timeout: 5,
} as const
export type OutlierResult = (typeof OutlierResult)[keyof typeof OutlierResult]

/** One upstream host on one thread. */
export interface Host extends HostDescription {
  readonly data: HostData
  readonly slot: number
  readonly weight: number
  readonly priority: number
  /** This thread's numbers of the host, at the places of `HostStat`; only this thread writes them. */
  readonly stats: Float64Array
  /** Bits of `HealthFlag`, as of now. */
  healthFlags(): number
  /** Requests (for TCP: connections) under way in the whole process. */
  activeRequests(): number
  /** Counts requests that start (1) or end (-1). */
  addActiveRequests(n: number): void
  activeConnections(): number
  addActiveConnections(n: number): void
  /** How a try went, for outlier detection; nothing happens where that is off. `status` is the HTTP status for it, 0: Envoy's. */
  putResult(result: OutlierResult, status?: number): void
  /** The status of an HTTP answer, or what another protocol's answer is worth as one. */
  putHttpStatus(status: number): void
}

export function haveEqualWeights(hosts: readonly Host[]): boolean {
  return hosts.every((host) => host.weight === hosts[0]?.weight)
}
