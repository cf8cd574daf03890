import type { Registry } from '../../registry.ts'
import type { Value } from './canonical.ts'
import { checkClusters } from './check-clusters.ts'
import { checkFilterChains } from './check-filter-chains.ts'
import { checkListeners } from './check-listeners.ts'
import { checkOwnMetadata } from './check-own-metadata.ts'
import { checkRedisRoutes } from './check-redis-routes.ts'
import { checkReferences } from './check-references.ts'
import { checkThrift } from './check-thrift.ts'
import type { Remark } from './remark.ts'

/** Stage 4: does the config hang together? Reads the canonical value, so that it works on configs that fail elsewhere. */
export function checkConfig(config: Value, registry: Registry): readonly Remark[] {
  const remarks: Remark[] = []
  const tell = (remark: Remark): void => {
    remarks.push(remark)
  }
  checkListeners(config, tell)
  checkFilterChains(config, registry, tell)
  checkClusters(config, tell)
  checkReferences(config, registry, tell)
  checkOwnMetadata(config, tell)
  checkRedisRoutes(config, tell)
  checkThrift(config, tell)
  return remarks
}
