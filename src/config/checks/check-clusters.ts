import { clustersOf, field, has, items, textOf, type Value } from './canonical.ts'
import type { Tell } from './remark.ts'

/** Clusters without endpoints: Envoy accepts them, and nothing sent to them is served. */
export function checkClusters(config: Value, tell: Tell): void {
  for (const cluster of clustersOf(config)) {
    const name = textOf(cluster, 'name')
    const type = textOf(cluster, 'type') || 'STATIC'
    const isListed = type === 'STATIC' || type === 'STRICT_DNS'
    if (!isListed || name === '' || has(cluster, 'cluster_type')) continue
    const localities = items(field(cluster, 'load_assignment'), 'endpoints')
    if (localities.some((locality) => items(locality, 'lb_endpoints').length > 0)) continue
    const message = `cluster "${name}" has no endpoints: nothing sent to it can be served`
    tell({ code: 'no-endpoints', path: cluster.path, message, severity: 'warning', at: 'value' })
  }
}
