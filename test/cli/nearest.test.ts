import { expect, test } from 'bun:test'
import { nearest } from '../../src/cli/nearest.ts'

const NAMES = ['--concurrency', '--config-path', '--config-yaml']

test('finds what was meant by a slip', () => {
  expect(nearest('--concurency', NAMES)).toBe('--concurrency')
  expect(nearest('--cofnig-path', NAMES)).toBe('--config-path')
})

test('completes what was cut short', () => {
  expect(nearest('--conc', NAMES)).toBe('--concurrency')
})

test('finds nothing in what is unlike', () => {
  expect(nearest('--x', NAMES)).toBeNull()
  expect(nearest('--retry-budget', NAMES)).toBeNull()
})
