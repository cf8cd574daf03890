import { describe, expect, test } from 'bun:test'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import { renderPrometheus, renderStats } from '../../src/stats/render.ts'
import { parseQuery } from '../../src/stats/stats-params.ts'
import { connectStore, histogramOf, prometheusText, statsText } from '../support/stats.ts'

/** A few stats of each kind. */
function sample(): StatsAggregator {
  const aggregator = new StatsAggregator({ bounds: () => [1, 5, 300_000, 1_800_000] })
  const store = connectStore(aggregator)
  store.single('cluster.up.upstream_cx_total', 'counter')[0]! += 3
  store.single('cluster.b.upstream_cx_total', 'counter')
  store.single('cluster.up.upstream_cx_active', 'gauge')[0]! += 1
  store.single('server.live', 'gauge')[0]! += 1
  aggregator.setTextReadout('control_plane.identifier', 'a "b"')
  const histogram = store.histogram('cluster.up.upstream_cx_length_ms')
  store.histogram('cluster.b.upstream_cx_length_ms')
  for (const value of [0, 3, 3, 250]) histogram.record(value)
  aggregator.mergeHistograms()
  histogram.record(40)
  aggregator.mergeHistograms()
  return aggregator
}

describe('text', () => {
  test('text readouts, then counters and gauges by name, then histograms', () => {
    expect(statsText(sample())).toBe(
      'control_plane.identifier: "a "b""\n' +
        'cluster.b.upstream_cx_total: 0\n' +
        'cluster.up.upstream_cx_active: 1\n' +
        'cluster.up.upstream_cx_total: 3\n' +
        'server.live: 1\n' +
        'cluster.b.upstream_cx_length_ms: No recorded values\n' +
        'cluster.up.upstream_cx_length_ms: P0(40.5,0) P25(40.5,3.033333333333333) ' +
        'P50(40.5,3.066666666666667) P75(40.5,40.5) P90(40.5,255) P95(40.5,255) P99(40.5,255) ' +
        'P99.5(40.5,255) P99.9(40.5,255) P100(40.5,255)\n',
    )
  })

  test.each([
    ['cumulative', ' B1(0,1) B5(0,3) B300000(1,5) B1.8e+06(1,5)\n'],
    ['disjoint', ' B1(0,1) B5(0,2) B300000(1,2) B1.8e+06(0,0)\n'],
    [
      'detailed',
      '\n  totals=0,0:1, 3,0.1:2, 40,1:1, 250,10:1\n  intervals=40,1:1\n  summary=P0(40.5,0)',
    ],
    ['none', ' P0(40.5,0)'],
    ['summary', ' P0(40.5,0)'],
  ])('histogram_buckets=%s', (mode, expected) => {
    const query = `filter=cluster.up.*length&histogram_buckets=${mode}`
    expect(statsText(sample(), query)).toStartWith(`cluster.up.upstream_cx_length_ms:${expected}`)
  })
})

describe('json', () => {
  test('one element a stat, and all histograms in the last', () => {
    const stats = JSON.parse(statsText(sample(), 'format=json')).stats
    expect(stats.slice(0, 5)).toEqual([
      { name: 'control_plane.identifier', value: 'a "b"' },
      { name: 'cluster.b.upstream_cx_total', value: 0 },
      { name: 'cluster.up.upstream_cx_active', value: 1 },
      { name: 'cluster.up.upstream_cx_total', value: 3 },
      { name: 'server.live', value: 1 },
    ])
    expect(stats).toHaveLength(6)
    const { supported_quantiles, computed_quantiles } = stats[5].histograms
    expect(supported_quantiles).toEqual([0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100])
    expect(computed_quantiles[0].values[0]).toEqual({ cumulative: null, interval: null })
    expect(computed_quantiles[1].values[0]).toEqual({ cumulative: 0, interval: 40.5 })
  })

  test('buckets are a list, details an object, numbers as short as can be', () => {
    const json = (mode: string) =>
      statsText(sample(), `format=json&usedonly&type=Histograms&histogram_buckets=${mode}`)
    expect(json('disjoint')).toBe(
      '{"stats":[{"histograms":[{"name":"cluster.up.upstream_cx_length_ms","buckets":[' +
        '{"upper_bound":1,"interval":0,"cumulative":1},{"upper_bound":5,"interval":0,"cumulative":2},' +
        '{"upper_bound":3e+05,"interval":1,"cumulative":2},' +
        '{"upper_bound":1800000,"interval":0,"cumulative":0}]}]}]}',
    )
    expect(json('detailed')).toContain(
      '"details":[{"name":"cluster.up.upstream_cx_length_ms","totals":[' +
        '{"lower_bound":0,"width":0,"count":1},{"lower_bound":3,"width":0.1,"count":2},' +
        '{"lower_bound":40,"width":1,"count":1},{"lower_bound":250,"width":10,"count":1}],' +
        '"intervals":[{"lower_bound":40,"width":1,"count":1}],"percentiles":[{"cumulative":0,',
    )
  })

  test('nothing selected is an empty list', () => {
    expect(statsText(sample(), 'format=json&filter=nothing')).toBe('{"stats":[]}')
  })
})

