import { expect, test } from 'bun:test'
import { initialDatabase, redisLimits } from '../../src/redis/limits.ts'

test("without metadata the limits are redis's own", () => {
  const limits = redisLimits(null)
  expect(limits).toEqual({
    maxBulkBytes: 536_870_912,
    maxElements: 1_048_576,
    maxDepth: 127,
    maxInlineBytes: 65_536,
    maxQueryBufferBytes: 1_073_741_824,
  })
  expect(redisLimits({ 'envoy.lb': {} })).toEqual(limits)
})

test("a listener's metadata changes those that it names", () => {
  const limits = redisLimits({ 'tsproxy.redis': { max_bulk_bytes: 10, max_depth: 3 } })
  expect(limits).toEqual({ ...redisLimits(null), maxBulkBytes: 10, maxDepth: 3 })
})

test('clients begin in database 0, or in the one that the metadata names', () => {
  expect(initialDatabase(null)).toBe(0)
  expect(initialDatabase({ 'tsproxy.redis': { max_depth: 3 } })).toBe(0)
  expect(initialDatabase({ 'tsproxy.redis': { database: 3 } })).toBe(3)
})
