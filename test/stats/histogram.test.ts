import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import { BINS, binLeft, binOf, binWidth, MAX_SAMPLE } from '../../src/stats/histogram-bins.ts'
import { HistogramStatistics } from '../../src/stats/histogram-statistics.ts'
import { connectStore, histogramOf, statsText } from '../support/stats.ts'

const sample = fc.oneof(
  fc.nat(9),
  fc.nat(99),
  fc.nat(100_000),
  fc.integer({ min: 0, max: MAX_SAMPLE }),
)

describe('bins', () => {
  test('each sample lies in its bin, of two significant digits', () => {
    fc.assert(
      fc.property(sample, (value) => {
        const bin = binOf(value)
        expect(bin).toBeLessThan(BINS)
        expect(binLeft(bin)).toBeLessThanOrEqual(value)
        expect(value).toBeLessThan(binLeft(bin) + (binWidth(bin) || 1))
      }),
    )
  })

  test.each([
    [0, 0, 0],
    [1, 1, 0.1],
    [9, 9, 0.1],
    [10, 10, 1],
    [99, 99, 1],
    [100, 100, 10],
    [109, 100, 10],
    [110, 110, 10],
    [999, 990, 10],
    [1000, 1000, 100],
    [1_000_000, 1_000_000, 100_000],
    [MAX_SAMPLE, 9e15, 1e14],
  ])('%d lies in the bin from %d, %d wide', (value, left, width) => {
    expect([binLeft(binOf(value)), binWidth(binOf(value))]).toEqual([left, width])
  })
})

describe('quantiles', () => {
  // What Envoy 1.40 printed for these bins.
  test.each<[string, Record<number, number>, string]>([
    ['single samples', { 2: 1, 4: 1, 10: 1 }, '2.05 2.05 4.05 10.5 10.5 10.5 10.5 10.5 10.5 10.5'],
    [
      'several in a bin',
      { 0: 1, 1: 2, 3: 1 },
      '0 0 1.0333333333333334 1.0666666666666667 3.05 3.05 3.05 3.05 3.05 3.05',
    ],
    [
      'many',
      // biome-ignore format: one line as Envoy prints it
      { 11: 3, 14: 1, 22: 2, 23: 1, 25: 1, 30: 1, 37: 1, 56: 1, 71: 4, 72: 3, 73: 1, 130: 1, 140: 4, 320: 2, 330: 2, 1100: 2 },
      '11.25 25.5 71.8 146 333.3333333333333 1133.3333333333333 1166.6666666666667 ' +
        '1166.6666666666667 1166.6666666666667 1166.6666666666667',
    ],
    [
      'wide',
      // biome-ignore format: one line as Envoy prints it
      { 1: 1, 2: 2, 3: 2, 4: 2, 5: 2, 6: 1, 7: 1, 12: 4, 49: 1, 50: 4, 140: 5, 320: 1, 330: 3, 1200: 1 },
      '1.05 5.033333333333333 12.8 145 332.5 337.5 1250 1250 1250 1250',
    ],
  ])('%s', (_, bins, expected) => {
    const statistics = new HistogramStatistics('milliseconds')
    for (const [value, count] of Object.entries(bins)) statistics.add(binOf(Number(value)), count)
    expect(statistics.quantiles().join(' ')).toBe(expected)
  })

  test('are NaN without samples', () => {
    expect(new HistogramStatistics('unspecified').quantiles()).toEqual(
      new Array(10).fill(Number.NaN),
    )
  })

  test('rise, and each lies in the bin of the sample of its rank', () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 200 }), (samples) => {
        const statistics = new HistogramStatistics('unspecified')
        for (const value of samples) statistics.add(binOf(value), 1)
        const quantiles = statistics.quantiles()
        const sorted = samples.toSorted((a, b) => a - b)
        for (const [i, q] of [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1].entries()) {
          const bin = binOf(sorted[Math.max(0, Math.ceil(q * samples.length) - 1)]!)
          expect(quantiles[i]!).toBeGreaterThanOrEqual(binLeft(bin))
          expect(quantiles[i]!).toBeLessThanOrEqual(binLeft(bin) + binWidth(bin))
          if (i > 0) expect(quantiles[i]!).toBeGreaterThanOrEqual(quantiles[i - 1]!)
        }
      }),
    )
  })
})

