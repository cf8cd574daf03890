import { message } from '../../../../config/schema/message.ts'
import { text } from '../../../../config/schema/values.ts'

export function healthCheckEventFileSinkSchema() {
  return message('envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink', {
    eventLogPath: text(),
  })
}
