import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatDigits, formatG, formatShortest } from '../../src/stats/number-format.ts'

test.each([
  [0, '0', '0', '0'],
  [1.025, '1.025', '1.025', '1.025'],
  [100, '100', '100', '100'],
  [100_000, '100000', '1e+05', '100000'],
  [300_000, '300000', '3e+05', '300000'],
  [1_800_000, '1.8e+06', '1800000', '1800000'],
  [333.3333333333333, '333.333', '333.3333333333333', '333.3333333333333'],
  [0.0001, '0.0001', '1e-04', '0.0001'],
  [0.000025, '2.5e-05', '2.5e-05', '2.5e-05'],
  [1e16, '1e+16', '1e+16', '1e+16'],
  [9e15, '9e+15', '9e+15', '9000000000000000'],
  [Number.NaN, 'nan', 'nan', 'nan'],
  [Number.POSITIVE_INFINITY, 'inf', 'inf', 'inf'],
])('%d as C++ prints it', (value, general, shortest, digits) => {
  expect(formatG(value)).toBe(general)
  expect(formatShortest(value)).toBe(shortest)
  expect(formatDigits(value)).toBe(digits)
})

test('%.32g shows the digits that a double really has', () => {
  const digits = '5173.8020900891215205774642527103'
  expect(formatG(Number(digits), 32)).toBe(digits)
  expect(formatG(3_600_000, 32)).toBe('3600000')
})

test('what is printed shortest reads back as the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(formatShortest(value)) === value).toBe(true)
      expect(Number(formatDigits(value)) === value).toBe(true)
    }),
  )
})
