import type { Certificate } from '../codec/x509/certificate.ts'
import type { ClientConnectionOptions } from '../network/client-connection.ts'
import type { ClientConnection } from '../network/filter.ts'
import type { TimerWheel } from '../network/timers.ts'
import type { TransportSocketFactory } from '../network/transport-socket.ts'
import type { Random } from '../random.ts'
import type { Factory, Registry } from '../registry.ts'
import type { StatsStore } from '../stats/store.ts'
import type { StatTag } from '../stats/tag.ts'
import type { HostTable } from './host-table.ts'

/** What clusters need of their thread. */
export interface UpstreamContext {
  readonly registry: Registry
  readonly stats: StatsStore
  readonly hostTable: HostTable
  readonly timers: TimerWheel
  readonly random: Random
  readonly runtime: RuntimeIntegers
  /** `createClientConnection` of `network/`, on this thread's context. */
  dial(options: ClientConnectionOptions): DialledUpstream
}

/** The runtime's keys, as far as `upstream/` reads them; `fallback` where no layer has the key. */
export interface RuntimeIntegers {
  integer(key: string, fallback: number): number
}

/** A dialled connection that tells a failed bind from a failed connect. */
export interface DialledUpstream extends ClientConnection {
  readonly bindFailed: boolean
}

/** Where a transport socket's factory counts. */
export interface TransportSocketScope {
  readonly stats: StatsStore
  /** `cluster.up.` or `listener.127.0.0.1_80.` */
  readonly scope: string
  readonly tags?: readonly StatTag[] | undefined
}

/** A certificate of the config, for those who watch its dates. */
export interface CertificateFile {
  /** `<inline>` where it is no file. */
  readonly path: string
  readonly certificate: Certificate
}

export interface TlsCertificates {
  readonly trusted: readonly CertificateFile[]
  readonly shown: readonly CertificateFile[]
}

/** How the bytes to a cluster's hosts are wrapped. */
export interface UpstreamTransportSocketConfigFactory extends Factory {
  readonly category: 'envoy.transport_sockets.upstream'
  /** Runs per thread and cluster, on checked config. Null: raw bytes. */
  createUpstreamTransportSocketFactory(
    config: unknown,
    scope: TransportSocketScope,
  ): TransportSocketFactory | null
  certificates?(config: unknown): TlsCertificates
}
