import { existsSync } from 'node:fs'
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
  visit,
} from './visit.ts'

const FILTER = 'envoy.extensions.filters.'

/** What single filters and other extensions refuse when they are built. */
export const filterRules: RuleTable = {
  [`${FILTER}network.redis_proxy.v3.RedisProxy`]: checkRedisUpstream,
  [`${FILTER}network.redis_proxy.v3.RedisProxy.PrefixRoutes`]: checkPrefixes,
  [`${FILTER}network.thrift_proxy.v3.RouteAction`]: checkThriftRoute,
  [`${FILTER}network.thrift_proxy.v3.RouteAction.RequestMirrorPolicy`]: checkThriftRoute,
  [`${FILTER}network.thrift_proxy.v3.WeightedCluster.ClusterWeight`]: checkThriftWeight,
  [`${FILTER}http.local_ratelimit.v3.LocalRateLimit`]: checkBucket,
  [`${FILTER}network.local_ratelimit.v3.LocalRateLimit`]: checkBucket,
  [`${FILTER}http.header_to_metadata.v3.Config.Rule`]: checkHeaderRule,
  [`${FILTER}http.admission_control.v3.AdmissionControl.SuccessCriteria.HttpCriteria`]:
    checkStatusRanges,
  [`${FILTER}http.jwt_authn.v3.JwtAuthentication`]: checkJwtProviders,
  [`${FILTER}http.grpc_json_transcoder.v3.GrpcJsonTranscoder`]: (node, context) =>
    requireFile(node, 'proto_descriptor', context),
  [`${FILTER}http.grpc_json_reverse_transcoder.v3.GrpcJsonReverseTranscoder`]: (node, context) =>
    requireFile(node, 'descriptor_path', context),
  'envoy.config.trace.v3.ZipkinConfig': (node, context) => {
    if (!has(node, 'collector_service')) reference(node, 'collector_cluster', context)
  },
  'envoy.config.trace.v3.DatadogConfig': (node, context) =>
    reference(node, 'collector_cluster', context),
  'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig': checkDnsCache,
}

function reference(node: MessageNode, field: string, context: RuleContext): void {
  const name = text(node, field)
  if (name === '' || context.clusters.has(name) || !context.knowsAllClusters) return
  reportAt(context, node, [field], {
    code: 'unknown-reference',
    message: `unknown cluster "${name}"`,
    expected: 'the name of a cluster in static_resources.clusters',
    received: name,
  })
}

function checkRedisUpstream(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed) return
  const routes = childIn(node, 'prefix_routes')
  if (routes?.place.isFlawed === true) return
  if (
    routes !== undefined &&
    (childrenIn(routes, 'routes').length > 0 || has(routes, 'catch_all_route'))
  )
    return
  reportAt(context, routes ?? node, [], {
    code: 'missing-required',
    message:
      'a redis proxy needs an upstream: prefix_routes.routes or prefix_routes.catch_all_route',
    expected: 'prefix_routes',
  })
}

function checkPrefixes(node: MessageNode, context: RuleContext): void {
  const seen = new Set<string>()
  for (const route of childrenIn(node, 'routes')) {
    const prefix = text(route, 'prefix')
    const key = node.value['case_insensitive'] === true ? prefix.toLowerCase() : prefix
    if (seen.has(key)) {
      reportAt(context, route, ['prefix'], {
        code: 'duplicate',
        message: `a second route for "${prefix}"`,
      })
    }
    seen.add(key)
  }
}

function checkThriftRoute(node: MessageNode, context: RuleContext): void {
  const config = ancestor(node, `${FILTER}network.thrift_proxy.v3.RouteConfiguration`)
  if (config?.value['validate_clusters'] !== false) reference(node, 'cluster', context)
}

function checkThriftWeight(node: MessageNode, context: RuleContext): void {
  reference(node, 'name', context)
  if (has(node, 'weight') || node.place.isFlawed) return
  reportAt(context, node, [], {
    code: 'missing-required',
    message: 'a weighted cluster needs "weight"',
    expected: 'weight',
  })
}

function requireFile(node: MessageNode, field: string, context: RuleContext): void {
  const path = text(node, field)
  if (path === '' || existsSync(path)) return
  reportAt(context, node, [field], {
    code: 'missing-file',
    message: `"${path}" does not exist`,
    received: path,
  })
}

/** Requirements name providers of the same filter. */
function checkJwtProviders(node: MessageNode, context: RuleContext): void {
  const providers = (node.value['providers'] ?? {}) as Record<string, unknown>
  if (node.place.isFlawed || node.place.child('providers')?.isFlawed === true) return
  visit(node, (inner) => {
    if (!inner.type.name.startsWith(`${FILTER}http.jwt_authn.v3.`)) return
    const name = inner.value['provider_name']
    if (typeof name !== 'string' || Object.hasOwn(providers, name)) return
    reportAt(context, inner, ['provider_name'], {
      code: 'unknown-reference',
      message: `no provider of this filter is named "${name}"`,
      received: name,
    })
  })
}

/** Tokens are filled by a timer that fires every 50 ms at most. */
function checkBucket(node: MessageNode, context: RuleContext): void {
  const bucket = childIn(node, 'token_bucket')
  const interval = bucket?.value['fill_interval']
  if (bucket === undefined || typeof interval !== 'string') return
  const nanos = parseDuration(interval)
  if (typeof nanos !== 'bigint' || nanos >= 50_000_000n) return
  reportAt(context, bucket, ['fill_interval'], {
    code: 'rule-violated',
    message: `"fill_interval" must be at least 0.050s, is ${interval}`,
  })
}

function checkHeaderRule(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed || has(node, 'on_header_present') || has(node, 'on_header_missing'))
    return
  reportAt(context, node, [], {
    code: 'missing-required',
    message: 'a rule needs "on_header_present" or "on_header_missing"',
  })
}

function checkStatusRanges(node: MessageNode, context: RuleContext): void {
  for (const range of childrenIn(node, 'http_success_status')) {
    const start = Number(range.value['start'] ?? 0)
    const end = Number(range.value['end'] ?? 0)
    if (range.place.isFlawed || (start <= end && start >= 100 && end <= 600)) continue
    reportAt(context, range, [], {
      code: 'rule-violated',
      message: `[${start}, ${end}) is no range of HTTP statuses`,
    })
  }
}

/** Caches of one name are one cache, so their settings must be equal. */
function checkDnsCache(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed) return
  const name = text(node, 'name')
  const settings = JSON.stringify(sorted(node.value))
  const first = context.dnsCaches.get(name)
  if (first === undefined) context.dnsCaches.set(name, settings)
  else if (first !== settings) {
    reportAt(context, node, ['name'], {
      code: 'rule-violated',
      message: `the DNS cache "${name}" is configured differently elsewhere`,
    })
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]))
}
