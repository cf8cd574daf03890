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

const CLUSTER = 'envoy.config.cluster.v3.Cluster'

export const clusterRules: RuleTable = {
  'envoy.config.bootstrap.v3.Bootstrap.StaticResources': checkDuplicateNames,
  'envoy.config.bootstrap.v3.ClusterManager': checkLocalCluster,
  [CLUSTER]: checkCluster,
  'envoy.config.endpoint.v3.LbEndpoint': checkEndpoint,
  'envoy.config.cluster.v3.OutlierDetection': checkOutlierDetection,
  'envoy.config.core.v3.HealthCheck.Payload': checkPayload,
}

function checkDuplicateNames(node: MessageNode, context: RuleContext): void {
  const names = new Set<string>()
  for (const cluster of childrenIn(node, 'clusters')) {
    const name = text(cluster, 'name')
    if (names.has(name)) {
      reportAt(context, cluster, ['name'], {
        code: 'duplicate',
        message: `a second cluster "${name}"`,
      })
    }
    if (name !== '') names.add(name)
  }
}

function checkLocalCluster(node: MessageNode, context: RuleContext): void {
  const name = text(node, 'local_cluster_name')
  if (name === '' || context.clusters.has(name) || !context.knowsAllClusters) return
  reportAt(context, node, ['local_cluster_name'], {
    code: 'unknown-reference',
    message: `no static cluster is named "${name}"`,
  })
}

function checkCluster(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed) return
  const type = has(node, 'cluster_type') ? 'custom' : ((node.value['type'] as string) ?? 'STATIC')
  const policy = (node.value['lb_policy'] as string) ?? 'ROUND_ROBIN'
  checkDiscovery(node, type, context)
  checkHealthCheckNames(node, context)
  checkRedisType(node, context)
  checkAlpn(node, context)
  checkPolicy(node, type, policy, context)
  if (type === 'LOGICAL_DNS') checkLogicalDns(node, context)
}

function checkDiscovery(node: MessageNode, type: string, context: RuleContext): void {
  const isEds = type === 'EDS'
  if (isEds && !has(node, 'eds_cluster_config')) {
    reportAt(context, node, ['type'], {
      code: 'missing-required',
      message: 'a cluster of type EDS needs "eds_cluster_config"',
    })
  }
  if (!isEds && has(node, 'eds_cluster_config')) {
    reportAt(context, node, ['eds_cluster_config'], {
      code: 'rule-violated',
      message: `"eds_cluster_config" is for clusters of type EDS, this one is ${type}`,
    })
  }
  if (type === 'ORIGINAL_DST' && has(node, 'load_assignment')) {
    reportAt(context, node, ['load_assignment'], {
      code: 'rule-violated',
      message: 'a cluster of type ORIGINAL_DST takes no load_assignment',
    })
  }
}

/** Protocols are negotiated in the TLS handshake. */
function checkAlpn(node: MessageNode, context: RuleContext): void {
  const options = childrenIn(node, 'typed_extension_protocol_options').find((one) =>
    has(one, 'auto_config'),
  )
  if (options === undefined) return
  const socket = childIn(node, 'transport_socket')
  const config = socket?.value['typed_config'] as { '@type'?: string } | undefined
  const type = config?.['@type'] ?? ''
  if (socket?.place.isFlawed === true || (socket !== undefined && !/raw_buffer/.test(type))) return
  reportAt(context, options, ['auto_config'], {
    code: 'rule-violated',
    message: `"auto_config" needs a transport socket with TLS on the cluster "${text(node, 'name')}"`,
  })
}

function checkPolicy(node: MessageNode, type: string, policy: string, context: RuleContext): void {
  if (has(node, 'load_balancing_policy')) return
  const complain = (message: string) =>
    reportAt(context, node, has(node, 'lb_policy') ? ['lb_policy'] : ['type'], {
      code: 'rule-violated',
      message,
    })
  if (policy === 'LOAD_BALANCING_POLICY_CONFIG')
    complain('this lb_policy needs "load_balancing_policy"')
  if (type === 'ORIGINAL_DST' && policy !== 'CLUSTER_PROVIDED') {
    complain(`a cluster of type ORIGINAL_DST needs lb_policy CLUSTER_PROVIDED, not ${policy}`)
  }
  if (policy === 'CLUSTER_PROVIDED' && type !== 'ORIGINAL_DST' && type !== 'custom') {
    complain(`lb_policy CLUSTER_PROVIDED is not for clusters of type ${type}`)
  }
}

