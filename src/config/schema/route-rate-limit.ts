import type { InferOutput } from 'valibot'
import { type HeaderMatcher, headerMatcher } from './header-matcher.ts'
import { message } from './message.ts'
import { convert, INVALID, type Schema } from './schema.ts'
import { bool, list, number, orNull, text } from './values.ts'

const NAME = 'envoy.config.route.v3.RateLimit'

/** `route.v3.RateLimit`, as far as filters that are no HTTP filters take it. */
export type RouteRateLimit = InferOutput<ReturnType<typeof routeRateLimit>>

/** What one entry of a descriptor is made of. */
export type RateLimitAction =
  | { readonly kind: 'source-cluster' }
  | { readonly kind: 'destination-cluster' }
  | { readonly kind: 'remote-address' }
  | {
      readonly kind: 'request-headers'
      readonly headerName: string
      readonly descriptorKey: string
      readonly skipIfAbsent: boolean
    }
  | {
      readonly kind: 'generic-key'
      readonly descriptorKey: string
      readonly descriptorValue: string
    }
  | {
      readonly kind: 'header-value-match'
      readonly descriptorKey: string
      readonly descriptorValue: string
      readonly expectMatch: boolean
      readonly headers: readonly HeaderMatcher[]
    }

export function routeRateLimit() {
  return message(NAME, {
    stage: number(),
    /** A runtime key that turns it off; empty: none. */
    disableKey: text(),
    /** One descriptor of them all; if one of them finds nothing, there is none. */
    actions: list(rateLimitAction()),
  })
}

function rateLimitAction(): Schema<RateLimitAction> {
  const inner = message(`${NAME}.Action`, {
    sourceCluster: orNull(message(`${NAME}.Action.SourceCluster`, {})),
    destinationCluster: orNull(message(`${NAME}.Action.DestinationCluster`, {})),
    remoteAddress: orNull(message(`${NAME}.Action.RemoteAddress`, {})),
    requestHeaders: orNull(
      message(`${NAME}.Action.RequestHeaders`, {
        headerName: text(),
        descriptorKey: text(),
        skipIfAbsent: bool(),
      }),
    ),
    genericKey: orNull(
      message(`${NAME}.Action.GenericKey`, {
        descriptorValue: text(),
        descriptorKey: text('generic_key'),
      }),
    ),
    headerValueMatch: orNull(
      message(`${NAME}.Action.HeaderValueMatch`, {
        descriptorKey: text('header_match'),
        descriptorValue: text(),
        expectMatch: bool(true),
        headers: list(headerMatcher()),
      }),
    ),
  })
  return convert(inner, (raw, problems, input) => {
    if (raw.sourceCluster !== null) return { kind: 'source-cluster' }
    if (raw.destinationCluster !== null) return { kind: 'destination-cluster' }
    if (raw.remoteAddress !== null) return { kind: 'remote-address' }
    if (raw.requestHeaders !== null) return { kind: 'request-headers', ...raw.requestHeaders }
    if (raw.genericKey !== null) return { kind: 'generic-key', ...raw.genericKey }
    if (raw.headerValueMatch !== null)
      return { kind: 'header-value-match', ...raw.headerValueMatch }
    problems.add('missing-required', [], 'expected an action', input)
    return INVALID
  })
}
