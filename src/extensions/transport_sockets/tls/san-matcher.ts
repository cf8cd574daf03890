import type { Certificate, SanType, SubjectAltName } from '../../../codec/x509/certificate.ts'
import type { StringMatcher } from '../../../config/schema/matcher.ts'
import { compileStringMatcher } from '../../../stats/string-matcher.ts'

/** `SubjectAltNameMatcher`; `type` null: any of the types that the deprecated form knew. */
export interface SanMatcher {
  readonly type: SanType | null
  readonly matcher: StringMatcher
  /** Of an OTHER_NAME. */
  readonly objectId: string
}

export type MatchSan = (name: SubjectAltName) => boolean

const UNTYPED: ReadonlySet<SanType> = new Set(['EMAIL', 'DNS', 'URI', 'IP_ADDRESS'])

/** An exact DNS matcher accepts a wildcard of the certificate, other matchers see its text. */
export function compileSanMatcher({ type, matcher, objectId }: SanMatcher): MatchSan {
  const matches = compileStringMatcher(matcher)
  return (name) => {
    if (type === null ? !UNTYPED.has(name.type) : name.type !== type) return false
    if (name.type === 'DNS' && matcher.kind === 'exact') {
      return dnsNameMatches(matcher.pattern, name.value)
    }
    return (name.type !== 'OTHER_NAME' || name.objectId === objectId) && matches(name.value)
  }
}

export function matchesAnySan(certificate: Certificate, matchers: readonly MatchSan[]): boolean {
  return certificate.subjectAltNames.some((name) => matchers.some((matches) => matches(name)))
}

/** Whether a certificate's DNS name, which may be a wildcard for one label, stands for `dnsName`. */
export function dnsNameMatches(dnsName: string, pattern: string): boolean {
  const [label, domain] = firstLabel(dnsName.toLowerCase())
  const [patternLabel, patternDomain] = firstLabel(pattern.toLowerCase())
  if (label === patternLabel && domain === patternDomain) return true
  if (domain === null || patternDomain === null) return false
  const isWildcard =
    patternLabel.includes('*') && !patternDomain.includes('*') && !patternLabel.startsWith('xn--')
  return isWildcard && domain === patternDomain && labelMatches(label, patternLabel)
}

function firstLabel(name: string): readonly [string, string | null] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, null] : [name.slice(0, dot), name.slice(dot + 1)]
}

function labelMatches(label: string, pattern: string): boolean {
  if (pattern === '*') return true
  const [before = '', after = '', ...more] = pattern.split('*')
  if (more.length > 0 || pattern.length > label.length + 1) return false
  return label.startsWith(before) && label.endsWith(after)
}
