import type { InferOutput } from 'valibot'
import { message } from '../../../config/schema/message.ts'
import { substitutionFormat } from '../../../config/schema/substitution-format.ts'
import { orNull } from '../../../config/schema/values.ts'

export type StdoutAccessLog = InferOutput<ReturnType<typeof stdoutAccessLogSchema>>

export function stdoutAccessLogSchema() {
  return message('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    /** Null: Envoy's default format. */
    logFormat: orNull(substitutionFormat()),
  })
}
