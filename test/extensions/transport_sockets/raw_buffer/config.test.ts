import { expect, test } from 'bun:test'
import {
  downstreamRawBuffer,
  upstreamRawBuffer,
} from '../../../../src/extensions/transport_sockets/raw_buffer/config.ts'
import { FilterBench } from '../../../support/filter-bench.ts'

test('asks for nothing between the socket and the connection', () => {
  const { stats } = new FilterBench().context
  const scope = { stats, scope: 'x.' }
  expect(downstreamRawBuffer.createTransportSocketFactory({}, scope)).toBe(null)
  expect(upstreamRawBuffer.createUpstreamTransportSocketFactory({}, scope)).toBe(null)
})
