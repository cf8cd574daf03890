import { endpointConfigs } from './endpoints-dump.ts'
import { describeNode } from './node.ts'
import type { DumpedResource, DumpedResources, JsonObject, ServerView } from './server-view.ts'

/** One entry of `/config_dump`, as canonical proto-JSON. */
export interface Dump {
  /** Full name of the message. */
  readonly type: string
  readonly value: JsonObject
}

const ADMIN = 'envoy.admin.v3.'
const CONFIG = 'type.googleapis.com/envoy.config.'

/** Null: every name. */
type NameFilter = ((name: string) => boolean) | null

/** What there is, in the order of Envoy's trackers. The bootstrap has no name to filter by. */
export function collectDumps(
  view: ServerView,
  names: NameFilter,
  includeEndpoints: boolean,
): readonly Dump[] {
  const bootstrap = view.bootstrap()
  const node = describeNode((bootstrap.value['node'] ?? {}) as JsonObject, view)
  const dumps: Dump[] = [
    {
      type: `${ADMIN}BootstrapConfigDump`,
      value: {
        bootstrap: { ...bootstrap.value, node },
        last_updated: timestamp(bootstrap.lastUpdatedMs),
      },
    },
    {
      type: `${ADMIN}ClustersConfigDump`,
      value: staticDump(byName(view.clusterResources()), names, 'cluster', 'cluster.v3.Cluster'),
    },
  ]
  if (includeEndpoints) {
    dumps.push({ type: `${ADMIN}EndpointsConfigDump`, value: endpointsDump(view, names) })
  }
  dumps.push({
    type: `${ADMIN}ListenersConfigDump`,
    value: staticDump(view.listenerResources(), names, 'listener', 'listener.v3.Listener'),
  })
  const routes = view.routeResources()
  if (routes.static.length > 0) {
    const type = 'route.v3.RouteConfiguration'
    const value = staticDump(routes, names, 'route_config', type)
    dumps.push({ type: `${ADMIN}RoutesConfigDump`, value })
  }
  dumps.push({ type: `${ADMIN}SecretsConfigDump`, value: secretsDump(view, names) })
  return dumps
}

/** Envoy keeps its clusters by name. */
function byName(resources: DumpedResources): DumpedResources {
  const sorted = resources.static.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  return { ...resources, static: sorted }
}

function nameOf({ value }: DumpedResource): string {
  return typeof value['name'] === 'string' ? value['name'] : ''
}

/** `static_clusters: [{cluster: Any, last_updated}]` and its like. */
function staticDump(
  resources: DumpedResources,
  names: NameFilter,
  field: 'cluster' | 'listener' | 'route_config',
  type: string,
): JsonObject {
  const list = `static_${field}s`
  return {
    version_info: resources.versionInfo ?? '',
    [list]: shown(resources, names).map(({ value, lastUpdatedMs }) => ({
      [field]: { '@type': CONFIG + type, ...value },
      last_updated: timestamp(lastUpdatedMs),
    })),
  }
}

function secretsDump(view: ServerView, names: NameFilter): JsonObject {
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret'
  const secrets = shown(view.secretResources(), names).map((secret) => ({
    name: nameOf(secret),
    secret: { '@type': type, ...secret.value },
  }))
  return { static_secrets: secrets }
}

function endpointsDump(view: ServerView, names: NameFilter): JsonObject {
  const assignments = endpointConfigs(view.clusters()).filter(
    (assignment) => names === null || names(assignment['cluster_name'] as string),
  )
  const type = `${CONFIG}endpoint.v3.ClusterLoadAssignment`
  return {
    static_endpoint_configs: assignments.map((assignment) => ({
      endpoint_config: { '@type': type, ...assignment },
    })),
  }
}

function shown(resources: DumpedResources, names: NameFilter): readonly DumpedResource[] {
  return resources.static.filter((resource) => names === null || names(nameOf(resource)))
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
