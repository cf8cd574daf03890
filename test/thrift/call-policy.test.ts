import { expect, test } from 'bun:test'
import { callPolicy, isIdempotent, RetryOn } from '../../src/thrift/call-policy.ts'

test('no settings are no policy', () => {
  expect(callPolicy({}, 0)).toBeNull()
})

test('a reason to retry is one retry, unless it says how many', () => {
  expect(callPolicy({ timeout_ms: 5 }, 3)).toMatchObject({
    timeoutMs: 5,
    perTryTimeoutMs: 0,
    retries: 0,
    retryOn: 0,
    routeIndex: 3,
  })
  expect(callPolicy({ retry_on: ['reset', 'connect-failure'] }, 0)).toMatchObject({
    retries: 1,
    retryOn: RetryOn.reset | RetryOn['connect-failure'],
  })
  expect(callPolicy({ retry_on: ['reset'], retries: 4 }, 0)!.retries).toBe(4)
})

test('methods that may run twice are known with and without their service', () => {
  const policy = callPolicy({ idempotent_methods: ['get', 'S:set'] }, 0)!
  const methods = ['get', 'S:get', 'S:set', 'T:set', 'set']
  expect(methods.map((method) => isIdempotent(policy, method))).toEqual([
    ...[true, true, true, false, false],
  ])
  expect(isIdempotent(callPolicy({ idempotent_methods: ['*'] }, 0)!, 'x')).toBe(true)
})

test('exceptions are known by the names of their types', () => {
  const { exceptions } = callPolicy({ retry_on_exceptions: ['InternalError', 'Timeout'] }, 0)!
  expect([...exceptions]).toEqual([6, 12])
})
