import type { HostData } from '../../upstream/host.ts'
import { HealthFlag, type HostTable, isDegraded, isHealthy } from '../../upstream/host-table.ts'
import type { ClusterEntry } from '../clusters/cluster.ts'
import type { ClustersView } from './clusters.ts'
import { addressJson } from './listeners.ts'
import type { JsonObject } from './server-view.ts'

/** A `ClusterLoadAssignment` of each cluster, by name, made from the hosts that it has now. */
export function endpointConfigs({ entries, table }: ClustersView): readonly JsonObject[] {
  const sorted = entries.toSorted((a, b) => (a.cluster.data.name < b.cluster.data.name ? -1 : 1))
  return sorted.map((entry) => loadAssignment(entry, table))
}

function loadAssignment({ cluster }: ClusterEntry, table: HostTable): JsonObject {
  const { name, overprovisioningFactor } = cluster.data
  const groups = Object.values(
    Object.groupBy(cluster.hosts.all(), ({ priority, locality }) =>
      JSON.stringify([priority, locality.region, locality.zone, locality.subZone]),
    ),
  ) as HostData[][]
  return {
    cluster_name: name,
    endpoints: groups
      .toSorted((a, b) => a[0]!.priority - b[0]!.priority)
      .map((hosts) => localityEndpoints(hosts, table)),
    policy: { overprovisioning_factor: overprovisioningFactor },
  }
}

function localityEndpoints(hosts: readonly HostData[], table: HostTable): JsonObject {
  const { locality, localityWeight, priority } = hosts[0]!
  return {
    locality: { region: locality.region, zone: locality.zone, sub_zone: locality.subZone },
    lb_endpoints: hosts.map((host) => lbEndpoint(host, table)),
    load_balancing_weight: localityWeight,
    priority,
  }
}

function lbEndpoint(host: HostData, table: HostTable): JsonObject {
  return {
    endpoint: {
      address: addressJson(host.address),
      health_check_config: {},
      hostname: host.hostname,
      additional_addresses: host.additionalAddresses.map((address) => ({
        address: addressJson(address),
      })),
    },
    health_status: healthStatus(table.healthFlags(host.slot)),
    ...(host.metadata !== null && { metadata: { filter_metadata: host.metadata } }),
    load_balancing_weight: host.weight,
  }
}

function healthStatus(flags: number): string {
  if ((flags & HealthFlag.EdsStatusDraining) !== 0) return 'DRAINING'
  if (isDegraded(flags)) return 'DEGRADED'
  return isHealthy(flags) ? 'HEALTHY' : 'UNHEALTHY'
}
