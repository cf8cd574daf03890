import { message } from '../../../config/schema/message.ts'
import { convert, type Schema } from '../../../config/schema/schema.ts'
import {
  formatJson,
  formatText,
  type SubstitutionFormat,
  substitutionFormat,
} from '../../../config/schema/substitution-format.ts'
import { orNull, text } from '../../../config/schema/values.ts'

/** `envoy.extensions.access_loggers.file.v3.FileAccessLog`. */
export interface FileAccessLog {
  readonly path: string
  /** Null: Envoy's default format. */
  readonly format: SubstitutionFormat | null
}

export function fileAccessLogSchema(): Schema<FileAccessLog> {
  const inner = message('envoy.extensions.access_loggers.file.v3.FileAccessLog', {
    path: text(),
    format: orNull(formatText()),
    jsonFormat: orNull(formatJson()),
    typedJsonFormat: orNull(formatJson()),
    logFormat: orNull(substitutionFormat()),
  })
  return convert(inner, ({ path, format, jsonFormat, typedJsonFormat, logFormat }) => {
    const json = jsonFormat ?? typedJsonFormat
    if (logFormat !== null) return { path, format: logFormat }
    if (json !== null) return { path, format: { kind: 'json', json, omitEmptyValues: false } }
    // An empty format is no format, as in Envoy.
    if (format === null || format === '') return { path, format: null }
    return { path, format: { kind: 'text', text: format, omitEmptyValues: false } }
  })
}
