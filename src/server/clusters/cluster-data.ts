import type { CircuitBreakerThresholds } from '../../config/schema/circuit-breakers.ts'
import type { ClusterConfig } from '../../config/schema/cluster.ts'
import type { BindConfig } from '../../config/schema/socket.ts'
import type { BreakerLimits, ClusterData, UpstreamSource } from '../../upstream/cluster-data.ts'

const RAW_BUFFER = 'envoy.transport_sockets.raw_buffer'
const CLUSTER_PROVIDED = 'envoy.load_balancing_policies.cluster_provided'
const FAMILIES = { DEFAULT: null, V4: 4, V6: 6 } as const

/** The shape that threads run on, from the config. `defaultBind` is the bootstrap's, for clusters that have none. */
export function createClusterData(
  config: ClusterConfig,
  slot: number,
  defaultBind: BindConfig | null,
  /** Its type knows who owns which hash slots. */
  canShard: boolean,
): Omit<ClusterData, 'localZone'> {
  const { circuitBreakers, transportSocket, upstreamConnectionOptions } = config
  const { tcpKeepalive, happyEyeballsConfig } = upstreamConnectionOptions
  return {
    name: config.name,
    observabilityName: config.altStatName === '' ? config.name : config.altStatName,
    slot,
    metadata: config.metadata,
    connectTimeoutMs: config.connectTimeoutMs,
    perConnectionBufferLimitBytes: config.perConnectionBufferLimitBytes,
    loadBalancingPolicy: config.loadBalancingPolicy,
    isSharded: canShard && config.loadBalancingPolicy.factory === CLUSTER_PROVIDED,
    healthyPanicThreshold: Math.trunc(config.commonLbConfig.healthyPanicThreshold),
    overprovisioningFactor: config.loadAssignment.policy.overprovisioningFactor,
    circuitBreakers: [limitsOf(circuitBreakers.default), limitsOf(circuitBreakers.high)],
    outlierDetection: config.outlierDetection,
    closeConnectionsOnHostHealthFailure: config.closeConnectionsOnHostHealthFailure,
    maxConnectionsPerHost: circuitBreakers.perHostMaxConnections,
    sources: sourcesOf(config.upstreamBindConfig ?? defaultBind),
    keepalive: tcpKeepalive,
    transportSocket: transportSocket.factory === RAW_BUFFER ? null : transportSocket,
    happyEyeballs: {
      firstFamily: FAMILIES[happyEyeballsConfig.firstAddressFamilyVersion],
      firstFamilyCount: happyEyeballsConfig.firstAddressFamilyCount,
    },
    protocolOptions: config.typedExtensionProtocolOptions,
  }
}

function limitsOf(thresholds: CircuitBreakerThresholds): BreakerLimits {
  return {
    maxConnections: thresholds.maxConnections,
    maxPendingRequests: thresholds.maxPendingRequests,
    maxRequests: thresholds.maxRequests,
    maxRetries: thresholds.maxRetries,
    maxConnectionPools: thresholds.maxConnectionPools,
    trackRemaining: thresholds.trackRemaining,
  }
}

function sourcesOf(bind: BindConfig | null): readonly UpstreamSource[] {
  if (bind === null) return []
  const socketOptions =
    bind.freebind === true ? [...bind.socketOptions, FREEBIND] : bind.socketOptions
  const extra = bind.extraSourceAddresses.map((source) => ({
    address: source.address,
    socketOptions: source.socketOptions ?? socketOptions,
  }))
  return [{ address: bind.sourceAddress, socketOptions }, ...extra]
}

/** IP_FREEBIND at level IPPROTO_IP, on Linux: bind to an address that this machine does not have. */
const FREEBIND = { level: 0, name: 15, value: 1, state: 'STATE_PREBIND' } as const
