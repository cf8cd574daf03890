import { checkFormat } from '../format-string.ts'
import {
  clustersOf,
  field,
  filterChainsOf,
  has,
  type Item,
  items,
  listenersOf,
  textOf,
  type Value,
} from './canonical.ts'
import type { Tell } from './remark.ts'

const REDIS_PROXY = 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy'
const REDIS_CLUSTER = 'envoy.clusters.redis'

/** Redis configs that Envoy accepts, and that lose keys or do nothing. */
export function checkRedisRoutes(config: Value, tell: Tell): void {
  const clusters = new Map(clustersOf(config).map((cluster) => [textOf(cluster, 'name'), cluster]))
  const scattered = new Set<string>()
  for (const listener of listenersOf(config)) {
    for (const chain of filterChainsOf(listener)) {
      for (const filter of items(chain, 'filters')) {
        const any = field(filter, 'typed_config')
        if (!textOf(any, '@type').endsWith(`/${REDIS_PROXY}`)) continue
        const routes = routesOf(any)
        for (const route of routes) {
          scattered.add(textOf(route, 'cluster'))
          checkKeyFormatter(route, tell)
        }
        checkCatchAll(any, tell)
        checkReadPolicy(any, routes, clusters, tell)
      }
    }
  }
  for (const name of scattered) {
    const cluster = clusters.get(name)
    if (cluster !== undefined) checkBalancer(cluster, name, tell)
  }
}

function routesOf(proxy: Item): readonly Item[] {
  const routes = field(proxy, 'prefix_routes')
  const hasCatchAll = has(routes, 'catch_all_route')
  return [...items(routes, 'routes'), ...(hasCatchAll ? [field(routes, 'catch_all_route')] : [])]
}

/** Envoy starts with a format that it cannot read, and the first command of the route ends it. */
function checkKeyFormatter(route: Item, tell: Tell): void {
  // A key may hold what would be a command.
  const problem = checkFormat(textOf(route, 'key_formatter').replaceAll('%KEY%', '~KEY~'))
  if (problem?.kind !== 'refused') return
  const message = `commands that take this route will fail: ${problem.message.replaceAll('~KEY~', '%KEY%')}`
  const path = [...route.path, 'key_formatter']
  tell({ code: 'rule-violated', path, message, severity: 'warning', at: 'value' })
}

/** Its prefix is not compared with anything, only its length counts. */
function checkCatchAll(proxy: Item, tell: Tell): void {
  const route = field(field(proxy, 'prefix_routes'), 'catch_all_route')
  const prefix = textOf(route, 'prefix')
  const { remove_prefix: removes } = route.value
  if (prefix === '' || removes !== true) return
  const message = `the catch-all route takes keys that do not begin with "${prefix}" too, and cuts ${Buffer.byteLength(prefix)} bytes off each`
  const path = [...route.path, 'remove_prefix']
  tell({ code: 'cuts-keys', path, message, severity: 'warning', at: 'key' })
}

/** Replicas are known in redis clusters alone. */
function checkReadPolicy(
  proxy: Item,
  routes: readonly Item[],
  clusters: ReadonlyMap<string, Item>,
  tell: Tell,
): void {
  const settings = field(proxy, 'settings')
  const policy = textOf(settings, 'read_policy')
  if (policy === '' || policy === 'MASTER') return
  const known = routes.flatMap((route) => clusters.get(textOf(route, 'cluster')) ?? [])
  if (known.length < routes.length || known.some(isRedisCluster)) return
  const message = `read_policy ${policy} has no effect: no route leads to a cluster of type ${REDIS_CLUSTER}`
  const path = [...settings.path, 'read_policy']
  tell({ code: 'no-effect', path, message, severity: 'warning', at: 'value' })
}

/** Commands for one key that go to hosts in turn find what they wrote every second time. */
function checkBalancer(cluster: Item, name: string, tell: Tell): void {
  if (has(cluster, 'cluster_type') || has(cluster, 'load_balancing_policy')) return
  const policy = textOf(cluster, 'lb_policy') || 'ROUND_ROBIN'
  if (!['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM'].includes(policy)) return
  const localities = items(field(cluster, 'load_assignment'), 'endpoints')
  const hosts = localities.flatMap((locality) => items(locality, 'lb_endpoints'))
  if (hosts.length < 2) return
  const message = `a redis route leads to the ${hosts.length} hosts of cluster "${name}", among which ${policy} chooses without looking at the key: write lb_policy MAGLEV, unless they all hold the same data`
  const path = has(cluster, 'lb_policy') ? [...cluster.path, 'lb_policy'] : cluster.path
  tell({ code: 'scattered-keys', path, message, severity: 'warning', at: 'value' })
}

function isRedisCluster(cluster: Item): boolean {
  return textOf(field(cluster, 'cluster_type'), 'name') === REDIS_CLUSTER
}
