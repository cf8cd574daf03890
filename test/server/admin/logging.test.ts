import { expect, test } from 'bun:test'
import { LOGGER_NAMES } from '../../../src/logging/logger-names-table.ts'
import { AdminUnderTest } from '../../support/admin-client.ts'
import { FakeServerView } from '../../support/fake-server-view.ts'

const USAGE = `
usage: /logging?<name>=<level> (change single level)
usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
usage: /logging?level=<level> (change all levels)
usage: /logging?group=<group_name>:<level> (change group of loggers)
levels: trace debug info warning error critical off 
active loggers:
  a2a: info
`

/** Status, first line, and the loggers that are not at `info`. */
async function change(query: string) {
  const view = new FakeServerView()
  using admin = await AdminUnderTest.start(view)
  const { status, body } = await admin.post(`/logging${query}`)
  const levels = view.logLevels().filter(({ level }) => level !== 'info')
  return [status, body.split('\n')[0], levels.map(({ name, level }) => `${name} ${level}`)]
}

test('lists the loggers', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const { status, type, body } = await admin.post('/logging')
  expect([status, type]).toEqual([200, 'text/plain; charset=UTF-8'])
  expect(body).toStartWith('active loggers:\n  a2a: info\n  admin: info\n')
  expect(body).toEndWith('  ip_tagging: info\n\n')
})

test.each(['?level=', '?upstream=', '?paths=', '?http', '?level'])(
  '%s changes nothing',
  async (query) => {
    expect(await change(query)).toEqual([200, 'active loggers:', []])
  },
)

test('changes one, several, all', async () => {
  expect(await change('?upstream=debug')).toEqual([200, 'active loggers:', ['upstream debug']])
  expect(await change('?paths=config:error,http:critical,')).toEqual([
    200,
    'active loggers:',
    ['config error', 'http critical'],
  ])
  const [status, , levels] = await change('?level=off&level=info&x=')
  expect(status).toBe(200)
  expect(levels).toHaveLength(LOGGER_NAMES.length)
})

test.each([
  ['?level=warn', 'unknown logger level'],
  ['?level=INFO', 'unknown logger level'],
  ['?nope=bar', 'unknown logger level'],
  ['?nope=info', 'unknown logger name'],
  ['?=info', 'unknown logger name'],
  ['?upstream=debug&http=debug', 'invalid number of parameters'],
  ['?level=debug&upstream=info', 'invalid number of parameters'],
  ['?paths=config', 'empty logger name or empty logger level'],
  ['?paths=:info', 'empty logger name or empty logger level'],
  ['?paths=config:error,http:nope', 'unknown logger level'],
  ['?paths=config:error,nope:debug', 'unknown logger name'],
  ['?group=http:debug', 'group parameter requires fine-grain logging to be enabled'],
])('refuses %s and changes nothing', async (query, why) => {
  expect(await change(query)).toEqual([400, `error: ${why}`, []])
})

test('says how it is used when it refuses', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const { body } = await admin.post('/logging?level=x')
  expect(body).toStartWith(`error: unknown logger level\n${USAGE}`)
})

test('logs what it changed', async () => {
  const view = new FakeServerView()
  using admin = await AdminUnderTest.start(view)
  await admin.post('/logging?paths=config:error,http:debug')
  await admin.post('/logging?level=debug')
  expect(view.logLines.slice(1)).toEqual([
    "admin info change log level: name='config' level='error'\n",
    "admin info change log level: name='http' level='debug'\n",
    "admin info change all log levels: level='debug'\n",
  ])
})
