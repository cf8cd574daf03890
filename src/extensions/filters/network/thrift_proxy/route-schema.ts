import type { InferOutput } from 'valibot'
import { type HeaderMatcher, headerMatcher } from '../../../../config/schema/header-matcher.ts'
import { message } from '../../../../config/schema/message.ts'
import { lbMetadata, type MetadataConfig, metadata } from '../../../../config/schema/metadata.ts'
import { runtimeFractionalPercent } from '../../../../config/schema/percent.ts'
import { type RouteRateLimit, routeRateLimit } from '../../../../config/schema/route-rate-limit.ts'
import { convert, INVALID, type Schema } from '../../../../config/schema/schema.ts'
import { bool, ignored, list, number, orNull, text } from '../../../../config/schema/values.ts'

const PACKAGE = 'envoy.extensions.filters.network.thrift_proxy.v3'
/** Our own settings of a route stand in this namespace of its `metadata_match`. */
const OWN = 'tsproxy.thrift'

export type RouteConfiguration = InferOutput<ReturnType<typeof routeConfiguration>>

/** `thrift_proxy.v3.Route`. */
export interface Route {
  readonly match: RouteMatch
  readonly route: RouteAction
}

export interface RouteMatch {
  /** By the whole method, or by what stands before its colon. */
  readonly kind: 'method' | 'service'
  /** Empty: any. */
  readonly name: string
  /** Of the name alone. */
  readonly invert: boolean
  readonly headers: readonly HeaderMatcher[]
}

export interface RouteAction {
  readonly target: RouteTarget
  /** What hosts must have in their `envoy.lb` metadata; null: nothing. */
  readonly metadataMatch: Readonly<Record<string, unknown>> | null
  /** Our own: timeout, retries. Empty: as in Envoy, there are none. */
  readonly own: Readonly<Record<string, unknown>>
  readonly rateLimits: readonly RouteRateLimit[]
  /** The method goes upstream without what stands before its first colon, and without that. */
  readonly stripServiceName: boolean
  readonly requestMirrorPolicies: readonly RequestMirrorPolicy[]
}

export type RouteTarget =
  | { readonly kind: 'cluster'; readonly name: string }
  /** The header's first value; without one the route does not match. */
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'weighted'; readonly clusters: readonly ClusterWeight[] }

export interface ClusterWeight {
  readonly name: string
  readonly weight: number
  /** Over the route's. */
  readonly metadataMatch: Readonly<Record<string, unknown>> | null
}

export type RequestMirrorPolicy = InferOutput<ReturnType<typeof requestMirrorPolicy>>

export function routeConfiguration() {
  return message(`${PACKAGE}.RouteConfiguration`, {
    name: text(),
    /** The first that matches takes the call. */
    routes: list(route()),
    /** Read by the check that clusters exist. */
    validateClusters: ignored(),
  })
}

function route(): Schema<Route> {
  return message(`${PACKAGE}.Route`, { match: routeMatch(), route: routeAction() })
}

function routeMatch(): Schema<RouteMatch> {
  const inner = message(`${PACKAGE}.RouteMatch`, {
    methodName: orNull(text()),
    serviceName: orNull(text()),
    invert: bool(),
    headers: list(headerMatcher()),
  })
  return convert(inner, ({ methodName, serviceName, invert, headers }, problems, input) => {
    if (methodName === null && serviceName === null) {
      problems.add('missing-required', [], 'expected "method_name" or "service_name"', input)
      return INVALID
    }
    const kind = methodName === null ? 'service' : 'method'
    const name = methodName ?? serviceName ?? ''
    if (name === '' && invert) {
      const message = `Cannot have an empty ${kind} name with inversion enabled`
      problems.add('rule-violated', ['invert'], message, invert)
      return INVALID
    }
    return { kind, name, invert, headers }
  })
}

function routeAction(): Schema<RouteAction> {
  const inner = message(`${PACKAGE}.RouteAction`, {
    cluster: orNull(text()),
    weightedClusters: orNull(weightedCluster()),
    clusterHeader: orNull(text()),
    metadataMatch: orNull(metadata()),
    rateLimits: list(routeRateLimit()),
    stripServiceName: bool(),
    requestMirrorPolicies: list(requestMirrorPolicy()),
  })
  return convert(inner, (raw, problems, input) => {
    const { cluster, weightedClusters, clusterHeader, metadataMatch, ...rest } = raw
    const target = targetOf(cluster, clusterHeader, weightedClusters)
    if (target === null) {
      const message = 'expected "cluster", "weighted_clusters" or "cluster_header"'
      problems.add('missing-required', [], message, input)
      return INVALID
    }
    return { ...rest, target, metadataMatch: lbMetadata(metadataMatch), own: ownOf(metadataMatch) }
  })
}

function targetOf(
  cluster: string | null,
  header: string | null,
  clusters: readonly ClusterWeight[] | null,
): RouteTarget | null {
  if (cluster !== null) return { kind: 'cluster', name: cluster }
  if (header !== null) return { kind: 'header', name: header.toLowerCase() }
  return clusters === null ? null : { kind: 'weighted', clusters }
}

function ownOf(metadataMatch: MetadataConfig | null): Readonly<Record<string, unknown>> {
  const { [OWN]: own = {} } = metadataMatch ?? {}
  return own
}

function weightedCluster(): Schema<readonly ClusterWeight[]> {
  const weight = message(`${PACKAGE}.WeightedCluster.ClusterWeight`, {
    name: text(),
    weight: number(),
    metadataMatch: orNull(metadata()),
  })
  const inner = message(`${PACKAGE}.WeightedCluster`, { clusters: list(weight) })
  return convert(inner, ({ clusters }) =>
    clusters.map((one) => ({ ...one, metadataMatch: lbMetadata(one.metadataMatch) })),
  )
}

function requestMirrorPolicy() {
  return message(`${PACKAGE}.RouteAction.RequestMirrorPolicy`, {
    cluster: text(),
    /** Without a runtime key every call is mirrored, whatever the percentage says: as in Envoy. */
    runtimeFraction: orNull(runtimeFractionalPercent()),
  })
}

/** Every cluster that a route names. */
export function routeClusters({ target, requestMirrorPolicies }: RouteAction): readonly string[] {
  const mirrors = requestMirrorPolicies.map(({ cluster }) => cluster)
  if (target.kind === 'cluster') return [target.name, ...mirrors]
  return target.kind === 'header'
    ? mirrors
    : [...target.clusters.map(({ name }) => name), ...mirrors]
}
