import { defineStatsSink } from '../../../extension/define.ts'
import { DatagramSender } from '../../../network/udp.ts'
import { StatsdSink } from '../../../stats/statsd-sink.ts'
import { statsdSchema } from './schema.ts'
import { TcpStatsdWriter } from './tcp-statsd-writer.ts'

/** Plain statsd, over UDP (or a Unix datagram socket) or over TCP to a cluster. */
export const statsd = defineStatsSink({
  name: 'envoy.stat_sinks.statsd',
  configType: 'envoy.config.metrics.v3.StatsdSink',
  configSchema: statsdSchema,
  createStatsSink: ({ to, prefix, scaleHistogramUnitsToMilliseconds }, context) =>
    new StatsdSink(
      to.kind === 'udp'
        ? new DatagramSender(to.address)
        : new TcpStatsdWriter(to.cluster, context.clusterManager, context.stats),
      {
        prefix,
        tagged: false,
        maxBytesPerDatagram: 0,
        scaleToMilliseconds: scaleHistogramUnitsToMilliseconds,
      },
    ),
})
