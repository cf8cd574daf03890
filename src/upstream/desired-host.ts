import type { ClusterConfig } from '../config/schema/cluster.ts'
import type { EndpointConfig, LocalityLbEndpointsConfig } from '../config/schema/endpoint.ts'
import type { Address } from '../network/address.ts'
import type { HostData } from './host.ts'

/** How and where a host is to be checked. */
export interface HostHealthCheck {
  readonly isDisabled: boolean
  /** Null: where its traffic goes. */
  readonly address: Address | null
  readonly hostname: string
}

/** A host that there should be. */
export interface DesiredHost extends Omit<HostData, 'slot'> {
  readonly healthCheck: HostHealthCheck
}

/** A host that there is, as main knows it. Threads are not told of its checks, which are main's. */
export interface MainHost extends HostData {
  readonly healthCheck: HostHealthCheck
}

/** An endpoint of the config with the locality that it stands in. */
export interface PlacedEndpoint {
  readonly endpoint: EndpointConfig
  readonly group: LocalityLbEndpointsConfig
}

export function placedEndpoints({ loadAssignment }: ClusterConfig): PlacedEndpoint[] {
  return loadAssignment.endpoints.flatMap((group) =>
    group.lbEndpoints.map((endpoint) => ({ endpoint, group })),
  )
}

/** The host that an endpoint becomes at an address. */
export function desiredHost(
  { endpoint, group }: PlacedEndpoint,
  address: Address,
  hostname: string,
): DesiredHost {
  return {
    address,
    additionalAddresses: endpoint.additionalAddresses,
    hostname,
    priority: group.priority,
    weight: endpoint.loadBalancingWeight,
    locality: group.locality,
    localityWeight: group.loadBalancingWeight,
    metadata: endpoint.metadata,
    edsHealth: endpoint.healthStatus,
    healthCheck: {
      isDisabled: endpoint.healthCheckConfig.disableActiveHealthCheck,
      address: checkedAddress(endpoint.healthCheckConfig, address),
      hostname: endpoint.healthCheckConfig.hostname,
    },
  }
}

/** Null: the host's own. A port of its own goes with the host's address as well as with another one. */
function checkedAddress(
  { address, portValue }: EndpointConfig['healthCheckConfig'],
  own: Address,
): Address | null {
  const base = address ?? own
  if (portValue === 0 || base.kind === 'pipe') return address
  return { ...base, port: portValue }
}
