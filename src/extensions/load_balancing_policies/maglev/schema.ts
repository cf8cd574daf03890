import type { InferOutput } from 'valibot'
import {
  consistentHashing,
  localityWeighted,
  tableSize,
} from '../../../config/schema/load-balancing-common.ts'
import { message } from '../../../config/schema/message.ts'
import { orElse } from '../../../config/schema/values.ts'

export type Maglev = InferOutput<ReturnType<typeof maglevSchema>>

const LARGEST_TABLE = 5_000_011

export function maglevSchema() {
  return message('envoy.extensions.load_balancing_policies.maglev.v3.Maglev', {
    /** A prime number. */
    tableSize: tableSize(65537, LARGEST_TABLE),
    consistentHashingLbConfig: orElse(consistentHashing(), {}),
    /** True: the weights of localities count. */
    localityWeightedLbConfig: localityWeighted(),
  })
}
