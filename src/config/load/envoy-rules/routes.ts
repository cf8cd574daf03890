import { parseDuration } from '../duration.ts'
import {
  ancestor,
  childIn,
  childrenIn,
  has,
  type MessageNode,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTE_ACTION = 'envoy.config.route.v3.RouteAction'
const ROUTE_CONFIG = 'envoy.config.route.v3.RouteConfiguration'

export const routeRules: RuleTable = {
  [ROUTE_CONFIG]: checkDomains,
  'envoy.config.route.v3.RouteAction': checkRouteAction,
  'envoy.config.route.v3.WeightedCluster': checkWeightedClusters,
  'envoy.config.route.v3.RouteAction.RequestMirrorPolicy': checkMirror,
  'envoy.config.route.v3.RetryPolicy.RetryBackOff': checkBackOff,
  'envoy.config.core.v3.BackoffStrategy': checkBackOff,
  'envoy.config.route.v3.VirtualCluster': checkVirtualCluster,
  [HCM]: checkConnectionManager,
}

/** Whether routes to clusters that are not there are refused: they are, unless the config says otherwise. */
function validatesClusters(node: MessageNode): boolean {
  const config = ancestor(node, ROUTE_CONFIG)
  // Actions of a matcher are built without that check.
  if (ancestor(node, 'xds.type.matcher.v3.Matcher') !== undefined) return false
  return config !== undefined && config.value['validate_clusters'] !== false
}

function checkCluster(
  node: MessageNode,
  field: string,
  context: RuleContext,
  what = 'cluster',
): void {
  const name = text(node, field)
  if (name === '' || context.clusters.has(name) || !context.knowsAllClusters) return
  reportAt(context, node, [field], {
    code: 'unknown-reference',
    message: `unknown ${what} "${name}"`,
    expected: 'the name of a cluster in static_resources.clusters',
    received: name,
  })
}

function checkRouteAction(node: MessageNode, context: RuleContext): void {
  checkUpgrades(node, context)
  if (validatesClusters(node)) checkCluster(node, 'cluster', context)
  const rewrites = [
    'prefix_rewrite',
    'regex_rewrite',
    'path_rewrite_policy',
    'path_rewrite',
  ].filter((name) => has(node, name) && node.value[name] !== '')
  if (rewrites.length > 1) {
    reportAt(context, node, [rewrites[1]!], {
      code: 'oneof-conflict',
      message: `a route rewrites the path in one way, not by ${rewrites.join(' and ')}`,
    })
  }
}

function checkBackOff(node: MessageNode, context: RuleContext): void {
  const base = parseDuration(text(node, 'base_interval'))
  const max = parseDuration(text(node, 'max_interval'))
  if (typeof base !== 'bigint' || typeof max !== 'bigint' || max >= base) return
  reportAt(context, node, ['max_interval'], {
    code: 'rule-violated',
    message: '"max_interval" is below "base_interval"',
  })
}

function checkVirtualCluster(node: MessageNode, context: RuleContext): void {
  if (has(node, 'headers') || node.place.isFlawed) return
  reportAt(context, node, ['headers'], {
    code: 'missing-required',
    message: 'a virtual cluster needs "headers"',
  })
}

/** Upgrades of a route or connection manager are known by their names, whose case does not count. */
function checkUpgrades(node: MessageNode, context: RuleContext): void {
  const seen = new Set<string>()
  for (const upgrade of childrenIn(node, 'upgrade_configs')) {
    const type = text(upgrade, 'upgrade_type')
    const key = type.toLowerCase()
    if (seen.has(key)) {
      reportAt(context, upgrade, ['upgrade_type'], {
        code: 'duplicate',
        message: `a second upgrade "${type}"`,
      })
    }
    seen.add(key)
    if (!has(upgrade, 'connect_config') || key.startsWith('connect')) continue
    reportAt(context, upgrade, ['connect_config'], {
      code: 'rule-violated',
      message: `"connect_config" is for CONNECT, not for "${type}"`,
    })
  }
}

function checkWeightedClusters(node: MessageNode, context: RuleContext): void {
  let total = 0
  if (node.place.isFlawed) return
  for (const cluster of childrenIn(node, 'clusters')) {
    if (validatesClusters(node)) checkCluster(cluster, 'name', context)
    const named = ['name', 'cluster_header'].filter((name) => text(cluster, name) !== '')
    if (named.length !== 1 && !cluster.place.isFlawed && node.parent?.type.name === ROUTE_ACTION) {
      reportAt(context, cluster, named.slice(1), {
        code: named.length === 0 ? 'missing-required' : 'oneof-conflict',
        message: 'a weighted cluster has either "name" or "cluster_header"',
      })
    }
    if (
      !has(cluster, 'weight') &&
      !cluster.place.isFlawed &&
      node.parent?.type.name === ROUTE_ACTION
    ) {
      reportAt(context, cluster, [], {
        code: 'missing-required',
        message: 'a weighted cluster needs "weight"',
        expected: 'weight',
      })
    }
    total += Number(cluster.value['weight'] ?? 0)
  }
  if (total > 0 || node.place.isFlawed || node.parent?.type.name !== ROUTE_ACTION) return
  reportAt(context, node, ['clusters'], {
    code: 'rule-violated',
    message: 'the weights of the clusters add up to 0',
  })
}

function checkMirror(node: MessageNode, context: RuleContext): void {
  if (validatesClusters(node)) checkCluster(node, 'cluster', context, 'shadow cluster')
  const given = ['cluster', 'cluster_header'].filter((name) => text(node, name) !== '')
  if (given.length === 1 || node.place.isFlawed) return
  reportAt(context, node, given.slice(1), {
    code: given.length === 0 ? 'missing-required' : 'oneof-conflict',
    message: 'a mirror policy has either "cluster" or "cluster_header"',
  })
}

function checkDomains(node: MessageNode, context: RuleContext): void {
  const seen = new Set<string>()
  const names = new Set<string>()
  for (const host of childrenIn(node, 'virtual_hosts')) {
    const name = text(host, 'name')
    if (name !== '' && names.has(name)) {
      reportAt(context, host, ['name'], {
        code: 'duplicate',
        message: `a second virtual host "${name}"`,
      })
    }
    names.add(name)
    const domains = (host.value['domains'] ?? []) as string[]
    domains.forEach((domain, index) => {
      const key = domain.toLowerCase()
      if (seen.has(key)) {
        const message =
          key === '*'
            ? 'only one virtual host may have the domain "*"'
            : `the domain "${domain}" is given twice`
        reportAt(context, host, ['domains', index], { code: 'duplicate', message })
      }
      seen.add(key)
    })
  }
}

function checkConnectionManager(node: MessageNode, context: RuleContext): void {
  checkUpgrades(node, context)
  checkCodec(node, context)
  const mixed = ['use_remote_address', 'xff_num_trusted_hops'].find((name) =>
    Boolean(node.value[name]),
  )
  if (mixed !== undefined && childrenIn(node, 'original_ip_detection_extensions').length > 0) {
    reportAt(context, node, [mixed], {
      code: 'oneof-conflict',
      message: `"${mixed}" and "original_ip_detection_extensions" exclude each other`,
    })
  }
}

function checkCodec(node: MessageNode, context: RuleContext): void {
  const listener = ancestor(node, 'envoy.config.listener.v3.Listener')
  const udp = listener && childIn(listener, 'udp_listener_config')
  const isQuic = udp !== undefined && has(udp, 'quic_options')
  if (listener !== undefined && node.value['codec_type'] === 'HTTP3' && !isQuic) {
    reportAt(context, node, ['codec_type'], {
      code: 'rule-violated',
      message: 'codec_type HTTP3 needs a QUIC listener (udp_listener_config.quic_options)',
    })
  }
  if (node.value['codec_type'] !== 'HTTP3' && isQuic) {
    reportAt(context, node, ['codec_type'], {
      code: 'rule-violated',
      message: 'a QUIC listener needs codec_type HTTP3',
    })
  }
}
