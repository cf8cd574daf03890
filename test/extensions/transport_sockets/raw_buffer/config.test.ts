import { expect, test } from 'bun:test'
import {
  downstreamRawBuffer,
  upstreamRawBuffer,
} from '../../../../src/extensions/transport_sockets/raw_buffer/config.ts'
import { FilterBench } from '../../../support/filter-bench.ts'

test('asks for nothing between the socket and the connection', () => {
  const { context } = new FilterBench()
  expect(downstreamRawBuffer.createTransportSocketFactory({}, context)).toBe(null)
  expect(upstreamRawBuffer.createUpstreamTransportSocketFactory({})).toBe(null)
})
