import type { FieldType } from './api-table.ts'
import { describeType, enumNumber } from './decode-scalar.ts'
import { parseDuration } from './duration.ts'
import type { NumberRules, Rules, StringRules } from './rule-types.ts'

/** What a single value breaks, as a clause behind its name ("must be ..."), or undefined. */
export function checkValue(rules: Rules, field: FieldType, value: unknown): string | undefined {
  if (rules.string !== undefined) return checkString(rules.string, value as string)
  if (rules.duration !== undefined) return checkDuration(rules.duration, value as string)
  if (rules.enum !== undefined) return checkEnum(rules.enum, field, value)
  if (rules.bool?.const !== undefined) {
    return value === rules.bool.const ? undefined : `must be ${rules.bool.const}`
  }
  if (rules.bytes !== undefined) return checkBytes(rules.bytes, value as string)
  const numeric =
    rules.uint32 ?? rules.uint64 ?? rules.int32 ?? rules.int64 ?? rules.double ?? rules.float
  return numeric === undefined ? undefined : checkNumber(numeric, Number(value))
}

/** What a list breaks as a whole. */
export function checkList(rules: Rules, items: readonly unknown[]): string | undefined {
  const { minItems, maxItems, unique } = rules.repeated ?? {}
  if (minItems !== undefined && items.length < minItems) {
    return `must have at least ${count(minItems, 'item')}`
  }
  if (maxItems !== undefined && items.length > maxItems) {
    return `must have at most ${count(maxItems, 'item')}, has ${items.length}`
  }
  if (unique === true && new Set(items.map((one) => JSON.stringify(one))).size < items.length) {
    return 'must not repeat an item'
  }
  return undefined
}

function checkString(rules: StringRules, value: string): string | undefined {
  if (rules.ignoreEmpty === true && value === '') return undefined
  const length = rules.len ?? rules.minLen ?? rules.maxLen
  if (length !== undefined) {
    const characters = [...value].length
    if (rules.len !== undefined && characters !== rules.len) {
      return `must be ${count(rules.len, 'character')} long`
    }
    if (characters < (rules.minLen ?? 0)) {
      return rules.minLen === 1
        ? 'must not be empty'
        : `must be at least ${count(rules.minLen!, 'character')} long`
    }
    if (characters > (rules.maxLen ?? Number.POSITIVE_INFINITY)) {
      return `must be at most ${count(rules.maxLen!, 'character')} long, is ${characters}`
    }
  }
  if (rules.maxBytes !== undefined && Buffer.byteLength(value) > rules.maxBytes) {
    return `must be at most ${count(rules.maxBytes, 'byte')} long, is ${Buffer.byteLength(value)}`
  }
  return checkStringContent(rules, value)
}

function checkStringContent(rules: StringRules, value: string): string | undefined {
  if (rules.in !== undefined && !rules.in.includes(value)) {
    return `must be one of ${rules.in.join(', ')}`
  }
  if (rules.prefix !== undefined && !value.startsWith(rules.prefix)) {
    return `must start with "${rules.prefix}"`
  }
  if (rules.suffix !== undefined && !value.endsWith(rules.suffix)) {
    return `must end with "${rules.suffix}"`
  }
  if (rules.pattern !== undefined && !patternOf(rules.pattern).test(value)) {
    return `must match ${rules.pattern}`
  }
  if (rules.wellKnownRegex === undefined) return undefined
  const isName = rules.wellKnownRegex === 'HTTP_HEADER_NAME'
  const [strict, loose] = isName ? HEADER_NAME : HEADER_VALUE
  if ((rules.strict === false ? loose : strict).test(value)) return undefined
  return isName ? 'must be an HTTP header name' : 'must be an HTTP header value'
}

// RFC 9110 tokens with an optional colon for pseudo-headers, and visible text; without `strict` anything
// that does not break a line.
const HEADER_NAME = [
  /^:?[0-9a-zA-Z!#$%&'*+\-.^_|~`]+$/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it forbids.
  /^[^\u0000\n\r]*$/,
] as const
const HEADER_VALUE = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it forbids.
  /^[^\u0000-\u0008\n-\u001f\u007f]*$/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it forbids.
  /^[^\u0000\n\r]*$/,
] as const

const patterns = new Map<string, RegExp>()

function patternOf(pattern: string): RegExp {
  let regex = patterns.get(pattern)
  if (regex === undefined) {
    regex = new RegExp(pattern, 'u')
    patterns.set(pattern, regex)
  }
  return regex
}

function checkNumber(rules: NumberRules, value: number): string | undefined {
  if (rules.ignoreEmpty === true && value === 0) return undefined
  const { gt, gte, lt, lte } = rules
  if (
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte)
  ) {
    return undefined
  }
  return describeRange(rules, String(value))
}

function checkDuration(rules: NonNullable<Rules['duration']>, value: string): string | undefined {
  const nanos = parseDuration(value)
  if (typeof nanos !== 'bigint') return undefined
  const bound = (text: string) => parseDuration(text) as bigint
  if (
    (rules.gt === undefined || nanos > bound(rules.gt)) &&
    (rules.gte === undefined || nanos >= bound(rules.gte)) &&
    (rules.lt === undefined || nanos < bound(rules.lt)) &&
    (rules.lte === undefined || nanos <= bound(rules.lte))
  ) {
    return undefined
  }
  return describeRange(rules, value)
}

interface Range {
  gt?: string | number
  gte?: string | number
  lt?: string | number
  lte?: string | number
}

function describeRange(range: Range, value: string): string {
  const bounds: string[] = []
  if (range.gt !== undefined) bounds.push(`above ${range.gt}`)
  if (range.gte !== undefined) bounds.push(`at least ${range.gte}`)
  if (range.lt !== undefined) bounds.push(`below ${range.lt}`)
  if (range.lte !== undefined) bounds.push(`at most ${range.lte}`)
  return `must be ${bounds.join(' and ')}, is ${value}`
}

function checkEnum(
  rules: NonNullable<Rules['enum']>,
  field: FieldType,
  value: unknown,
): string | undefined {
  if (rules.definedOnly === true && typeof value === 'number') {
    return `must be ${describeType(field)}`
  }
  if (rules.notIn?.includes(enumNumber(field.type, value)) === true) return `must not be ${value}`
  return undefined
}

function checkBytes(rules: NonNullable<Rules['bytes']>, value: string): string | undefined {
  const length = Buffer.from(value, 'base64').length
  if (length < (rules.minLen ?? 0)) return `must be at least ${count(rules.minLen!, 'byte')} long`
  if (length > (rules.maxLen ?? Number.POSITIVE_INFINITY)) {
    return `must be at most ${count(rules.maxLen!, 'byte')} long`
  }
  return undefined
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`
}
