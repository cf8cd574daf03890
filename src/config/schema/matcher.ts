import { message } from './message.ts'
import { convert, INVALID, type Schema } from './schema.ts'
import { bool, ignored, lazy, list, number, orNull, text } from './values.ts'

/** `type.matcher.v3.StringMatcher`. A regex is RE2 and must match the whole text; `ignoreCase` does not apply to it. */
export interface StringMatcher {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex'
  readonly pattern: string
  readonly ignoreCase: boolean
}

export function stringMatcher(): Schema<StringMatcher> {
  const inner = message('envoy.type.matcher.v3.StringMatcher', {
    exact: orNull(text()),
    prefix: orNull(text()),
    suffix: orNull(text()),
    contains: orNull(text()),
    safeRegex: orNull(regexMatcher()),
    ignoreCase: bool(),
  })
  return convert(inner, ({ ignoreCase, safeRegex, ...plain }, problems, input) => {
    if (safeRegex !== null) return { kind: 'regex', pattern: safeRegex, ignoreCase: false }
    for (const kind of ['exact', 'prefix', 'suffix', 'contains'] as const) {
      const pattern = plain[kind]
      if (pattern !== null) return { kind, pattern, ignoreCase }
    }
    problems.add(
      'missing-required',
      [],
      'expected one of exact, prefix, suffix, contains, safe_regex',
      input,
    )
    return INVALID
  })
}

/** `type.matcher.v3.RegexMatcher`: the pattern. */
export function regexMatcher(): Schema<string> {
  const inner = message('envoy.type.matcher.v3.RegexMatcher', {
    googleRe2: ignored(),
    regex: text(),
  })
  return convert(inner, ({ regex }) => regex)
}

/** `type.matcher.v3.ValueMatcher`. */
export type ValueMatcher =
  | { readonly kind: 'null' }
  /** Half-open: from `start`, below `end`. */
  | { readonly kind: 'range'; readonly start: number; readonly end: number }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'string'; readonly matcher: StringMatcher }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'present'; readonly present: boolean }
  /** Any item of a list. */
  | { readonly kind: 'list'; readonly matcher: ValueMatcher }
  | { readonly kind: 'or'; readonly matchers: readonly ValueMatcher[] }

export function valueMatcher(): Schema<ValueMatcher> {
  const nested = lazy(valueMatcher)
  const inner = message('envoy.type.matcher.v3.ValueMatcher', {
    nullMatch: orNull(message('envoy.type.matcher.v3.ValueMatcher.NullMatch', {})),
    doubleMatch: orNull(doubleMatcher()),
    stringMatch: orNull(stringMatcher()),
    boolMatch: orNull(bool()),
    presentMatch: orNull(bool()),
    listMatch: orNull(message('envoy.type.matcher.v3.ListMatcher', { oneOf: nested })),
    orMatch: orNull(message('envoy.type.matcher.v3.OrMatcher', { valueMatchers: list(nested) })),
  })
  return convert(inner, (value, problems, input) => {
    if (value.nullMatch !== null) return { kind: 'null' }
    if (value.doubleMatch !== null) return value.doubleMatch
    if (value.stringMatch !== null) return { kind: 'string', matcher: value.stringMatch }
    if (value.boolMatch !== null) return { kind: 'bool', value: value.boolMatch }
    if (value.presentMatch !== null) return { kind: 'present', present: value.presentMatch }
    if (value.listMatch !== null) return { kind: 'list', matcher: value.listMatch.oneOf }
    if (value.orMatch !== null) return { kind: 'or', matchers: value.orMatch.valueMatchers }
    problems.add('missing-required', [], 'expected a value to match', input)
    return INVALID
  })
}

function doubleMatcher(): Schema<ValueMatcher> {
  const range = message('envoy.type.v3.DoubleRange', { start: number(), end: number() })
  const inner = message('envoy.type.matcher.v3.DoubleMatcher', {
    range: orNull(range),
    exact: orNull(number()),
  })
  return convert(inner, (value, problems, input) => {
    if (value.range !== null) return { kind: 'range', ...value.range }
    if (value.exact !== null) return { kind: 'double', value: value.exact }
    problems.add('missing-required', [], 'expected "range" or "exact"', input)
    return INVALID
  })
}

/** `type.matcher.v3.MetadataMatcher`. */
export interface MetadataMatcher {
  /** The metadata's namespace. */
  readonly filter: string
  readonly path: readonly string[]
  readonly value: ValueMatcher
  readonly invert: boolean
}

export function metadataMatcher(): Schema<MetadataMatcher> {
  const segment = message('envoy.type.matcher.v3.MetadataMatcher.PathSegment', { key: text() })
  const inner = message('envoy.type.matcher.v3.MetadataMatcher', {
    filter: text(),
    path: list(segment),
    value: valueMatcher(),
    invert: bool(),
  })
  return convert(inner, (value) => ({ ...value, path: value.path.map(({ key }) => key) }))
}
