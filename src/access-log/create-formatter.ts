import type { TimeSource } from '../time-source.ts'
import type { Formatter } from './formatter.ts'
import { JsonFormatter } from './json-formatter.ts'
import { TextFormatter } from './text-formatter.ts'

/** As `core.v3.SubstitutionFormatString`: text is printed as it is, JSON gets a newline at its end. */
export type LogFormat =
  | { readonly kind: 'text'; readonly text: string; readonly omitEmptyValues: boolean }
  | {
      readonly kind: 'json'
      readonly json: Readonly<Record<string, unknown>>
      readonly omitEmptyValues: boolean
    }

/** Envoy's format for logs that have none, for TCP too. */
export const DEFAULT_FORMAT: LogFormat = {
  kind: 'text',
  omitEmptyValues: false,
  text:
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
    '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ' +
    '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n',
}

/** Compiles a format whose commands were checked with the config; a wrong one throws. */
export function createFormatter(format: LogFormat, time: TimeSource): Formatter {
  return format.kind === 'json'
    ? new JsonFormatter(format.json, format.omitEmptyValues, time)
    : new TextFormatter(format.text, format.omitEmptyValues, time)
}
