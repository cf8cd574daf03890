import { toByteText } from '../../../../codec/thrift/byte-text.ts'
import type { MessageMetadata } from '../../../../codec/thrift/message.ts'
import { compileHeaderMatchers, type HeaderValues } from '../../../../config/header-matcher.ts'
import type { Random } from '../../../../random.ts'
import { callPolicy } from '../../../../thrift/call-policy.ts'
import { metadataHeaders } from '../../../../thrift/metadata-headers.ts'
import type { ThriftRoute } from '../../../../thrift/route.ts'
import type { ClusterWeight, Route, RouteConfiguration, RouteMatch } from './route-schema.ts'

/** Chooses the route of a call: the first that matches, as Envoy does. */
export class RouteTable {
  readonly #entries: readonly RouteEntry[]

  constructor({ routes }: Pick<RouteConfiguration, 'routes'>) {
    this.#entries = routes.map((route, index) => new RouteEntry(route, index))
  }

  /** Null: no route takes it. */
  route(metadata: MessageMetadata, random: Random): ThriftRoute | null {
    const entries = this.#entries
    for (let i = 0; i < entries.length; i++) {
      const route = entries[i]!.route(metadata, random)
      if (route !== null) return route
    }
    return null
  }
}

class RouteEntry {
  readonly #matchesName: (method: string) => boolean
  /** Null: headers do not matter. */
  readonly #matchesHeaders: ((headers: HeaderValues) => boolean) | null
  /** What all calls that match have in common. */
  readonly #common: ThriftRoute
  /** Null: the cluster is not named by a header. */
  readonly #clusterHeader: string | null
  /** Null: there is one cluster. */
  readonly #weighted: WeightedRoutes | null

  constructor({ match, route }: Route, index: number) {
    this.#matchesName = nameMatcher(match)
    this.#matchesHeaders = compileHeaderMatchers(match.headers)
    const { target } = route
    this.#common = {
      clusterName: target.kind === 'cluster' ? target.name : '',
      metadataMatch: route.metadataMatch,
      stripServiceName: route.stripServiceName,
      mirrors: route.requestMirrorPolicies,
      rateLimits: route.rateLimits,
      policy: callPolicy(route.own, index),
    }
    this.#clusterHeader = target.kind === 'header' ? target.name : null
    this.#weighted =
      target.kind === 'weighted' ? new WeightedRoutes(target.clusters, this.#common) : null
  }

  route(metadata: MessageMetadata, random: Random): ThriftRoute | null {
    const matchesHeaders = this.#matchesHeaders
    if (matchesHeaders !== null && !matchesHeaders(metadataHeaders(metadata))) return null
    if (!this.#matchesName(metadata.methodName)) return null
    if (this.#weighted !== null) return this.#weighted.pick(random)
    if (this.#clusterHeader === null) return this.#common
    const clusterName = metadata.hasHeaders ? metadata.headers.get(this.#clusterHeader) : null
    return clusterName === null ? null : { ...this.#common, clusterName }
  }
}

/** Draws anew for each call. */
class WeightedRoutes {
  readonly #routes: readonly ThriftRoute[]
  /** Of a route and those before it. */
  readonly #sums: readonly number[]
  readonly #total: number

  constructor(clusters: readonly ClusterWeight[], common: ThriftRoute) {
    let total = 0
    this.#sums = clusters.map(({ weight }) => {
      total += weight
      return total
    })
    this.#total = total
    this.#routes = clusters.map(({ name, metadataMatch }) => ({
      ...common,
      clusterName: name,
      metadataMatch: merged(common.metadataMatch, metadataMatch),
    }))
  }

  pick(random: Random): ThriftRoute {
    const drawn = random.below(this.#total)
    let at = 0
    while (drawn >= this.#sums[at]!) at++
    return this.#routes[at]!
  }
}

function merged(
  route: ThriftRoute['metadataMatch'],
  cluster: ThriftRoute['metadataMatch'],
): ThriftRoute['metadataMatch'] {
  return route === null || cluster === null ? (cluster ?? route) : { ...route, ...cluster }
}

/** Names are compared as the bytes that they are on the wire. */
export function nameMatcher({ kind, name, invert }: RouteMatch): (method: string) => boolean {
  if (name === '') return () => true
  const bytes = toByteText(name)
  if (kind === 'method') return (method) => (method === bytes) !== invert
  const prefix = bytes.endsWith(':') ? bytes : `${bytes}:`
  return (method) => method.startsWith(prefix) !== invert
}