function checkLogicalDns(node: MessageNode, context: RuleContext): void {
  const assignment = childIn(node, 'load_assignment')
  const localities = assignment === undefined ? [] : childrenIn(assignment, 'endpoints')
  const endpoints = localities.flatMap((locality) => childrenIn(locality, 'lb_endpoints'))
  if (localities.length === 1 && endpoints.length === 1) return
  const extra = endpoints[1] ?? localities[1]
  reportAt(context, extra ?? node, extra === undefined ? ['load_assignment', 'endpoints'] : [], {
    code: 'rule-violated',
    message: `a cluster of type LOGICAL_DNS has exactly one endpoint, this one has ${endpoints.length}`,
  })
}

function checkEndpoint(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed || has(node, 'endpoint_name')) return
  const cluster = ancestor(node, CLUSTER)
  // The DNS clusters take an empty name.
  if (cluster === undefined || cluster.place.isFlawed) return
  const type = cluster.value['type'] ?? 'STATIC'
  if (has(cluster, 'cluster_type') || (type !== 'STATIC' && type !== 'EDS')) return
  const endpoint = childIn(node, 'endpoint')
  if (endpoint !== undefined && (has(endpoint, 'address') || endpoint.place.isFlawed)) return
  reportAt(context, endpoint ?? node, endpoint === undefined ? ['endpoint'] : ['address'], {
    code: 'missing-required',
    message: 'an endpoint needs "address"',
    expected: 'address',
  })
}

function checkOutlierDetection(node: MessageNode, context: RuleContext): void {
  const base = node.value['base_ejection_time']
  const max = node.value['max_ejection_time']
  if (typeof base !== 'string' || typeof max !== 'string') return
  if (Number.parseFloat(max) >= Number.parseFloat(base)) return
  reportAt(context, node, ['max_ejection_time'], {
    code: 'rule-violated',
    message: `max_ejection_time ${max} is below base_ejection_time ${base}`,
  })
}

/** Other types are found by their config, whatever their name; this one wants both. */
function checkRedisType(node: MessageNode, context: RuleContext): void {
  const type = childIn(node, 'cluster_type')
  const config = type?.value['typed_config'] as { '@type'?: string } | undefined
  const isRedis = config?.['@type']?.endsWith('.clusters.redis.v3.RedisClusterConfig') === true
  if (type === undefined || !isRedis || text(type, 'name') === 'envoy.clusters.redis') return
  reportAt(context, type, ['name'], {
    code: 'rule-violated',
    message: 'a redis cluster needs a cluster_type with the name "envoy.clusters.redis"',
  })
}

/** They stand in the names of stats, so several need one each. */
function checkHealthCheckNames(node: MessageNode, context: RuleContext): void {
  const checks = childrenIn(node, 'health_checks')
  if (checks.length < 2) return
  const names = new Set<string>()
  for (const check of checks) {
    const name = text(check, 'name')
    if (name === '') {
      reportAt(context, check, [], {
        code: 'missing-required',
        message: 'each of several health checks of a cluster needs a "name"',
        expected: 'name',
      })
    } else if (names.has(name)) {
      reportAt(context, check, ['name'], {
        code: 'duplicate',
        message: `a second health check "${name}" of this cluster`,
      })
    }
    names.add(name)
  }
}

function checkPayload(node: MessageNode, context: RuleContext): void {
  const hex = node.value['text']
  if (typeof hex !== 'string' || /^([0-9a-fA-F]{2})*$/.test(hex)) return
  reportAt(context, node, ['text'], {
    code: 'bad-format',
    message: `"${hex}" is no string of hexadecimal bytes`,
  })
}
