import { expect, test } from 'bun:test'
import { THRIFT_LIMITS } from '../../src/codec/thrift/limits.ts'
import { maxPipelinedCalls, thriftLimits } from '../../src/thrift/limits.ts'

test('the defaults are those of the codec', () => {
  expect(thriftLimits(null)).toEqual(THRIFT_LIMITS)
  expect(maxPipelinedCalls(null)).toBe(1024)
})

test('a frame limit of the listener is one for both kinds of frames', () => {
  const metadata = { 'tsproxy.thrift': { max_frame_bytes: 1000, max_depth: 5 } }
  expect(thriftLimits(metadata)).toEqual({
    ...THRIFT_LIMITS,
    maxFrameBytes: 1000,
    maxHeaderFrameBytes: 1000,
    maxDepth: 5,
  })
})
