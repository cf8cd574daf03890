import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccessLogConfig } from '../../../../src/config/schema/extension.ts'
import { createAccessLogs } from '../../../../src/extension/access-logs.ts'
import { fileAccessLog } from '../../../../src/extensions/access_loggers/file/config.ts'
import { Registry } from '../../../../src/registry.ts'
import { connection } from '../../../access-log/connection.ts'
import { loggerContext } from '../../../access-log/server-context.ts'

let dir = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'file-logger-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true })
})

const registry = new Registry().register(fileAccessLog)

function text(format: string, filter: AccessLogConfig['filter'] = null): AccessLogConfig {
  const config = {
    path: join(dir, 'a.log'),
    format: { kind: 'text', text: format, omitEmptyValues: false },
  }
  return { name: 'l', factory: 'envoy.access_loggers.file', config, filter }
}

describe('the file access logger', () => {
  test('two logs of one path share the file, each with its format and type', async () => {
    const context = loggerContext()
    const logs = createAccessLogs(
      [text('one %BYTES_SENT%\n'), text('two %ACCESS_LOG_TYPE%\n')],
      registry,
      context,
    )
    for (const log of logs) log.log(connection(), 'TcpConnectionEnd')
    await context.accessLogFiles.close()
    expect(readFileSync(join(dir, 'a.log'), 'utf8')).toBe('one 4\ntwo TcpConnectionEnd\n')
  })

  test('a log takes what its filter lets through', async () => {
    const context = loggerContext()
    const [log] = createAccessLogs(
      [text('%ACCESS_LOG_TYPE%\n', { kind: 'logType', types: ['TcpPeriodic'], exclude: false })],
      registry,
      context,
    )
    log!.log(connection(), 'TcpConnectionEnd')
    log!.log(connection(), 'TcpPeriodic')
    await context.accessLogFiles.close()
    expect(readFileSync(join(dir, 'a.log'), 'utf8')).toBe('TcpPeriodic\n')
  })

  test('a path that cannot be opened fails when the log is made', () => {
    const config = { path: join(dir, 'no', 'a.log'), format: null }
    const log = { name: 'l', factory: 'envoy.access_loggers.file', config, filter: null }
    expect(() => createAccessLogs([log], registry, loggerContext())).toThrow('unable to open file')
  })
})
