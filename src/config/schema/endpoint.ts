import type { InferOutput } from 'valibot'
import { address, endpointAddress } from './address.ts'
import { message } from './message.ts'
import { metadata } from './metadata.ts'
import { convert, type Schema } from './schema.ts'
import { bool, enumOf, ignored, list, number, orElse, orNull, text } from './values.ts'

/** `endpoint.v3.ClusterLoadAssignment`, flat: localities in the order of the file. */
export type LoadAssignmentConfig = InferOutput<ReturnType<typeof loadAssignment>>
/** `endpoint.v3.LocalityLbEndpoints`. */
export type LocalityLbEndpointsConfig = InferOutput<ReturnType<typeof localityLbEndpoints>>
export type LocalityConfig = InferOutput<ReturnType<typeof locality>>

/** `endpoint.v3.LbEndpoint` with its Endpoint. */
export type EndpointConfig = InferOutput<ReturnType<typeof lbEndpoint>>

export function loadAssignment() {
  return message('envoy.config.endpoint.v3.ClusterLoadAssignment', {
    clusterName: text(),
    endpoints: list(localityLbEndpoints()),
    namedEndpoints: ignored(),
    policy: orElse(policy(), {}),
  })
}

function policy() {
  return message('envoy.config.endpoint.v3.ClusterLoadAssignment.Policy', {
    /** Percent: by how much healthy hosts may be asked to do more. */
    overprovisioningFactor: number(140),
    /** Only discovery delivers anew what could grow stale. */
    endpointStaleAfter: ignored(),
  })
}

export function localityLbEndpoints() {
  return message('envoy.config.endpoint.v3.LocalityLbEndpoints', {
    locality: orElse(locality(), {}),
    lbEndpoints: list(lbEndpoint()),
    /** 0: unset, which is no traffic under locality-weighted balancing. */
    loadBalancingWeight: number(0),
    /** From 0, the highest. */
    priority: number(0),
    proximity: ignored(),
    metadata: orNull(metadata()),
  })
}

export function locality() {
  return message('envoy.config.core.v3.Locality', {
    region: text(),
    zone: text(),
    subZone: text(),
  })
}

function lbEndpoint() {
  const inner = message('envoy.config.endpoint.v3.LbEndpoint', {
    endpoint: endpoint(),
    healthStatus: enumOf(['UNKNOWN', 'HEALTHY', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED']),
    metadata: orNull(metadata()),
    /** From 1. */
    loadBalancingWeight: number(1),
  })
  return convert(inner, ({ endpoint, ...rest }) => ({ ...endpoint, ...rest }))
}

function endpoint() {
  const additional = message('envoy.config.endpoint.v3.Endpoint.AdditionalAddress', {
    address: address(),
  })
  return message('envoy.config.endpoint.v3.Endpoint', {
    /** A hostname is resolved by STRICT_DNS; a STATIC cluster has none. */
    address: endpointAddress(),
    hostname: text(),
    /** Tried in order after `address` (happy eyeballs). */
    additionalAddresses: list(unwrapped(additional)),
    healthCheckConfig: orElse(healthCheckConfig(), {}),
  })
}

function healthCheckConfig() {
  return message('envoy.config.endpoint.v3.Endpoint.HealthCheckConfig', {
    /** 0: the endpoint's own port. */
    portValue: number(0),
    hostname: text(),
    address: orNull(address()),
    disableActiveHealthCheck: bool(),
  })
}

function unwrapped<T>(inner: Schema<{ readonly address: T }>): Schema<T> {
  return convert(inner, ({ address }) => address)
}
