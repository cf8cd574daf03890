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
  'envoy.config.metrics.v3.StatsdSink': checkStatsd,
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

/** Load reports and health discovery look at their servers only when they connect. */
function isForResources(node: MessageNode): boolean {
  const holder = node.parent?.type.name
  return holder === 'envoy.config.core.v3.ConfigSource' || holder === DYNAMIC
}

const GRPC = new Set(['GRPC', 'DELTA_GRPC', 'AGGREGATED_GRPC', 'AGGREGATED_DELTA_GRPC'])

function checkApiSource(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed || !isForResources(node)) return
  const clusters = (node.value['cluster_names'] as string[] | undefined) ?? []
  const isAds = node.parent?.type.name === DYNAMIC
  if (isAds) requireNode(node, context)
  for (const [field, message] of isAds ? wrongAds(node) : wrongSource(node)) {
    reportAt(context, node, [field], { code: 'rule-violated', message })
  }
  clusters.forEach((name, index) => {
    checkStaticCluster(node, ['cluster_names', index], name, context)
  })
}

type Complaint = [field: string, message: string]

function wrongAds(node: MessageNode): Complaint[] {
  const type = node.value['api_type']
  if (type !== 'GRPC' && type !== 'DELTA_GRPC') return [['api_type', 'ADS is GRPC or DELTA_GRPC']]
  return wrongServers(node)
}

function wrongSource(node: MessageNode): Complaint[] {
  const type = node.value['api_type'] as string | undefined
  if (type?.startsWith('AGGREGATED') === true) {
    return [['api_type', `"api_type" ${type} cannot be used here`]]
  }
  return wrongServers(node)
}

function wrongServers(node: MessageNode): Complaint[] {
  const type = node.value['api_type'] as string | undefined
  const services = childrenIn(node, 'grpc_services').length
  const clusters = ((node.value['cluster_names'] as unknown[] | undefined) ?? []).length
  if (services === 0 && clusters === 0) {
    return [['grpc_services', 'an API config source needs "grpc_services" or "cluster_names"']]
  }
  if (type === undefined) return []
  const found: Complaint[] = []
  if (GRPC.has(type)) {
    if (clusters > 0) found.push(['cluster_names', 'with gRPC "grpc_services" name the server'])
    if (services > 1) found.push(['grpc_services', 'a gRPC config source has one gRPC service'])
    return found
  }
  if (services > 0) found.push(['grpc_services', `"grpc_services" do not go with api_type ${type}`])
  if (clusters > 1) found.push(['cluster_names', 'a REST config source has one cluster name'])
  if (!has(node, 'refresh_delay')) {
    found.push(['refresh_delay', 'a REST config source needs "refresh_delay"'])
  }
  return found
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
  const source = ancestor(node, API_SOURCE)
  const isXds = source !== undefined && isForResources(source)
  const isSink = ancestor(node, 'envoy.config.metrics.v3.MetricsServiceConfig') !== undefined
  const isDeferred = ancestor(node, SDS) !== undefined && ancestor(node, TLS_CONTEXT) === undefined
  if ((isXds && !isDeferred) || isSink) checkStaticCluster(node, ['cluster_name'], name, context)
}

function checkStatsd(node: MessageNode, context: RuleContext): void {
  const name = text(node, 'tcp_cluster_name')
  if (name === '') return
  requireNode(node, context, 'statsd over TCP')
  checkStaticCluster(node, ['tcp_cluster_name'], name, context)
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

function requireNode(node: MessageNode, context: RuleContext, what = 'xDS'): void {
  const { place } = context.bootstrap
  if (context.hasNode || place.isFlawed || place.child('node')?.isFlawed === true) return
  const given = context.bootstrap.value['node'] !== undefined
  const message = `${what} needs "node" with "id" and "cluster" (or --service-node and --service-cluster)`
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
