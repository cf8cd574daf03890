import { describe, expect, test } from 'bun:test'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import { defineStats } from '../../src/stats/group.ts'
import { DEFAULT_BUCKETS } from '../../src/stats/histogram-statistics.ts'
import {
  aggregatorOptions,
  compileBuckets,
  compileStatsMatcher,
  type StatsConfig,
} from '../../src/stats/stats-config.ts'
import { compileStdRegex } from '../../src/stats/std-regex.ts'
import type { StringMatcher } from '../../src/stats/string-matcher.ts'
import { connectStore, prometheusText, statsText } from '../support/stats.ts'

function matcher(kind: StringMatcher['kind'], pattern: string, ignoreCase = false): StringMatcher {
  return { kind, pattern, ignoreCase }
}

const names = ['cluster.up.upstream_cx_total', 'tcp.t.idle_timeout', 'server.live']

describe('stats_matcher', () => {
  test.each<[StringMatcher, string[]]>([
    [matcher('exact', 'server.live'), ['server.live']],
    [matcher('exact', 'server.liv'), []],
    [matcher('exact', 'Server.LIVE', true), ['server.live']],
    [matcher('prefix', 'tcp.'), ['tcp.t.idle_timeout']],
    [matcher('prefix', 'TCP.'), []],
    [matcher('prefix', 'TCP.', true), ['tcp.t.idle_timeout']],
    [matcher('suffix', '_total'), ['cluster.up.upstream_cx_total']],
    [matcher('contains', '.up.'), ['cluster.up.upstream_cx_total']],
    [matcher('contains', 'T.IDLE', true), ['tcp.t.idle_timeout']],
    [matcher('regex', 'cluster'), []],
    [matcher('regex', 'cluster.*|server[.]live'), [names[0]!, names[2]!]],
  ])('%j', (pattern, included) => {
    const patterns = [pattern]
    const includes = compileStatsMatcher({ kind: 'inclusion', patterns })
    expect(names.filter(includes)).toEqual(included)
    const excludes = compileStatsMatcher({ kind: 'exclusion', patterns })
    expect(names.filter(excludes)).toEqual(names.filter((name) => !included.includes(name)))
  })

  test('reject_all rejects all, or nothing', () => {
    expect(names.filter(compileStatsMatcher({ kind: 'rejectAll', reject: true }))).toEqual([])
    expect(names.filter(compileStatsMatcher({ kind: 'rejectAll', reject: false }))).toEqual(names)
  })
})

test('the first histogram setting that matches and has buckets gives the bounds', () => {
  const bounds = compileBuckets([
    { match: matcher('prefix', 'cluster.'), buckets: [] },
    { match: matcher('prefix', 'cluster.up'), buckets: [10, 1, 5] },
    { match: matcher('prefix', 'cluster.'), buckets: [2] },
  ])
  expect(bounds('cluster.up.x_ms')).toEqual([1, 5, 10])
  expect(bounds('cluster.b.x_ms')).toEqual([2])
  expect(bounds('tcp.x_ms')).toBe(DEFAULT_BUCKETS)
})

test('a bootstrap shapes what the aggregator shows', () => {
  const config: StatsConfig = {
    statsTags: [{ tagName: 'env', regex: null, fixedValue: 'prod' }],
    useAllDefaultTags: true,
    statsMatcher: { kind: 'exclusion', patterns: [matcher('suffix', '_hidden')] },
    histogramBucketSettings: [{ match: matcher('suffix', '_ms'), buckets: [5, 1] }],
  }
  const options = aggregatorOptions(config, [{ name: 'team', value: 'red' }])
  const aggregator = new StatsAggregator(options)
  const store = connectStore(aggregator)
  const group = defineStats({ shown: 'counter', not_hidden: 'counter' })
  store.block('tcp.t.', group)[group.index.shown]!++
  for (const name of ['tcp.t.a_ms', 'tcp.t.ms_hidden']) store.histogram(name).record(3)
  aggregator.mergeHistograms()
  expect(statsText(aggregator, 'histogram_buckets=cumulative')).toBe(
    'tcp.t.shown: 1\ntcp.t.a_ms: B1(0,0) B5(1,1)\n',
  )
  expect(prometheusText(aggregator, 'filter=shown')).toBe(
    '# TYPE envoy_tcp_shown counter\nenvoy_tcp_shown{team="red",env="prod",envoy_tcp_prefix="t"} 1\n',
  )
})

describe('std::regex', () => {
  // Verdicts and texts of `envoy --mode validate` 1.40.
  const mismatched = 'The expression contained mismatched ( and ).'
  const escaped = 'The expression contained an invalid escaped character, or a trailing escape.'
  const repeat = 'One of *?+{ was not preceded by a valid regular expression.'
  const range = 'The expression contained an invalid range in a {} expression.'
  const rest = 'The parser did not consume the entire regular expression.'
  const order =
    'The expression contained an invalid character range, such as [b-a] in most encodings.'

  test.each([
    ['(', mismatched],
    [')', rest],
    [']', rest],
    ['}', rest],
    [String.raw`\p{L}`, escaped],
    [String.raw`\Q`, escaped],
    ['a\\', escaped],
    ['(?i)a', repeat],
    ['(?P<n>a)', repeat],
    ['(?<=a)b', repeat],
    ['*', repeat],
    ['a**', repeat],
    ['{', repeat],
    ['a{,2}', range],
    ['a{2,1}', range],
    [String.raw`\.{`, range],
    ['[z-a]', order],
    ['[a', 'The expression contained mismatched [ and ].'],
    [String.raw`\8`, 'The expression contained an invalid back reference.'],
  ])('refuses %s', (pattern, problem) => {
    expect(() => compileStdRegex(pattern)).toThrow(`Invalid regex '${pattern}': ${problem}`)
  })

  test.each([
    ['a(?=b)', 'ab'],
    [String.raw`(a)\1`, 'aa'],
    ['[[:alpha:]]', 'a'],
    [String.raw`\-\_`, '-_'],
    [String.raw`[\d.]+`, '1.5'],
    ['[{]', '{'],
    ['(?!x)', 'y'],
    ['(a{2})', 'aa'],
  ])('takes %s', (pattern, text) => {
    expect(compileStdRegex(pattern)(text)).not.toBeNull()
  })

  test('a pattern that RE2 can express is linear', () => {
    const search = compileStdRegex('^(a+)+$')
    const start = performance.now()
    search(`${'a'.repeat(5000)}b`)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
