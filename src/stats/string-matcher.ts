import { RE2JS } from 're2js'

/** `envoy.type.matcher.v3.StringMatcher`, as its config schema makes it. */
export interface StringMatcher {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex'
  readonly pattern: string
  /** Of ASCII letters; a regex ignores it. */
  readonly ignoreCase: boolean
}

/** A regex is RE2's and must match the whole text. */
export function compileStringMatcher(matcher: StringMatcher): (text: string) => boolean {
  const { kind, pattern, ignoreCase } = matcher
  if (kind === 'regex') {
    const regex = RE2JS.compile(pattern)
    return (text) => regex.matches(text)
  }
  const matches = compilePlain(kind, ignoreCase ? lowerCase(pattern) : pattern)
  return ignoreCase ? (text) => matches(lowerCase(text)) : matches
}

function compilePlain(
  kind: 'exact' | 'prefix' | 'suffix' | 'contains',
  pattern: string,
): (text: string) => boolean {
  switch (kind) {
    case 'exact':
      return (text) => text === pattern
    case 'prefix':
      return (text) => text.startsWith(pattern)
    case 'suffix':
      return (text) => text.endsWith(pattern)
    case 'contains':
      return (text) => text.includes(pattern)
  }
}

function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
