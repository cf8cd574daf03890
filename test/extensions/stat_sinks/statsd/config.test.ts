import { afterEach, expect, test } from 'bun:test'
import type { ServerContext } from '../../../../src/extension/factory-context.ts'
import { statsd } from '../../../../src/extensions/stat_sinks/statsd/config.ts'
import { StatsAggregator } from '../../../../src/stats/aggregate.ts'
import { flushStats } from '../../../../src/stats/flush.ts'
import type { StatsSink } from '../../../../src/stats/sink.ts'
import { connectStore } from '../../../support/stats.ts'
import { receiveUdp } from '../../../support/udp.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

test('sends counters, gauges and samples to its address', async () => {
  const receiver = await receiveUdp()
  const aggregator = new StatsAggregator()
  const store = connectStore(aggregator, 'worker_0', true)
  const address = { kind: 'ip', ip: '127.0.0.1', port: receiver.port, family: 4 }
  const sink: StatsSink = statsd.createStatsSink(
    { to: { kind: 'udp', address }, prefix: 'edge', scaleHistogramUnitsToMilliseconds: false },
    {} as ServerContext,
  )
  open.push(receiver, sink)
  store.single('tcp.t.downstream_cx_total', 'counter')[0]! += 2
  store.single('cluster.up.membership_total', 'gauge')[0]! += 1
  store.histogram('cluster.up.upstream_cx_length_ms').record(12)
  flushStats(aggregator, [sink])
  expect(await receiver.waitFor(3)).toEqual([
    'edge.cluster.up.upstream_cx_length_ms:12|ms',
    'edge.tcp.t.downstream_cx_total:2|c',
    'edge.cluster.up.membership_total:1|g',
  ])
})
