import { expect, test } from 'bun:test'
import { availableParallelism } from 'node:os'
import { cgroupQuota, defaultConcurrency } from '../../src/cli/concurrency.ts'

test('reads a quota as processors', () => {
  expect(cgroupQuota('250000 100000')).toBe(2.5)
  expect(cgroupQuota('50000 100000\n')).toBe(0.5)
})

test('knows when there is no quota', () => {
  expect(['max 100000', '-1 100000', '', ' ', '100000 0'].map(cgroupQuota)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ])
})

test('is what the machine has, at most', () => {
  expect(defaultConcurrency({})).toBeWithin(1, availableParallelism() + 1)
  expect(defaultConcurrency({ ENVOY_CGROUP_CPU_DETECTION: 'false' })).toBe(availableParallelism())
})
