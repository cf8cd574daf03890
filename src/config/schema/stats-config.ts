import type { InferOutput } from 'valibot'
import { type StringMatcher, stringMatcher } from './matcher.ts'
import { message } from './message.ts'
import { convert, INVALID, type Schema } from './schema.ts'
import { bool, list, number, orNull, text } from './values.ts'

/** `metrics.v3.StatsConfig`. */
export type StatsConfig = InferOutput<ReturnType<typeof statsConfig>>
/** `metrics.v3.TagSpecifier`: with neither regex nor fixed value the built-in pattern of that name is meant. */
export type TagSpecifier = InferOutput<ReturnType<typeof tagSpecifier>>
export type HistogramBucketSettings = InferOutput<ReturnType<typeof histogramBucketSettings>>

/** `metrics.v3.StatsMatcher`, on full names: which stats exist. */
export type StatsMatcher =
  | { readonly kind: 'rejectAll'; readonly reject: boolean }
  | { readonly kind: 'exclusion' | 'inclusion'; readonly patterns: readonly StringMatcher[] }

const PACKAGE = 'envoy.config.metrics.v3'

export function statsConfig() {
  return message(`${PACKAGE}.StatsConfig`, {
    statsTags: list(tagSpecifier()),
    useAllDefaultTags: bool(true),
    /** Null: all of them. */
    statsMatcher: orNull(statsMatcher()),
    histogramBucketSettings: list(histogramBucketSettings()),
  })
}

export function tagSpecifier() {
  return message(`${PACKAGE}.TagSpecifier`, {
    tagName: text(),
    /** RE2; the first group is taken out of the name, the second is the value. */
    regex: orNull(text()),
    fixedValue: orNull(text()),
  })
}

export function histogramBucketSettings() {
  return message(`${PACKAGE}.HistogramBucketSettings`, {
    match: stringMatcher(),
    /** Upper bounds, ascending. */
    buckets: list(number()),
    bins: orNull(number()),
  })
}

function statsMatcher(): Schema<StatsMatcher> {
  const patterns = message('envoy.type.matcher.v3.ListStringMatcher', {
    patterns: list(stringMatcher()),
  })
  const inner = message(`${PACKAGE}.StatsMatcher`, {
    rejectAll: orNull(bool()),
    exclusionList: orNull(patterns),
    inclusionList: orNull(patterns),
  })
  return convert(inner, ({ rejectAll, exclusionList, inclusionList }, problems, input) => {
    if (rejectAll !== null) return { kind: 'rejectAll', reject: rejectAll }
    if (exclusionList !== null) return { kind: 'exclusion', ...exclusionList }
    if (inclusionList !== null) return { kind: 'inclusion', ...inclusionList }
    problems.add(
      'missing-required',
      [],
      'expected reject_all, exclusion_list or inclusion_list',
      input,
    )
    return INVALID
  })
}
