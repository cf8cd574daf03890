import { createFormatter } from '../../../access-log/create-formatter.ts'
import { FileAccessLog } from '../../../access-log/file-access-log.ts'
import { defineAccessLogger } from '../../../extension/define.ts'
import { stderrAccessLogSchema } from './schema.ts'

/** Lines of text or JSON on the standard error stream. */
export const stderrAccessLog = defineAccessLogger({
  name: 'envoy.access_loggers.stderr',
  configType: 'envoy.extensions.access_loggers.stream.v3.StderrAccessLog',
  configSchema: stderrAccessLogSchema,
  createAccessLog: ({ logFormat }, context) =>
    new FileAccessLog(
      createFormatter(logFormat, context.timeSource),
      context.accessLogFiles.open('/dev/stderr'),
    ),
})
