import type { InferOutput } from 'valibot'
import { localityLbConfig } from '../../../config/schema/load-balancing-common.ts'
import { message } from '../../../config/schema/message.ts'

export type RoundRobin = InferOutput<ReturnType<typeof roundRobinSchema>>

/** Slow start and zone-aware balancing are not here yet. */
export function roundRobinSchema() {
  return message('envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin', {
    /** True: the weights of localities count. */
    localityLbConfig: localityLbConfig(),
  })
}
