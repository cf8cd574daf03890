import { createFormatter } from '../../../access-log/create-formatter.ts'
import { FileAccessLog } from '../../../access-log/file-access-log.ts'
import { defineAccessLogger } from '../../../extension/define.ts'
import { fileAccessLogSchema } from './schema.ts'

/** Lines of text or JSON in a file. */
export const fileAccessLog = defineAccessLogger({
  name: 'envoy.access_loggers.file',
  configType: 'envoy.extensions.access_loggers.file.v3.FileAccessLog',
  configSchema: fileAccessLogSchema,
  createAccessLog: ({ path, format }, context) =>
    new FileAccessLog(
      createFormatter(format, context.timeSource),
      context.accessLogFiles.open(path),
    ),
})
