import type { StatsAggregatorOptions } from './aggregate.ts'
import { DEFAULT_BUCKETS } from './histogram-statistics.ts'
import { compileStringMatcher, type StringMatcher } from './string-matcher.ts'
import type { StatTag } from './tag.ts'
import { TagProducer, type TagSpecifier } from './tag-producer.ts'

/** `stats_config` of the bootstrap, as its config schema makes it. */
export interface StatsConfig {
  readonly statsTags: readonly TagSpecifier[]
  readonly useAllDefaultTags: boolean
  readonly statsMatcher: StatsMatcher | null
  readonly histogramBucketSettings: readonly HistogramBucketSettings[]
}

export type StatsMatcher =
  | { readonly kind: 'rejectAll'; readonly reject: boolean }
  | { readonly kind: 'exclusion' | 'inclusion'; readonly patterns: readonly StringMatcher[] }

export interface HistogramBucketSettings {
  readonly match: StringMatcher
  readonly buckets: readonly number[]
}

/** What the aggregator needs of the bootstrap and of `--stats-tag`. Throws an Error with Envoy's text for a bad tag. */
export function aggregatorOptions(
  config: StatsConfig,
  cliTags: readonly StatTag[],
): StatsAggregatorOptions {
  const { statsTags, useAllDefaultTags, statsMatcher, histogramBucketSettings } = config
  return {
    tagProducer: new TagProducer({ cliTags, statsTags, useAllDefaultTags }),
    bounds: compileBuckets(histogramBucketSettings),
    ...(statsMatcher && { accepts: compileStatsMatcher(statsMatcher) }),
  }
}

/** True for the full names of stats that exist. */
export function compileStatsMatcher(matcher: StatsMatcher): (name: string) => boolean {
  if (matcher.kind === 'rejectAll') return () => !matcher.reject
  const patterns = matcher.patterns.map(compileStringMatcher)
  const matches = (name: string): boolean => patterns.some((pattern) => pattern(name))
  return matcher.kind === 'inclusion' ? matches : (name) => !matches(name)
}

/** The first setting that matches a histogram's name and has buckets gives its bounds. */
export function compileBuckets(
  settings: readonly HistogramBucketSettings[],
): (name: string) => readonly number[] {
  const choices = settings
    .filter(({ buckets }) => buckets.length > 0)
    .map(({ match, buckets }) => ({
      matches: compileStringMatcher(match),
      bounds: buckets.toSorted((a, b) => a - b),
    }))
  return (name) => choices.find(({ matches }) => matches(name))?.bounds ?? DEFAULT_BUCKETS
}
