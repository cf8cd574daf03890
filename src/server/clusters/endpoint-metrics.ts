import { addressText } from '../../network/address.ts'
import type { StatKind } from '../../stats/group.ts'
import type { Metric } from '../../stats/metric.ts'
import { clusterScope } from '../../upstream/cluster-stats-table.ts'
import type { HostData } from '../../upstream/host.ts'
import { type HostTable, isHealthy } from '../../upstream/host-table.ts'
import type { ClusterEntry } from './cluster.ts'
import { HOST_STAT_NAMES } from './host-stat-names.ts'

/** The stats of each host of the clusters with `track_cluster_stats.per_endpoint_stats`. */
export function* endpointMetrics(
  entries: readonly ClusterEntry[],
  table: HostTable,
): Iterable<Metric> {
  for (const { cluster } of entries) {
    if (!cluster.config.trackClusterStats.perEndpointStats) continue
    for (const host of cluster.hosts.all()) {
      const { observabilityName } = cluster.data
      for (const [name, kind, stat] of HOST_STAT_NAMES) {
        yield endpointMetric(observabilityName, host, name, kind, table.hostStat(host.slot, stat))
      }
      const healthy = isHealthy(table.healthFlags(host.slot)) ? 1 : 0
      yield endpointMetric(observabilityName, host, 'healthy', 'gauge', healthy)
    }
  }
}

function endpointMetric(
  cluster: string,
  host: HostData,
  stat: string,
  kind: StatKind,
  value: number,
): Metric {
  const address = addressText(host.address)
  const { prefix, tags } = clusterScope(cluster)
  return {
    kind,
    name: `${prefix}endpoint.${address.replaceAll(':', '_')}.${stat}`,
    tagExtractedName: `cluster.endpoint.${stat}`,
    tags: [...tags, { name: 'envoy.endpoint_address', value: address }],
    value,
    used: value !== 0,
  }
}
