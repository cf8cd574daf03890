import { existsSync } from 'node:fs'
import {
  ancestor,
  childrenIn,
  has,
  type MessageNode,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

const API_SOURCE = 'envoy.config.core.v3.ApiConfigSource'
const SDS = 'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig'
const TLS_CONTEXT = 'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'
const DYNAMIC = 'envoy.config.bootstrap.v3.Bootstrap.DynamicResources'

/** Where resources come from: xDS servers, files, and who asks for them. */
export const configSourceRules: RuleTable = {
  [API_SOURCE]: checkApiSource,
  'envoy.config.core.v3.ConfigSource': checkSource,
  'envoy.config.core.v3.PathConfigSource': (node, context) => checkPath(node, 'path', context),
  'envoy.config.core.v3.WatchedDirectory': checkWatchedDirectory,
  'envoy.config.core.v3.GrpcService.EnvoyGrpc': checkGrpcCluster,
  'envoy.config.cluster.v3.Cluster.EdsClusterConfig': (node, context) => {
    if (!has(node, 'eds_config')) requireNode(node, context)
  },
  'envoy.extensions.filters.network.http_connection_manager.v3.Rds': (node, context) => {
    if (has(node, 'config_source') || text(node, 'route_config_name').startsWith('xdstp:')) return
    if (node.place.isFlawed) return
    reportAt(context, node, ['config_source'], {
      code: 'missing-required',
      message: 'rds needs "config_source"',
    })
  },
}

const GRPC = new Set(['GRPC', 'DELTA_GRPC', 'AGGREGATED_GRPC', 'AGGREGATED_DELTA_GRPC'])

function checkApiSource(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed) return
  const type =
    (node.value['api_type'] as string | undefined) ?? 'DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE'
  const services = childrenIn(node, 'grpc_services')
  const clusters = (node.value['cluster_names'] as string[] | undefined) ?? []
  const isAds = node.field?.name === 'ads_config' && node.parent?.type.name === DYNAMIC
  const complain = (field: string, message: string) =>
    reportAt(context, node, [field], { code: 'rule-violated', message })
  if (isAds) requireNode(node, context)
  if (isAds ? type !== 'GRPC' && type !== 'DELTA_GRPC' : type.startsWith('AGGREGATED')) {
    complain(
      'api_type',
      isAds ? 'ADS is GRPC or DELTA_GRPC' : `"api_type" ${type} cannot be used here`,
    )
  } else if (services.length === 0 && clusters.length === 0) {
    complain('grpc_services', 'an API config source needs "grpc_services" or "cluster_names"')
  } else if (GRPC.has(type)) {
    if (clusters.length > 0)
      complain('cluster_names', 'a gRPC config source has "grpc_services", not "cluster_names"')
    // Two are for a failover that ADS alone may have.
    if (services.length > 1) complain('grpc_services', 'a gRPC config source has one gRPC service')
  } else {
    if (services.length > 0)
      complain('grpc_services', `"grpc_services" do not go with api_type ${type}`)
    if (clusters.length > 1) complain('cluster_names', 'a REST config source has one cluster name')
    if (!has(node, 'refresh_delay'))
      complain('refresh_delay', 'a REST config source needs "refresh_delay"')
  }
  clusters.forEach((name, index) => {
    checkStaticCluster(node, ['cluster_names', index], name, context)
  })
}

/** xDS servers must be reachable before there is any xDS: through a static cluster that is not EDS. */
function checkStaticCluster(
  node: MessageNode,
  steps: (string | number)[],
  name: string,
  context: RuleContext,
): void {
  const cluster = context.clusters.get(name)
  if (!context.knowsAllClusters || (cluster !== undefined && cluster.value['type'] !== 'EDS'))
    return
  reportAt(context, node, steps, {
    code: 'unknown-reference',
    message:
      cluster === undefined
        ? `unknown cluster "${name}"`
        : `the cluster "${name}" is of type EDS, so it cannot lead to the server that would say where it is`,
    expected: 'the name of a cluster in static_resources.clusters',
    received: name,
  })
}

function checkGrpcCluster(node: MessageNode, context: RuleContext): void {
  const name = text(node, 'cluster_name')
  if (name === '') return
  // Others than these find out when they send.
  const isXds = ancestor(node, API_SOURCE) !== undefined
  const isSink = ancestor(node, 'envoy.config.metrics.v3.MetricsServiceConfig') !== undefined
  const isDeferred = ancestor(node, SDS) !== undefined && ancestor(node, TLS_CONTEXT) === undefined
  if ((isXds && !isDeferred) || isSink) checkStaticCluster(node, ['cluster_name'], name, context)
}

function checkSource(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed) return
  // LDS and CDS themselves ask for a node when they connect, all others when they are built.
  if (node.parent?.type.name !== DYNAMIC) requireNode(node, context)
  if (has(node, 'self')) {
    reportAt(context, node, ['self'], {
      code: 'rule-violated',
      message: '"self" cannot be used here',
    })
  }
  if (has(node, 'path')) checkPath(node, 'path', context)
}

function requireNode(node: MessageNode, context: RuleContext): void {
  if (context.hasNode) return
  const given = context.bootstrap.value['node'] !== undefined
  const message =
    'xDS needs "node" with "id" and "cluster" (or --service-node and --service-cluster)'
  const finding = { code: 'missing-required', message, expected: 'node.id and node.cluster' }
  if (given) reportAt(context, context.bootstrap, ['node'], finding)
  else reportAt(context, node, [], finding)
}

function checkPath(node: MessageNode, field: string, context: RuleContext): void {
  const path = text(node, field)
  if (existsSync(path)) return
  reportAt(context, node, [field], {
    code: 'missing-file',
    message: `"${path}" does not exist`,
    received: path,
  })
}

function checkWatchedDirectory(node: MessageNode, context: RuleContext): void {
  // Static secrets are not looked at before something uses them.
  if (ancestor(node, 'envoy.extensions.transport_sockets.tls.v3.Secret') !== undefined) return
  if (text(node, 'path') !== '') checkPath(node, 'path', context)
}
