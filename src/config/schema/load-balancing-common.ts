import type { InferOutput } from 'valibot'
import { hashPolicies } from './hash-policy.ts'
import { message } from './message.ts'
import { convert, type Schema } from './schema.ts'
import { bool, number, orElse, orNull } from './values.ts'

const PACKAGE = 'envoy.extensions.load_balancing_policies.common.v3'

/** `common.v3.ConsistentHashingLbConfig`. */
export type ConsistentHashing = InferOutput<ReturnType<typeof consistentHashing>>

export function consistentHashing() {
  return message(`${PACKAGE}.ConsistentHashingLbConfig`, {
    useHostnameForHashing: bool(),
    /** Percent; 0: no bound. */
    hashBalanceFactor: number(0),
    /** Empty: requests are hashed as their filter says. */
    hashPolicy: hashPolicies(),
  })
}

/** True if the message is there, whatever it says: `common.v3.LocalityLbConfig.LocalityWeightedLbConfig`. */
export function localityWeighted(): Schema<boolean> {
  const inner = orNull(message(`${PACKAGE}.LocalityLbConfig.LocalityWeightedLbConfig`, {}))
  return convert(inner, (config) => config !== null)
}

/** `common.v3.LocalityLbConfig`: whether the weights of localities count. Zone-aware balancing is not here yet. */
export function localityLbConfig(): Schema<boolean> {
  const inner = message(`${PACKAGE}.LocalityLbConfig`, {
    localityWeightedLbConfig: localityWeighted(),
  })
  return convert(orElse(inner, {}), ({ localityWeightedLbConfig }) => localityWeightedLbConfig)
}

/** A number of table entries. Envoy checks the limit in the legacy form only; here nothing larger is built. */
export function tableSize(fallback: number, limit: number): Schema<number> {
  return convert(number(fallback), (size, problems) =>
    size <= limit ? size : problems.notImplemented([], `a size above ${limit}`, size),
  )
}
