import { message } from './message.ts'
import { convert, type Schema } from './schema.ts'
import { bool, list, orNull, text } from './values.ts'

/** One source of a request's hash. */
export interface HashPolicy {
  /** `source-ip`: the client's address; `filter-state`: the object of that key; `none`: it asks for nothing. */
  readonly source: 'source-ip' | 'filter-state' | 'none'
  readonly key: string
  /** Those that follow count only when this one and those before gave no hash. */
  readonly isTerminal: boolean
}

const NAME = 'envoy.config.route.v3.RouteAction.HashPolicy'

/** `route.v3.RouteAction.HashPolicy`, of which the sources that HTTP has (header, cookie, query parameter) are not here yet. */
export function hashPolicies(): Schema<readonly HashPolicy[]> {
  const inner = message(NAME, {
    connectionProperties: orNull(message(`${NAME}.ConnectionProperties`, { sourceIp: bool() })),
    filterState: orNull(message(`${NAME}.FilterState`, { key: text() })),
    terminal: bool(),
  })
  return list(
    convert(inner, ({ connectionProperties, filterState, terminal }) => ({
      source:
        filterState !== null
          ? ('filter-state' as const)
          : connectionProperties?.sourceIp === true
            ? ('source-ip' as const)
            : ('none' as const),
      key: filterState?.key ?? '',
      isTerminal: terminal,
    })),
  )
}