describe('prometheus', () => {
  test('one TYPE line a name, labels from tags, cumulative buckets', () => {
    expect(prometheusText(sample(), 'usedonly')).toBe(`\
# TYPE envoy_cluster_upstream_cx_total counter
envoy_cluster_upstream_cx_total{envoy_cluster_name="up"} 3
# TYPE envoy_cluster_upstream_cx_active gauge
envoy_cluster_upstream_cx_active{envoy_cluster_name="up"} 1
# TYPE envoy_server_live gauge
envoy_server_live{} 1
# TYPE envoy_cluster_upstream_cx_length_ms histogram
envoy_cluster_upstream_cx_length_ms_bucket{envoy_cluster_name="up",le="1"} 1
envoy_cluster_upstream_cx_length_ms_bucket{envoy_cluster_name="up",le="5"} 3
envoy_cluster_upstream_cx_length_ms_bucket{envoy_cluster_name="up",le="300000"} 5
envoy_cluster_upstream_cx_length_ms_bucket{envoy_cluster_name="up",le="1800000"} 5
envoy_cluster_upstream_cx_length_ms_bucket{envoy_cluster_name="up",le="+Inf"} 5
envoy_cluster_upstream_cx_length_ms_sum{envoy_cluster_name="up"} 301.49414860054525888699572533369
envoy_cluster_upstream_cx_length_ms_count{envoy_cluster_name="up"} 5
`)
  })

  test('summaries are of the interval', () => {
    const body = prometheusText(sample(), 'histogram_buckets=summary&filter=cluster.up.*length')
    expect(body).toStartWith(
      '# TYPE envoy_cluster_upstream_cx_length_ms summary\n' +
        'envoy_cluster_upstream_cx_length_ms{envoy_cluster_name="up",quantile="0"} 40.5\n' +
        'envoy_cluster_upstream_cx_length_ms{envoy_cluster_name="up",quantile="0.25"} 40.5\n',
    )
    expect(body).toEndWith('_count{envoy_cluster_name="up"} 1\n')
  })

  test('text readouts only when asked for, as a label', () => {
    expect(prometheusText(sample(), 'filter=identifier')).toBe('')
    expect(prometheusText(sample(), 'filter=identifier&text_readouts')).toBe(
      '# TYPE envoy_control_plane_identifier gauge\n' +
        String.raw`envoy_control_plane_identifier{text_value="a \"b\""} 0` +
        '\n',
    )
  })

  test('names are sorted part by part', () => {
    const aggregator = new StatsAggregator()
    const store = connectStore(aggregator)
    for (const name of ['a-b.x', 'a.z', 'ab']) store.single(name, 'counter')
    expect(prometheusText(aggregator).match(/^envoy\w+/gm)).toEqual([
      'envoy_a_z',
      'envoy_a_b_x',
      'envoy_ab',
    ])
  })
})

