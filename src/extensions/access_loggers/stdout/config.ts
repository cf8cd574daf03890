import { createFormatter } from '../../../access-log/create-formatter.ts'
import { FileAccessLog } from '../../../access-log/file-access-log.ts'
import { defineAccessLogger } from '../../../extension/define.ts'
import { stdoutAccessLogSchema } from './schema.ts'

/** Lines of text or JSON on the standard output. */
export const stdoutAccessLog = defineAccessLogger({
  name: 'envoy.access_loggers.stdout',
  configType: 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
  configSchema: stdoutAccessLogSchema,
  createAccessLog: ({ logFormat }, context) =>
    new FileAccessLog(
      createFormatter(logFormat, context.timeSource),
      context.accessLogFiles.open('/dev/stdout'),
    ),
})
