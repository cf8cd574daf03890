import type { InferOutput } from 'valibot'
import { message } from '../../../../config/schema/message.ts'
import { runtimeFeatureFlag } from '../../../../config/schema/percent.ts'
import { tokenBucket } from '../../../../config/schema/token-bucket.ts'
import { orElse, text } from '../../../../config/schema/values.ts'

export type LocalRateLimit = InferOutput<ReturnType<typeof localRateLimitSchema>>

export function localRateLimitSchema() {
  return message('envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit', {
    statPrefix: text(),
    /** One token per new connection, over all workers. */
    tokenBucket: tokenBucket(),
    runtimeEnabled: orElse(runtimeFeatureFlag(), { default_value: true }),
    /** Filters of one key share their bucket; empty: a bucket of its own. */
    shareKey: text(),
  })
}
