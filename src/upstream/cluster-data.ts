import type { ExtensionConfig } from '../config/schema/extension.ts'
import type { OutlierDetection } from '../config/schema/outlier-detection.ts'
import type { SocketOption, TcpKeepalive } from '../config/schema/socket.ts'
import type { IpAddress } from '../network/address.ts'
import type { Metadata } from '../network/stream-info.ts'

/** A cluster as main describes it to every thread: the value of a `cluster` resource; JSON-safe. */
export interface ClusterData {
  readonly name: string
  /** `alt_stat_name`, or the name. */
  readonly observabilityName: string
  /** Its place in the shared host table. */
  readonly slot: number
  readonly metadata: Metadata | null
  /** Where we stand, as the node's locality says; empty: not known. */
  readonly localZone: string
  readonly connectTimeoutMs: number
  readonly perConnectionBufferLimitBytes: number
  readonly loadBalancingPolicy: ExtensionConfig
  /** Hosts are chosen by hash slot, from a table that comes with them. */
  readonly isSharded: boolean
  /** Percent, a whole number; 0 = never panic. */
  readonly healthyPanicThreshold: number
  /** Percent. */
  readonly overprovisioningFactor: number
  /** For the priorities DEFAULT and HIGH. */
  readonly circuitBreakers: readonly [BreakerLimits, BreakerLimits]
  /** Null: off. */
  readonly outlierDetection: OutlierDetection | null
  /** TCP connections end with the health of their host. */
  readonly closeConnectionsOnHostHealthFailure: boolean
  /** Connections to each host over all threads; null: no limit. */
  readonly maxConnectionsPerHost: number | null
  /** Where connections come from: by the order of the config; empty leaves it to the system. */
  readonly sources: readonly UpstreamSource[]
  readonly keepalive: TcpKeepalive | null
  /** Null: raw bytes. */
  readonly transportSocket: ExtensionConfig | null
  readonly happyEyeballs: HappyEyeballsSettings
  /** By the name of the extension that reads them. */
  readonly protocolOptions: Readonly<Record<string, unknown>>
}

export interface BreakerLimits {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
  /** Null: no limit. */
  readonly maxConnectionPools: number | null
  readonly trackRemaining: boolean
}

export interface UpstreamSource {
  /** Null: the system's choice. */
  readonly address: IpAddress | null
  readonly socketOptions: readonly SocketOption[]
}

export interface HappyEyeballsSettings {
  /** Null: the family of the first address. */
  readonly firstFamily: 4 | 6 | null
  /** Addresses of that family at the start of the order; from 1. */
  readonly firstFamilyCount: number
}