describe('parameters', () => {
  // Texts of Envoy 1.40.
  test.each([
    ['format=foo', 'usage: /stats?format=(html|active-html|json|prometheus|text)\n\n'],
    ['type=foo', 'invalid &type= param'],
    ['hidden=foo', 'usage: /stats?hidden=(include|only|exclude)\n\n'],
    [
      'histogram_buckets=foo',
      'usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n',
    ],
    [
      'histogram_buckets=prometheusnative',
      'Invalid histogram_buckets type for non prometheus stats type',
    ],
    [
      'format=prometheus&histogram_buckets=prometheusnative',
      'unsupported prometheusnative histogram type when not using protobuf exposition format',
    ],
    [
      'format=prometheus&histogram_buckets=detailed',
      'unsupported prometheus histogram bucket mode',
    ],
    ['filter=(', 'Invalid re2 regex: missing ): ('],
    ['filter=[a', 'Invalid re2 regex: missing ]: [a'],
    ['filter=*', 'Invalid re2 regex: no argument for repetition operator: *'],
    ['filter=a**', 'Invalid re2 regex: bad repetition operator: **'],
    ['filter=a{1001}', 'Invalid re2 regex: invalid repetition size: {1001}'],
    ['filter=(?z)', 'Invalid re2 regex: invalid perl operator: (?z'],
    ['filter=a\\', 'Invalid re2 regex: trailing \\'],
  ])('%s is refused', (query, body) => {
    expect(renderStats(sample(), parseQuery(query))).toEqual({
      status: 400,
      contentType: 'text/plain; charset=UTF-8',
      body,
    })
  })

  test.each<[string, string[]]>([
    ['filter=^server.l', ['server.live']],
    ['filter=LIVE', []],
    ['filter=(?i)LIVE', ['server.live']],
    ['filter=liv+e$', ['server.live']],
    ['filter=liv%2Be$', ['server.live']],
    ['filter=cluster|control&invert_filter', ['server.live']],
    ['hidden=only', []],
    ['type=Gauges', ['cluster.up.upstream_cx_active', 'server.live']],
    ['type=Counters&usedonly', ['cluster.up.upstream_cx_total']],
    ['type=TextReadouts', ['control_plane.identifier']],
    ['type=Histograms&usedonly', ['cluster.up.upstream_cx_length_ms']],
    ['type=&format=&filter=live&histogram_buckets=&hidden=', ['server.live']],
  ])('%s', (query, names) => {
    expect<string[]>(statsText(sample(), query).match(/^[\w.]+(?=:)/gm) ?? []).toEqual(names)
  })

  test('types of content', () => {
    const type = (query: string) => renderStats(sample(), parseQuery(query)).contentType
    expect(type('')).toBe('text/plain; charset=UTF-8')
    expect(type('format=json')).toBe('application/json')
    expect(type('format=prometheus')).toBe('text/plain; charset=UTF-8')
    expect(renderPrometheus(sample(), parseQuery('')).contentType).toBe('text/plain; charset=UTF-8')
  })

  test('an empty aggregator has nothing to say in any format', () => {
    expect(statsText(new StatsAggregator())).toBe('')
    expect(prometheusText(new StatsAggregator())).toBe('')
    expect(statsText(histogramOf([]))).toBe('h: No recorded values\n')
  })
})

test('stats of single endpoints come behind the others, filtered like them', () => {
  const aggregator = sample()
  aggregator.setHostMetrics(() => [
    {
      name: 'cluster.us.endpoint.127.0.0.1_80.cx_total',
      kind: 'counter',
      value: 2,
      used: true,
      tagExtractedName: 'cluster.endpoint.cx_total',
      tags: [
        { name: 'envoy.cluster_name', value: 'us' },
        { name: 'envoy.endpoint_address', value: '127.0.0.1:80' },
      ],
    },
  ])
  expect(statsText(aggregator, 'type=Counters&usedonly')).toBe(
    'cluster.up.upstream_cx_total: 3\ncluster.us.endpoint.127.0.0.1_80.cx_total: 2\n',
  )
  expect(prometheusText(aggregator, 'filter=endpoint')).toBe(
    '# TYPE envoy_cluster_endpoint_cx_total counter\n' +
      'envoy_cluster_endpoint_cx_total{envoy_cluster_name="us",envoy_endpoint_address="127.0.0.1:80"} 2\n',
  )
  const deltas = () =>
    aggregator.snapshot().counters.map(({ metric, delta }) => `${metric.name}+${delta}`)
  expect(deltas()).toContain('cluster.us.endpoint.127.0.0.1_80.cx_total+2')
  expect(deltas()).toContain('cluster.us.endpoint.127.0.0.1_80.cx_total+0')
})
