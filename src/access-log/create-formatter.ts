import type { SubstitutionFormat } from '../config/schema/substitution-format.ts'
import type { TimeSource } from '../time-source.ts'
import type { Formatter } from './formatter.ts'
import { JsonFormatter } from './json-formatter.ts'
import { TextFormatter } from './text-formatter.ts'

/** Envoy's format for logs that have none, for TCP too. */
const DEFAULT_FORMAT: SubstitutionFormat = {
  kind: 'text',
  omitEmptyValues: false,
  text:
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
    '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ' +
    '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n',
}

/** Compiles a format (null: the default) whose commands were checked with the config; a wrong one throws. */
export function createFormatter(config: SubstitutionFormat | null, time: TimeSource): Formatter {
  const format = config ?? DEFAULT_FORMAT
  return format.kind === 'json'
    ? new JsonFormatter(format.json, format.omitEmptyValues, time)
    : new TextFormatter(format.text, format.omitEmptyValues, time)
}
