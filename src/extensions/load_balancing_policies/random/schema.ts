import type { InferOutput } from 'valibot'
import { localityLbConfig } from '../../../config/schema/load-balancing-common.ts'
import { message } from '../../../config/schema/message.ts'

export type Random = InferOutput<ReturnType<typeof randomSchema>>

/** Zone-aware balancing is not here yet. */
export function randomSchema() {
  return message('envoy.extensions.load_balancing_policies.random.v3.Random', {
    /** True: the weights of localities count. */
    localityLbConfig: localityLbConfig(),
  })
}
