import type { HostData, Locality } from './host.ts'

/** Hosts that stand in one place. */
export interface LocalityHosts<H> {
  readonly locality: Locality
  /** 0: the config gave it none. */
  readonly weight: number
  readonly hosts: readonly H[]
}

/**
 * The hosts by locality: `local` first, if any stands there, then in the order of region, zone and sub-zone, as Envoy has
 * them. Of several weights for one locality the last counts.
 */
export function byLocality<H extends { readonly data: HostData }>(
  hosts: readonly H[],
  local: Locality | null,
): LocalityHosts<H>[] {
  const groups = new Map<string, { locality: Locality; weight: number; hosts: H[] }>()
  for (const host of hosts) {
    const { locality, localityWeight } = host.data
    const key = localityKey(locality)
    let group = groups.get(key)
    if (group === undefined) {
      group = { locality, weight: 0, hosts: [] }
      groups.set(key, group)
    }
    group.hosts.push(host)
    if (localityWeight > 0) group.weight = localityWeight
  }
  const first = local === null ? null : localityKey(local)
  return [...groups.entries()]
    .sort(([a], [b]) => (a === first ? -1 : b === first ? 1 : a < b ? -1 : 1))
    .map(([, group]) => group)
}

/** Orders as the three names do, one after the other: nothing is below the zero between them. */
export function localityKey({ region, zone, subZone }: Locality): string {
  return `${region}\0${zone}\0${subZone}`
}