describe('buckets', () => {
  test('count a bin as soon as its left edge is at the bound, as Envoy 1.40 does', () => {
    const bounds = [1, 5, 11.5, 12, 139, 140, 145, 150, 320, 325, 330, 1100, 1201]
    const statistics = new HistogramStatistics('unspecified')
    for (const value of [1, 2, 5, 12, 12, 140, 147, 320, 330, 1200]) statistics.add(binOf(value), 1)
    expect(statistics.cumulativeBuckets(bounds)).toEqual([1, 3, 3, 5, 5, 7, 7, 7, 8, 8, 9, 9, 10])
    expect(statistics.disjointBuckets(bounds)).toEqual([1, 2, 0, 2, 0, 2, 0, 0, 1, 0, 1, 0, 1])
  })

  test('the cumulative ones are the sums of the disjoint ones, and the last holds all below it', () => {
    fc.assert(
      fc.property(
        fc.array(sample),
        fc.uniqueArray(fc.nat(1_000_000), { minLength: 1 }),
        (samples, unsorted) => {
          const bounds = unsorted.toSorted((a, b) => a - b)
          const statistics = new HistogramStatistics('unspecified')
          for (const value of samples) statistics.add(binOf(value), 1)
          let sum = 0
          const sums = statistics.disjointBuckets(bounds).map((count) => (sum += count))
          expect(statistics.cumulativeBuckets(bounds)).toEqual(sums)
          expect(sums.at(-1)!).toBeGreaterThanOrEqual(
            samples.filter((value) => value <= bounds.at(-1)!).length,
          )
        },
      ),
    )
  })
})

test('the sum puts each bin at its harmonic middle', () => {
  const statistics = new HistogramStatistics('unspecified')
  for (const value of [0, 1, 1, 3]) statistics.add(binOf(value), 1)
  expect(statistics.sampleSum().toPrecision(32)).toBe('5.1444184231069476354036851262208')
})

test('percents are recorded times a million', () => {
  const statistics = new HistogramStatistics('percent')
  statistics.add(binOf(500_000), 1)
  expect(statistics.quantiles()[0]).toBe(0.505)
  expect(statistics.cumulativeBuckets([0.4, 0.5])).toEqual([0, 1])
})

describe('merging', () => {
  test('moves what came since the last merge into the interval', () => {
    const aggregator = new StatsAggregator()
    const one = connectStore(aggregator, 'worker_0').histogram('h')
    const two = connectStore(aggregator, 'worker_1').histogram('h')
    expect(statsText(aggregator)).toBe('h: No recorded values\n')
    one.record(5)
    two.record(250)
    expect(statsText(aggregator)).toBe('h: No recorded values\n')
    const totals = (): [number, number] => {
      aggregator.mergeHistograms()
      const { interval, cumulative } = aggregator.histograms()[0]!
      return [interval.sampleCount, cumulative.sampleCount]
    }
    expect(totals()).toEqual([2, 2])
    two.record(250)
    expect(totals()).toEqual([1, 3])
    expect(totals()).toEqual([0, 3])
  })

  test('loses nothing when a thread lets go of it, and forgets it after the last one', () => {
    const aggregator = new StatsAggregator()
    const stores = ['worker_0', 'worker_1'].map((thread) => connectStore(aggregator, thread))
    for (const store of stores) store.histogram('h').record(1500)
    aggregator.mergeHistograms()
    stores[0]!.histogram('h').record(1500)
    stores[0]!.histogram('h').record(7)
    for (let user = 0; user < 3; user++) stores[0]!.releaseHistogram('h')
    stores[0]!.histogram('other').record(1500)
    aggregator.mergeHistograms()
    expect(statsText(aggregator, 'histogram_buckets=detailed&filter=^h')).toContain(
      'totals=7,0.1:1, 1500,100:3\n  intervals=7,0.1:1, 1500,100:1\n',
    )
    stores[1]!.releaseHistogram('h')
    expect(aggregator.histograms().map(({ name }) => name)).toEqual(['other'])
    expect(() => stores[1]!.releaseHistogram('h')).toThrow('histogram "h"')
  })

  test('takes samples that are no whole numbers, negative or too large into the nearest bin', () => {
    const odd = [0.99, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e18, 3.9]
    expect(statsText(histogramOf(odd), 'histogram_buckets=detailed')).toContain(
      'totals=0,0:3, 3,0.1:1, 9e+15,100000000000000:2\n',
    )
  })
})
