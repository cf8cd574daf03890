import { defineStatsSink } from '../../../extension/define.ts'
import { DatagramSender } from '../../../network/udp.ts'
import { StatsdSink } from '../../../stats/statsd-sink.ts'
import { dogStatsdSchema } from './schema.ts'

/** DogStatsD over UDP or a Unix datagram socket: statsd with the tags of a stat as labels. */
export const dogStatsd = defineStatsSink({
  name: 'envoy.stat_sinks.dog_statsd',
  configType: 'envoy.config.metrics.v3.DogStatsdSink',
  configSchema: dogStatsdSchema,
  createStatsSink: ({ address, prefix, maxBytesPerDatagram, ...config }) =>
    new StatsdSink(new DatagramSender(address), {
      prefix,
      tagged: true,
      maxBytesPerDatagram: maxBytesPerDatagram ?? 0,
      scaleToMilliseconds: config.scaleHistogramUnitsToMilliseconds,
    }),
})
