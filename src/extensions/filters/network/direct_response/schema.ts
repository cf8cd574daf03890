import type { InferOutput } from 'valibot'
import { dataSource } from '../../../../config/schema/data-source.ts'
import { message } from '../../../../config/schema/message.ts'
import { orNull } from '../../../../config/schema/values.ts'

export type DirectResponse = InferOutput<ReturnType<typeof directResponseSchema>>

export function directResponseSchema() {
  return message('envoy.extensions.filters.network.direct_response.v3.Config', {
    /** Base64; null: nothing is written before the close. */
    response: orNull(dataSource()),
  })
}
