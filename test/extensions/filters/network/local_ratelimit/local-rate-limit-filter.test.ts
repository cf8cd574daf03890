import { describe, expect, test } from 'bun:test'
import { EchoFilter } from '../../../../../src/extensions/filters/network/echo/echo-filter.ts'
import {
  createRateLimit,
  LocalRateLimitFilter,
} from '../../../../../src/extensions/filters/network/local_ratelimit/local-rate-limit-filter.ts'
import { LOCAL_RATE_LIMIT_STATS } from '../../../../../src/extensions/filters/network/local_ratelimit/stats.ts'
import { FilterBench } from '../../../../support/filter-bench.ts'

function rateLimit(bench: FilterBench, statPrefix: string, shareKey = '') {
  const config = {
    statPrefix,
    shareKey,
    tokenBucket: { maxTokens: 2, tokensPerFill: 1, fillIntervalMs: 1000 },
    runtimeEnabled: { defaultValue: true, runtimeKey: '' },
  }
  const limit = createRateLimit(config, bench.context)
  const isLetIn = () =>
    bench.accept(new LocalRateLimitFilter(limit), new EchoFilter()).socket.calls.length === 0
  return { isLetIn, limited: () => limit.stats[LOCAL_RATE_LIMIT_STATS.index.rate_limited]! + 0 }
}

describe('local_ratelimit', () => {
  test('takes a token per connection and closes without one', () => {
    const { isLetIn, limited } = rateLimit(new FilterBench(), 'rl')
    expect([isLetIn(), isLetIn(), isLetIn()]).toEqual([true, true, false])
    expect(limited()).toBe(1)
  })

  test('fills again with time', () => {
    const bench = new FilterBench()
    const { isLetIn } = rateLimit(bench, 'rl')
    isLetIn()
    isLetIn()
    bench.nowMs += 1000
    expect([isLetIn(), isLetIn()]).toEqual([true, false])
  })

  test('filters of one share_key have one bucket', () => {
    const bench = new FilterBench()
    const one = rateLimit(bench, 'one', 'shared')
    const two = rateLimit(bench, 'two', 'shared')
    expect([one.isLetIn(), two.isLetIn(), one.isLetIn(), two.isLetIn()]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
