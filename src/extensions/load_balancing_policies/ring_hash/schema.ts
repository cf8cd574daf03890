import type { InferOutput } from 'valibot'
import {
  consistentHashing,
  localityWeighted,
  tableSize,
} from '../../../config/schema/load-balancing-common.ts'
import { message } from '../../../config/schema/message.ts'
import { convert } from '../../../config/schema/schema.ts'
import { bool, enumOf, number, orNull } from '../../../config/schema/values.ts'

export type RingHash = InferOutput<ReturnType<typeof ringHashSchema>>

const LARGEST_RING = 8 * 1024 * 1024

export function ringHashSchema() {
  const inner = message('envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash', {
    hashFunction: enumOf(['DEFAULT_HASH', 'XX_HASH', 'MURMUR_HASH_2']),
    minimumRingSize: tableSize(1024, LARGEST_RING),
    maximumRingSize: tableSize(LARGEST_RING, LARGEST_RING),
    /** The old places of two settings: they count when `consistent_hashing_lb_config` is not there. */
    useHostnameForHashing: bool(),
    hashBalanceFactor: number(0),
    consistentHashingLbConfig: orNull(consistentHashing()),
    /** True: the weights of localities count. */
    localityWeightedLbConfig: localityWeighted(),
  })
  return convert(inner, ({ hashFunction, consistentHashingLbConfig, ...rest }) => ({
    ...rest,
    ...consistentHashingLbConfig,
    hashFunction: hashFunction === 'DEFAULT_HASH' ? ('XX_HASH' as const) : hashFunction,
  }))
}
