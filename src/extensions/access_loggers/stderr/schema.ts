import type { InferOutput } from 'valibot'
import { message } from '../../../config/schema/message.ts'
import { substitutionFormat } from '../../../config/schema/substitution-format.ts'
import { orNull } from '../../../config/schema/values.ts'

export type StderrAccessLog = InferOutput<ReturnType<typeof stderrAccessLogSchema>>

export function stderrAccessLogSchema() {
  return message('envoy.extensions.access_loggers.stream.v3.StderrAccessLog', {
    /** Null: Envoy's default format. */
    logFormat: orNull(substitutionFormat()),
  })
}
