import { afterEach, expect, test } from 'bun:test'
import type { ServerContext } from '../../../../src/extension/factory-context.ts'
import { dogStatsd } from '../../../../src/extensions/stat_sinks/dog_statsd/config.ts'
import { StatsAggregator } from '../../../../src/stats/aggregate.ts'
import { flushStats } from '../../../../src/stats/flush.ts'
import type { StatsSink } from '../../../../src/stats/sink.ts'
import { connectStore } from '../../../support/stats.ts'
import { receiveUdp } from '../../../support/udp.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

test.each([
  [null, ['edge.tcp.a:1|c|#envoy.tcp_prefix:t', 'edge.tcp.b:2|c|#envoy.tcp_prefix:t']],
  [1432, ['edge.tcp.a:1|c|#envoy.tcp_prefix:t\nedge.tcp.b:2|c|#envoy.tcp_prefix:t']],
])('with max_bytes_per_datagram %p', async (maxBytesPerDatagram, expected) => {
  const receiver = await receiveUdp()
  const aggregator = new StatsAggregator()
  const store = connectStore(aggregator)
  const address = { kind: 'ip', ip: '127.0.0.1', port: receiver.port, family: 4 }
  const sink: StatsSink = dogStatsd.createStatsSink(
    { address, prefix: 'edge', maxBytesPerDatagram, scaleHistogramUnitsToMilliseconds: false },
    {} as ServerContext,
  )
  open.push(receiver, sink)
  store.single('tcp.t.a', 'counter')[0]! += 1
  store.single('tcp.t.b', 'counter')[0]! += 2
  flushStats(aggregator, [sink])
  expect(await receiver.waitFor(expected.length)).toEqual(expected)
})
