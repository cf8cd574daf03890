import type { Address } from '../network/address.ts'
import type { UpstreamSource } from './cluster-data.ts'

/** The source for a destination: the first one of its IP version, else the first. Null: nothing was configured. */
export function upstreamSource(
  sources: readonly UpstreamSource[],
  destination: Address,
): UpstreamSource | null {
  if (destination.kind === 'pipe') return null
  for (const source of sources) {
    if (source.address === null || source.address.family === destination.family) return source
  }
  return sources[0] ?? null
}
