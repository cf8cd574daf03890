import type { InferOutput } from 'valibot'
import { circuitBreakers } from './circuit-breakers.ts'
import { loadAssignment } from './endpoint.ts'
import { type ExtensionConfig, extension, namedExtension } from './extension.ts'
import { healthChecks } from './health-check.ts'
import { loadBalancer } from './load-balancing.ts'
import { message } from './message.ts'
import { metadata } from './metadata.ts'
import { outlierDetection } from './outlier-detection.ts'
import { percent } from './percent.ts'
import { convert, INVALID, isRecord, type Schema, schema } from './schema.ts'
import { bindConfig, tcpKeepalive } from './socket.ts'
import { transportSocket } from './transport-socket.ts'
import { bool, durationMs, enumOf, ignored, number, orElse, orNull, text } from './values.ts'

/** `cluster.v3.Cluster`. */
export interface ClusterConfig extends RawCluster {
  /** The typed policy, or the one that `lb_policy` names. */
  readonly loadBalancingPolicy: ExtensionConfig
}

type RawCluster = InferOutput<ReturnType<typeof rawCluster>>

export type RefreshRate = InferOutput<ReturnType<typeof refreshRate>>
export type UpstreamConnectionOptions = InferOutput<ReturnType<typeof upstreamConnectionOptions>>

export function cluster(): Schema<ClusterConfig> {
  return convert(rawCluster(), (raw, problems, input) => {
    const loadBalancingPolicy = problems.same(loadBalancer(), input)
    return loadBalancingPolicy === INVALID ? INVALID : { ...raw, loadBalancingPolicy }
  })
}

const PACKAGE = 'envoy.config.cluster.v3'

function rawCluster() {
  return message(`${PACKAGE}.Cluster`, {
    name: text(),
    /** Takes the name's place in stats and logs; empty: the name. */
    altStatName: text(),
    type: enumOf(['STATIC', 'STRICT_DNS']),
    /** Takes the place of `type`; null: that says it. */
    clusterType: orNull(extension('envoy.clusters', `${PACKAGE}.Cluster.CustomClusterType`)),
    /** To a usable connection, the transport socket's handshake included. */
    connectTimeoutMs: durationMs(5000),
    /** High watermark; the low one is half of it. */
    perConnectionBufferLimitBytes: number(1024 * 1024),
    /** Read by `loadBalancer()`, with the typed policy and the configs below. */
    lbPolicy: ignored(),
    loadBalancingPolicy: ignored(),
    leastRequestLbConfig: ignored(),
    roundRobinLbConfig: ignored(),
    ringHashLbConfig: ignored(),
    maglevLbConfig: ignored(),
    loadAssignment: orElse(loadAssignment(), {}),
    circuitBreakers: orElse(circuitBreakers(), {}),
    /** A host must pass them all. */
    healthChecks: healthChecks(),
    /** Null: off. */
    outlierDetection: orNull(outlierDetection()),
    commonLbConfig: orElse(commonLbConfig(), {}),
    dnsRefreshRateMs: durationMs(5000),
    /** At most this much is added to a refresh, by chance. */
    dnsJitterMs: durationMs(0),
    /** Null: failures wait for `dnsRefreshRateMs` too. */
    dnsFailureRefreshRate: orNull(refreshRate()),
    respectDnsTtl: bool(),
    dnsLookupFamily: enumOf(['AUTO', 'V4_ONLY', 'V6_ONLY', 'V4_PREFERRED', 'ALL']),
    /** Null: the bootstrap's, or else the system's servers. */
    typedDnsResolverConfig: orNull(extension('envoy.network.dns_resolver')),
    waitForWarmOnInit: bool(true),
    /** Null: the bootstrap's. It replaces that one, nothing is merged. */
    upstreamBindConfig: orNull(bindConfig()),
    upstreamConnectionOptions: orElse(upstreamConnectionOptions(), {}),
    transportSocket: transportSocket('upstream'),
    metadata: orNull(metadata()),
    trackClusterStats: orElse(trackClusterStats(), {}),
    closeConnectionsOnHostHealthFailure: bool(),
    /** A host that discovery drops goes at once, though its health checks pass. */
    ignoreHealthOnHostRemoval: bool(),
    connectionPoolPerDownstreamConnection: bool(),
    /** Options by protocol, under the key that names the extension. */
    typedExtensionProtocolOptions: protocolOptions(),
    /** For ORIGINAL_DST alone. */
    cleanupInterval: ignored(),
    /** Which HTTP version to speak: nothing here speaks it yet. */
    protocolSelection: ignored(),
  })
}

/** Zone-aware balancing is not here yet. */
function commonLbConfig() {
  return message(`${PACKAGE}.Cluster.CommonLbConfig`, {
    /** Percent of hosts that must be healthy; 0 is off. Envoy cuts it to a whole number. */
    healthyPanicThreshold: orElse(percent(), { value: 50 }),
    /** 0: each change applies at once. */
    updateMergeWindowMs: durationMs(1000),
    closeConnectionsOnHostSetChange: bool(),
    /** Hosts that were never checked do not count for priorities and panic. */
    ignoreNewHostsUntilFirstHc: bool(),
    /** Read by `loadBalancer()`. */
    localityWeightedLbConfig: ignored(),
    consistentHashingLbConfig: ignored(),
  })
}

export function refreshRate() {
  const inner = message(`${PACKAGE}.Cluster.RefreshRate`, {
    baseIntervalMs: durationMs(),
    maxIntervalMs: orNull(durationMs()),
  })
  return convert(inner, ({ baseIntervalMs, maxIntervalMs }) => ({
    baseIntervalMs,
    maxIntervalMs: maxIntervalMs ?? baseIntervalMs * 10,
  }))
}

export function upstreamConnectionOptions() {
  const families = ['DEFAULT', 'V4', 'V6'] as const
  const happyEyeballs = message(`${PACKAGE}.UpstreamConnectionOptions.HappyEyeballsConfig`, {
    firstAddressFamilyVersion: enumOf(families),
    firstAddressFamilyCount: number(1),
  })
  return message(`${PACKAGE}.UpstreamConnectionOptions`, {
    tcpKeepalive: orNull(tcpKeepalive()),
    happyEyeballsConfig: orElse(happyEyeballs, {}),
  })
}

function trackClusterStats() {
  return message(`${PACKAGE}.TrackClusterStats`, { perEndpointStats: bool() })
}

/** Options that a filter or a protocol keeps on the cluster; what nothing here knows is not implemented. */
function protocolOptions(): Schema<Readonly<Record<string, unknown>>> {
  return schema('protocol options', (input, problems) => {
    if (input === undefined) return {}
    if (!isRecord(input)) return problems.expected('an object', input)
    const output: Record<string, unknown> = {}
    let valid = true
    for (const [name, any] of Object.entries(input)) {
      const option = schema('Any', (value, inner) =>
        namedExtension('envoy.upstream_options', name, value, inner),
      )
      const made = problems.child(option, any, name)
      if (made === INVALID) valid = false
      else output[name] = made.config
    }
    return valid ? output : INVALID
  })
}
