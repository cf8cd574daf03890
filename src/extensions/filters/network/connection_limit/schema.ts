import type { InferOutput } from 'valibot'
import { message } from '../../../../config/schema/message.ts'
import { runtimeFeatureFlag } from '../../../../config/schema/percent.ts'
import { durationMs, number, orElse, text } from '../../../../config/schema/values.ts'

export type ConnectionLimit = InferOutput<ReturnType<typeof connectionLimitSchema>>

export function connectionLimitSchema() {
  return message('envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit', {
    statPrefix: text(),
    /** Over all workers; unset is 0, which rejects every connection. */
    maxConnections: number(0),
    /** How long a rejected connection stays before it is closed. */
    delayMs: durationMs(0),
    runtimeEnabled: orElse(runtimeFeatureFlag(), { default_value: true }),
  })
}
