import { RE2JS, RE2JSException } from 're2js'

/** What the groups of a pattern hold; `start` is where the first one lies. */
export interface GroupMatch {
  readonly groups: readonly (string | null)[]
  readonly start: number
}

/** A search for the first match of a pattern. */
export type Search = (text: string) => GroupMatch | null

/**
 * A pattern in the grammar of C++'s std::regex (ECMAScript of 1999), which Envoy has for stats_tags and nothing else. What RE2 can
 * express runs in linear time; only lookahead and back references do not. Throws an Error with Envoy's text.
 */
export function compileStdRegex(pattern: string): Search {
  const problem = findProblem(pattern)
  if (problem !== null) throw new Error(`Invalid regex '${pattern}': ${problem}`)
  try {
    return linearSearch(RE2JS.compile(pattern))
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    return nativeSearch(new RegExp(pattern, 'd'))
  }
}

function linearSearch(regex: RE2JS): Search {
  return (text) => {
    const matcher = regex.matcher(text)
    if (!matcher.find()) return null
    const count = matcher.groupCount()
    const groups = Array.from({ length: count }, (_, i) => matcher.group(i + 1))
    return { groups, start: count > 0 ? Math.max(0, matcher.start(1)) : 0 }
  }
}

function nativeSearch(regex: RegExp): Search {
  return (text) => {
    const match = regex.exec(text)
    if (match === null) return null
    const groups = match.slice(1).map((group: string | undefined) => group ?? null)
    return { groups, start: match.indices?.[1]?.[0] ?? 0 }
  }
}

const NOTHING_TO_REPEAT = 'One of *?+{ was not preceded by a valid regular expression.'
const INVALID_RANGE = 'The expression contained an invalid range in a {} expression.'
const LEFT_OVER = 'The parser did not consume the entire regular expression.'

/** What std::regex refuses and JavaScript, or RE2, would take; then what neither takes. */
function findProblem(pattern: string): string | null {
  const plain = pattern.replace(/\\[^a-zA-Z0-9]/g, 'x')
  if (/\\[^bBcdDfnrstuvwWx0-9]/.test(plain) || plain.endsWith('\\')) {
    return 'The expression contained an invalid escaped character, or a trailing escape.'
  }
  const outsideClasses = plain.replace(/\[(?:\[:\w+:\]|\\.|[^\]\\])*\]/g, 'x')
  if (/\(\?(?![:=!])/.test(outsideClasses)) {
    return NOTHING_TO_REPEAT
  }
  if (/^\{/.test(outsideClasses)) return NOTHING_TO_REPEAT
  if (/\{(?!\d+(,\d*)?\})/.test(outsideClasses)) {
    return INVALID_RANGE
  }
  const groups = outsideClasses.match(/\((?!\?)/g)?.length ?? 0
  const references = [...outsideClasses.matchAll(/\\([1-9]\d*)/g)].map(([, digits]) => digits)
  if (references.some((digits) => Number(digits) > groups)) {
    return 'The expression contained an invalid back reference.'
  }
  if (/[\]}]/.test(outsideClasses.replace(/\{[\d,]+\}/g, ''))) return LEFT_OVER
  try {
    new RegExp(pattern)
    return null
  } catch (error) {
    return nativeProblem(String(error))
  }
}

function nativeProblem(message: string): string {
  if (/unmatched paren/i.test(message)) return LEFT_OVER
  if (/missing \)/i.test(message)) return 'The expression contained mismatched ( and ).'
  if (/class range|range out of order/i.test(message)) {
    return 'The expression contained an invalid character range, such as [b-a] in most encodings.'
  }
  if (/numbers out of order/i.test(message)) return INVALID_RANGE
  if (/nothing to repeat/i.test(message)) return NOTHING_TO_REPEAT
  return 'The expression contained mismatched [ and ].'
}
