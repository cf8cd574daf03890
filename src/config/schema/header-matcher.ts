import { regexMatcher, type StringMatcher, stringMatcher } from './matcher.ts'
import { message } from './message.ts'
import { convert, type Schema } from './schema.ts'
import { bool, number, orNull, text } from './values.ts'

/** `route.v3.HeaderMatcher`. A header may occur more than once: any value that matches will do. */
export interface HeaderMatcher {
  /** As written; names are compared in lower case. */
  readonly name: string
  readonly match: HeaderMatch
  /** What does not match, matches. */
  readonly invert: boolean
  /** A header that is not there is one with an empty value. */
  readonly treatMissingAsEmpty: boolean
}

export type HeaderMatch =
  | { readonly kind: 'string'; readonly matcher: StringMatcher }
  /** Whole numbers, from `start`, below `end`. */
  | { readonly kind: 'range'; readonly start: number; readonly end: number }
  | { readonly kind: 'present'; readonly present: boolean }

export function headerMatcher(): Schema<HeaderMatcher> {
  const inner = message('envoy.config.route.v3.HeaderMatcher', {
    name: text(),
    stringMatch: orNull(stringMatcher()),
    rangeMatch: orNull(message('envoy.type.v3.Int64Range', { start: number(), end: number() })),
    presentMatch: orNull(bool()),
    invertMatch: bool(),
    treatMissingHeaderAsEmpty: bool(),
    // The old spellings of string_match.
    exactMatch: orNull(text()),
    safeRegexMatch: orNull(regexMatcher()),
    prefixMatch: orNull(text()),
    suffixMatch: orNull(text()),
    containsMatch: orNull(text()),
  })
  return convert(inner, (raw) => ({
    name: raw.name,
    match: matchOf(raw),
    invert: raw.invertMatch,
    treatMissingAsEmpty: raw.treatMissingHeaderAsEmpty,
  }))
}

interface RawMatch {
  readonly stringMatch: StringMatcher | null
  readonly rangeMatch: { readonly start: number; readonly end: number } | null
  readonly presentMatch: boolean | null
  readonly exactMatch: string | null
  readonly safeRegexMatch: string | null
  readonly prefixMatch: string | null
  readonly suffixMatch: string | null
  readonly containsMatch: string | null
}

/** A matcher that says nothing but a name asks whether the header is there. */
function matchOf(raw: RawMatch): HeaderMatch {
  if (raw.stringMatch !== null) return { kind: 'string', matcher: raw.stringMatch }
  if (raw.rangeMatch !== null) return { kind: 'range', ...raw.rangeMatch }
  const old: readonly (readonly [StringMatcher['kind'], string | null])[] = [
    ['exact', raw.exactMatch],
    ['regex', raw.safeRegexMatch],
    ['prefix', raw.prefixMatch],
    ['suffix', raw.suffixMatch],
    ['contains', raw.containsMatch],
  ]
  for (const [kind, pattern] of old) {
    if (pattern !== null) return { kind: 'string', matcher: { kind, pattern, ignoreCase: false } }
  }
  return { kind: 'present', present: raw.presentMatch ?? true }
}
