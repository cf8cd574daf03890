import type { InferOutput } from 'valibot'
import { localityLbConfig } from '../../../config/schema/load-balancing-common.ts'
import { message } from '../../../config/schema/message.ts'
import { runtimeDouble } from '../../../config/schema/percent.ts'
import { bool, enumOf, number, orElse } from '../../../config/schema/values.ts'

export type LeastRequest = InferOutput<ReturnType<typeof leastRequestSchema>>

/** Slow start and zone-aware balancing are not here yet. */
export function leastRequestSchema() {
  return message('envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest', {
    /** Hosts drawn at random, of which the least loaded is taken; from 2. */
    choiceCount: number(2),
    /** With unequal weights: how much active requests lower a weight; 0 is not at all. */
    activeRequestBias: orElse(runtimeDouble(), { default_value: 1 }),
    /** The old form of FULL_SCAN. */
    enableFullScan: bool(),
    /** True: the weights of localities count. */
    localityLbConfig: localityLbConfig(),
    selectionMethod: enumOf(['N_CHOICES', 'FULL_SCAN']),
  })
}
