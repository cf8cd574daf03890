import type { HostData, Locality } from './host.ts'
import { byLocality } from './localities.ts'

/** A host of main's with its flags as they are now. */
export interface FlaggedHost {
  readonly data: HostData
  readonly flags: number
}

export interface NormalizedHost {
  readonly host: HostData
  /** Its part of 1. */
  readonly weight: number
}

/** The chosen hosts with weights that sum up to 1, added up in Envoy's order since rings depend on the last bit. */
export function normalizedWeights(hosts: readonly FlaggedHost[]): NormalizedHost[] {
  return shares(hosts, 1)
}

/**
 * The same under `locality_weighted_lb_config`: first each locality gets its share of 1, by its weight alone, then its hosts
 * share that. Localities without a weight get nothing; what those without a chosen host would get is lost. When no locality
 * has a weight at all, nobody is chosen. `all` is every host of the priority.
 */
export function localityWeights(
  all: readonly FlaggedHost[],
  isChosen: (host: FlaggedHost) => boolean,
  local: Locality | null,
): NormalizedHost[] {
  const localities = byLocality(all, local)
  const sum = localities.reduce((total, { weight }) => total + weight, 0)
  return localities
    .filter(({ weight }) => weight > 0)
    .flatMap(({ weight, hosts }) => shares(hosts.filter(isChosen), weight / sum))
}

function shares(hosts: readonly FlaggedHost[], part: number): NormalizedHost[] {
  const sum = hosts.reduce((total, { data }) => total + data.weight, 0)
  return hosts.map(({ data }) => ({ host: data, weight: (data.weight * part) / sum }))
}
