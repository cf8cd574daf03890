import type { ClusterConfig } from '../config/schema/cluster.ts'
import type { ExtensionConfig } from '../config/schema/extension.ts'
import type { ListenerConfig } from '../config/schema/listener.ts'
import type { DownstreamTransportSocketConfigFactory } from '../extension/define.ts'
import { listenerStatName } from '../listener/listener-stats.ts'
import type { Registry } from '../registry.ts'
import type { StatsAggregator } from '../stats/aggregate.ts'
import type { StatTag } from '../stats/tag.ts'
import { clusterScope } from '../upstream/cluster-stats-table.ts'
import type {
  CertificateFile,
  TlsCertificates,
  UpstreamTransportSocketConfigFactory,
} from '../upstream/upstream-context.ts'

const MS_PER_DAY = 86_400_000
/** What Envoy says when there is no certificate. */
const NO_DAYS = 4_294_967_295
/** How Envoy calls certificates that are no secrets and so have no name. */
const UNNAMED = { trusted: 'unnamed_ca_cert_e3b0c442', shown: 'unnamed_cert_e3b0c442' } as const

interface Watched {
  readonly clusters: readonly ClusterConfig[]
  readonly listeners: readonly ListenerConfig[]
}

/** A transport socket of the config, and where its stats stand. */
interface TransportSocketPlace {
  readonly direction: 'upstream' | 'downstream'
  /** `cluster.up.` or `listener.127.0.0.1_80.` */
  readonly scope: string
  readonly tags?: readonly StatTag[]
}

/** The certificates of the config on main: what the admin page lists, and the gauges of their ends. */
export class Certificates {
  readonly #registry: Registry
  readonly #aggregator: StatsAggregator
  readonly #all: TlsCertificates[] = []

  constructor(registry: Registry, aggregator: StatsAggregator) {
    this.#registry = registry
    this.#aggregator = aggregator
  }

  get all(): readonly TlsCertificates[] {
    return this.#all
  }

  watchAll({ clusters, listeners }: Watched): void {
    for (const { altStatName, name, transportSocket } of clusters) {
      const { prefix, tags } = clusterScope(altStatName === '' ? name : altStatName)
      this.#watch(transportSocket, { direction: 'upstream', scope: prefix, tags })
    }
    for (const listener of listeners) {
      const scope = `listener.${listenerStatName(listener)}.`
      const chains = [...listener.filterChains]
      if (listener.defaultFilterChain !== null) chains.push(listener.defaultFilterChain)
      for (const { transportSocket } of chains) {
        this.#watch(transportSocket, { direction: 'downstream', scope })
      }
    }
  }

  /** Adds those of a transport socket, if it has any. */
  #watch(socket: ExtensionConfig, place: TransportSocketPlace): void {
    const factory = this.#registry.byName(
      `envoy.transport_sockets.${place.direction}`,
      socket.factory,
    ) as DownstreamTransportSocketConfigFactory | UpstreamTransportSocketConfigFactory | null
    const certificates = factory?.certificates?.(socket.config)
    if (certificates === undefined) return
    this.#all.push(certificates)
    for (const kind of ['trusted', 'shown'] as const) {
      for (const { certificate } of certificates[kind]) {
        this.#aggregator.setGauge(
          `${place.scope}ssl.certificate.${UNNAMED[kind]}.expiration_unix_time_seconds`,
          Math.floor(certificate.validToMs / 1000),
          place.tags,
        )
      }
    }
  }

  daysUntilFirstExpiring(nowMs: number): number {
    const files = this.#all.flatMap(({ trusted, shown }) => [...trusted, ...shown])
    return files.reduce((least, file) => Math.min(least, daysUntilExpiration(file, nowMs)), NO_DAYS)
  }
}

/** Whole days; 0 once it is over. */
export function daysUntilExpiration({ certificate }: CertificateFile, nowMs: number): number {
  return Math.max(0, Math.floor((certificate.validToMs - nowMs) / MS_PER_DAY))
}
