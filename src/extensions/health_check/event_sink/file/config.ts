import { defineHealthCheckEventSink } from '../../../../extension/define.ts'
import { healthCheckEventFileSinkSchema } from './schema.ts'

/** The events of health checks in a file, one JSON object a line. */
export const healthCheckEventFileSink = defineHealthCheckEventSink({
  name: 'envoy.health_check.event_sink.file',
  configType: 'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink',
  configSchema: healthCheckEventFileSinkSchema,
  createHealthCheckEventSink({ eventLogPath }, { accessLogFiles }) {
    const file = accessLogFiles.open(eventLogPath)
    return { log: (event) => file.write(`${event}\n`) }
  },
})
