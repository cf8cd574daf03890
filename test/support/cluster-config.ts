import type { ClusterConfig } from '../../src/config/schema/cluster.ts'
import type { EndpointConfig, LocalityLbEndpointsConfig } from '../../src/config/schema/endpoint.ts'
import { ipAddress } from '../../src/network/address.ts'

const THRESHOLDS = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
  retryBudget: null,
  trackRemaining: false,
  maxConnectionPools: null,
}

/** A cluster as the schema makes it of a name alone, with the fields that a test sets. */
export function clusterConfig(
  groups: readonly LocalityLbEndpointsConfig[],
  fields: Partial<ClusterConfig> = {},
): ClusterConfig {
  const raw = 'envoy.transport_sockets.raw_buffer'
  const roundRobin = 'envoy.load_balancing_policies.round_robin'
  return {
    name: 'up',
    altStatName: '',
    type: 'STATIC',
    clusterType: null,
    connectTimeoutMs: 5000,
    perConnectionBufferLimitBytes: 1024 * 1024,
    loadAssignment: {
      clusterName: 'up',
      endpoints: [...groups],
      policy: { overprovisioningFactor: 140 },
    },
    circuitBreakers: { default: THRESHOLDS, high: THRESHOLDS, perHostMaxConnections: null },
    healthChecks: [],
    outlierDetection: null,
    commonLbConfig: {
      healthyPanicThreshold: 50,
      updateMergeWindowMs: 1000,
      closeConnectionsOnHostSetChange: false,
      ignoreNewHostsUntilFirstHc: false,
    },
    dnsRefreshRateMs: 5000,
    dnsJitterMs: 0,
    dnsFailureRefreshRate: null,
    respectDnsTtl: false,
    dnsLookupFamily: 'V4_ONLY',
    typedDnsResolverConfig: null,
    waitForWarmOnInit: true,
    upstreamBindConfig: null,
    upstreamConnectionOptions: {
      tcpKeepalive: null,
      happyEyeballsConfig: { firstAddressFamilyVersion: 'DEFAULT', firstAddressFamilyCount: 1 },
    },
    transportSocket: { name: raw, factory: raw, config: {} },
    metadata: null,
    trackClusterStats: { perEndpointStats: false },
    closeConnectionsOnHostHealthFailure: false,
    ignoreHealthOnHostRemoval: false,
    connectionPoolPerDownstreamConnection: false,
    typedExtensionProtocolOptions: {},
    loadBalancingPolicy: { name: '', factory: roundRobin, config: {} },
    ...fields,
  }
}

/** Endpoints of one priority. */
export function group(
  lbEndpoints: readonly EndpointConfig[],
  priority = 0,
): LocalityLbEndpointsConfig {
  return {
    locality: { region: '', zone: '', subZone: '' },
    lbEndpoints: [...lbEndpoints],
    loadBalancingWeight: 0,
    priority,
    metadata: null,
  }
}

/** An endpoint at an IP address, or at a name for DNS to resolve. */
export function endpoint(
  host: string,
  port: number,
  fields: Partial<EndpointConfig> = {},
): EndpointConfig {
  const isIp = /^[\d.]+$/.test(host)
  return {
    address: isIp ? ipAddress(host, port) : { kind: 'hostname', hostname: host, port },
    hostname: '',
    additionalAddresses: [],
    healthCheckConfig: {
      portValue: 0,
      hostname: '',
      address: null,
      disableActiveHealthCheck: false,
    },
    healthStatus: 'UNKNOWN',
    metadata: null,
    loadBalancingWeight: 1,
    ...fields,
  }
}
