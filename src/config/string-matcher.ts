import { RE2JS } from 're2js'
import type { StringMatcher } from './schema/matcher.ts'

/** Compiles a StringMatcher. A regex is RE2's, in linear time, and must match the whole text. */
export function createStringMatcher(config: StringMatcher): (text: string) => boolean {
  const { kind, pattern, ignoreCase } = config
  if (kind === 'regex') {
    const regex = RE2JS.compile(pattern)
    return (text) => regex.matches(text)
  }
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern
  const fits = TESTS[kind]
  return ignoreCase ? (text) => fits(text.toLowerCase(), wanted) : (text) => fits(text, wanted)
}

const TESTS = {
  exact: (text: string, wanted: string) => text === wanted,
  prefix: (text: string, wanted: string) => text.startsWith(wanted),
  suffix: (text: string, wanted: string) => text.endsWith(wanted),
  contains: (text: string, wanted: string) => text.includes(wanted),
}
