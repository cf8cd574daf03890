import { compileStringMatcher } from '../stats/string-matcher.ts'
import type { HeaderMatch, HeaderMatcher } from './schema/header-matcher.ts'

/** Headers as a matcher reads them. */
export interface HeaderValues {
  /** Every value of that name, which is in lower case; empty: it is not there. */
  values(name: string): readonly string[]
}

const EMPTY_VALUE = ['']

/** Compiles a HeaderMatcher. As Envoy does: repeated headers match value by value, and what is inverted is the outcome of that. */
export function compileHeaderMatcher(config: HeaderMatcher): (headers: HeaderValues) => boolean {
  const name = config.name.toLowerCase()
  const { match, invert, treatMissingAsEmpty } = config
  if (match.kind === 'present') {
    return (headers) => {
      const isThere = treatMissingAsEmpty || headers.values(name).length > 0
      return (isThere === match.present) !== invert
    }
  }
  const matches = compileMatch(match)
  return (headers) => {
    let values = headers.values(name)
    if (values.length === 0) {
      if (!treatMissingAsEmpty) return invert
      values = EMPTY_VALUE
    }
    return values.some(matches) !== invert
  }
}

/** All of them must match. */
export function compileHeaderMatchers(
  configs: readonly HeaderMatcher[],
): ((headers: HeaderValues) => boolean) | null {
  if (configs.length === 0) return null
  const matchers = configs.map(compileHeaderMatcher)
  return (headers) => matchers.every((matches) => matches(headers))
}

function compileMatch(
  match: Exclude<HeaderMatch, { kind: 'present' }>,
): (value: string) => boolean {
  if (match.kind === 'string') return compileStringMatcher(match.matcher)
  const { start, end } = match
  return (value) => {
    if (!/^[+-]?\d+$/.test(value)) return false
    const number = Number(value)
    return number >= start && number < end
  }
}
