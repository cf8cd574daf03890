import { isIP } from 'node:net'
import { clustersOf, field, has, type Item, items, textOf, type Value } from './canonical.ts'
import type { Tell } from './remark.ts'

/** Clusters against each other, and their endpoints against their type. */
export function checkClusters(config: Value, tell: Tell): void {
  const names = new Set<string>()
  for (const cluster of clustersOf(config)) {
    const name = textOf(cluster, 'name')
    if (names.has(name) && name !== '') {
      const message = `cluster manager: duplicate cluster '${name}'`
      const path = [...cluster.path, 'name']
      tell({ code: 'duplicate-name', path, message, severity: 'error', at: 'value' })
    }
    names.add(name)
    checkEndpoints(cluster, tell)
  }
}

function checkEndpoints(cluster: Item, tell: Tell): void {
  const name = textOf(cluster, 'name')
  const type = textOf(cluster, 'type') || 'STATIC'
  if (has(cluster, 'cluster_type')) return
  const localities = items(field(cluster, 'load_assignment'), 'endpoints')
  const endpoints = localities.flatMap((locality) => items(locality, 'lb_endpoints'))
  if (endpoints.length === 0 && name !== '' && (type === 'STATIC' || type === 'STRICT_DNS')) {
    const message = `cluster "${name}" has no endpoints: nothing sent to it can be served`
    tell({ code: 'no-endpoints', path: cluster.path, message, severity: 'warning', at: 'value' })
  }
  if (type !== 'STATIC') return
  for (const endpoint of endpoints) checkStaticAddress(endpoint, cluster, tell)
}

function checkStaticAddress(lbEndpoint: Item, cluster: Item, tell: Tell): void {
  const address = field(field(field(lbEndpoint, 'endpoint'), 'address'), 'socket_address')
  const host = textOf(address, 'address')
  if (host === '' || isIP(host) !== 0) return
  const message = `malformed IP address: ${host}. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'`
  tell({
    code: 'bad-address',
    path: [...address.path, 'address'],
    message,
    severity: 'error',
    at: 'value',
    suggestion: 'type: STRICT_DNS',
    restsOn: [[...cluster.path, 'type']],
  })
}
