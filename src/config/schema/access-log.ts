import { type AccessLogFilter, accessLogFilter } from './access-log-filter.ts'
import { type AccessLogConfig, anyValue, readExtension } from './extension.ts'
import { message } from './message.ts'
import { convert, INVALID, type Schema } from './schema.ts'
import { orNull, text } from './values.ts'

/** `accesslog.v3.AccessLog`. */
export function accessLog(): Schema<AccessLogConfig> {
  const inner = message('envoy.config.accesslog.v3.AccessLog', {
    name: text(),
    filter: orNull(accessLogFilter()),
    typedConfig: orNull(anyValue()),
  })
  return convert(inner, (value, problems) => {
    const made = readExtension('envoy.access_loggers', value, problems)
    const filter: AccessLogFilter | null = value.filter
    return made === INVALID ? INVALID : { ...made, filter }
  })
}
