import { describe, expect, test } from 'bun:test'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import { flushStats, sendSamples } from '../../src/stats/flush.ts'
import { type StatsdFormat, StatsdSink } from '../../src/stats/statsd-sink.ts'
import { connectStore } from '../support/stats.ts'

const PLAIN: StatsdFormat = {
  prefix: 'envoy',
  tagged: false,
  maxBytesPerDatagram: 0,
  scaleToMilliseconds: false,
}

/** A sink, and the datagrams that it has sent since they were last taken. */
function recordingSink(format: Partial<StatsdFormat> = {}) {
  const sent: string[] = []
  const writer = { send: (all: readonly string[]) => sent.push(...all), close: () => {} }
  const sink = new StatsdSink(writer, { ...PLAIN, ...format })
  return { sink, take: () => sent.splice(0) }
}

function withTraffic() {
  const aggregator = new StatsAggregator()
  const store = connectStore(aggregator, 'worker_0', true)
  const counter = store.single('cluster.up.upstream_cx_total', 'counter')
  const gauge = store.single('cluster.up.upstream_cx_active', 'gauge')
  store.single('cluster.up.unused', 'counter')
  counter[0]! += 3
  gauge[0]! += 2
  return { aggregator, store, counter, gauge }
}

test('counters are sent as their growth, gauges as they are, the unused not at all', () => {
  const { aggregator, counter, gauge } = withTraffic()
  const { sink, take } = recordingSink({ prefix: 'edge' })
  flushStats(aggregator, [sink])
  expect(take()).toEqual([
    'edge.cluster.up.upstream_cx_total:3|c',
    'edge.cluster.up.upstream_cx_active:2|g',
  ])
  counter[0]! += 1
  gauge[0]! -= 2
  flushStats(aggregator, [sink])
  expect(take()).toEqual([
    'edge.cluster.up.upstream_cx_total:1|c',
    'edge.cluster.up.upstream_cx_active:0|g',
  ])
})

test('each sink of several gets the same growth', () => {
  const { aggregator } = withTraffic()
  const [one, two] = [recordingSink(), recordingSink()]
  flushStats(aggregator, [one.sink, two.sink])
  expect(one.take()).toEqual(two.take())
})

describe('histogram samples', () => {
  test('are sent one by one, exactly, in order', () => {
    const { aggregator, store } = withTraffic()
    const { sink, take } = recordingSink()
    const length = store.histogram('cluster.up.upstream_cx_length_ms', 'milliseconds')
    for (const value of [1234, 0, 7]) length.record(value)
    expect(sendSamples(aggregator, [sink])).toBe(0)
    const name = 'envoy.cluster.up.upstream_cx_length_ms'
    expect(take()).toEqual([`${name}:1234|ms`, `${name}:0|ms`, `${name}:7|ms`])
    expect(sendSamples(aggregator, [sink])).toBe(0)
    expect(take()).toEqual([])
  })

  test('come in the unit they have, or in milliseconds', () => {
    const { aggregator, store } = withTraffic()
    const [plain, scaled] = [recordingSink(), recordingSink({ scaleToMilliseconds: true })]
    store.histogram('a', 'microseconds').record(321)
    store.histogram('b', 'milliseconds').record(321)
    store.histogram('c', 'percent').record(250_000)
    sendSamples(aggregator, [plain.sink, scaled.sink])
    expect(plain.take()).toEqual(['envoy.a:321|ms', 'envoy.b:321|ms', 'envoy.c:0.25|h'])
    expect(scaled.take()).toEqual(['envoy.a:0.321|ms', 'envoy.b:321|ms', 'envoy.c:0.25|h'])
  })

  test('are kept from when the first sink wants them', () => {
    const aggregator = new StatsAggregator()
    const store = connectStore(aggregator, 'main_thread')
    const { sink, take } = recordingSink()
    const histogram = store.histogram('server.initialization_time_ms')
    histogram.record(1)
    store.keepSamples()
    histogram.record(2)
    sendSamples(aggregator, [sink])
    expect(take()).toEqual(['envoy.server.initialization_time_ms:2|ms'])
  })

  test('beyond what the ring holds they are counted as lost', () => {
    const { aggregator, store } = withTraffic()
    const { sink, take } = recordingSink()
    const histogram = store.histogram('h')
    for (let i = 0; i < 10_000; i++) histogram.record(i)
    expect(sendSamples(aggregator, [sink])).toBe(10_000 - 8192)
    expect(take()).toHaveLength(8192)
    histogram.record(5)
    expect(flushStats(aggregator, [sink])).toBe(0)
    expect(take()).toContain('envoy.h:5|ms')
    expect(aggregator.histograms()[0]!.cumulative.sampleCount).toBe(10_001)
  })

  test('of a stat that stats_matcher refuses are not sent', () => {
    const aggregator = new StatsAggregator({ accepts: (name) => name !== 'h' })
    connectStore(aggregator, 'worker_0', true).histogram('h').record(1)
    const { sink, take } = recordingSink()
    flushStats(aggregator, [sink])
    expect(take()).toEqual([])
  })
})

describe('dog_statsd', () => {
  test('tags go behind the name', () => {
    const { aggregator } = withTraffic()
    const { sink, take } = recordingSink({ tagged: true })
    flushStats(aggregator, [sink])
    expect(take()).toEqual([
      'envoy.cluster.upstream_cx_total:3|c|#envoy.cluster_name:up',
      'envoy.cluster.upstream_cx_active:2|g|#envoy.cluster_name:up',
    ])
  })

  test('lines are joined up to the limit, and a longer one goes alone', () => {
    const aggregator = new StatsAggregator()
    const store = connectStore(aggregator)
    for (const name of ['a', 'b', 'c', 'd'.repeat(30), 'e']) store.single(name, 'counter')[0]!++
    const { sink, take } = recordingSink({ prefix: 'p', maxBytesPerDatagram: 15 })
    flushStats(aggregator, [sink])
    expect(take()).toEqual(['p.a:1|c\np.b:1|c', 'p.c:1|c', `p.${'d'.repeat(30)}:1|c`, 'p.e:1|c'])
  })
})
