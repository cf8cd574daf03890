import { expect, test } from 'bun:test'
import { Histogram } from './histogram.ts'

test('quantiles are within 1.6 % of the exact ones', () => {
  const histogram = new Histogram()
  const values: number[] = []
  let seed = 1
  for (let i = 0; i < 10_000; i++) {
    seed = (seed * 48271) % 2147483647
    const value = 2 ** ((seed / 2147483647) * 20)
    values.push(value)
    histogram.recordUs(value)
  }
  values.sort((a, b) => a - b)
  for (const quantile of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
    const exact = values[Math.ceil(quantile * values.length) - 1]!
    const told = histogram.quantileUs(quantile)
    expect(told).toBeGreaterThanOrEqual(exact)
    expect(told / exact).toBeLessThan(1.016)
  }
})

test('values out of range count as the lowest and the highest step', () => {
  const histogram = new Histogram()
  for (const value of [0, -1, Number.NaN, 1e12]) histogram.recordUs(value)
  expect(histogram.quantileUs(0.5)).toBeLessThan(0.02)
  expect(histogram.quantileUs(1)).toBe(2 ** 26)
})

test('an empty histogram has no quantiles, and neither has a cleared one', () => {
  const histogram = new Histogram()
  expect(histogram.quantileUs(0.5)).toBeNaN()
  histogram.recordUs(5)
  histogram.clear()
  expect(histogram.quantileUs(0.5)).toBeNaN()
})
