import { LOG_LEVEL_NAMES, type LogLevel, type LogLevelName } from '../../logging/log-level.ts'
import { type AdminParams, text } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import type { ServerView } from './server-view.ts'

const USAGE = [
  'usage: /logging?<name>=<level> (change single level)',
  'usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)',
  'usage: /logging?level=<level> (change all levels)',
  'usage: /logging?group=<group_name>:<level> (change group of loggers)',
  `levels: ${LOG_LEVEL_NAMES.join(' ')} `,
].join('\n')

export const loggingEndpoint: Endpoint = {
  path: '/logging',
  help: 'query/change logging levels',
  mutates: true,
  params: [
    {
      name: 'paths',
      help: 'Change multiple logging levels by setting to <logger_name1>:<desired_level1>,<logger_name2>:<desired_level2>. If fine grain logging is enabled, use __FILE__ or a glob experision as the logger name. For example, source/common*:warning',
    },
    {
      name: 'group',
      help: 'Change given logger group to desired level, set to <logger_group_name>:<desired_level>. logger_group_name must be a logger name.',
    },
    {
      name: 'level',
      help: "desired logging level, this will change all loggers's level",
      oneOf: ['', ...LOG_LEVEL_NAMES],
    },
  ],
  answer({ params }, view) {
    const error = changeLevels(params, view)
    return error === null
      ? text(200, activeLoggers(view))
      : text(400, `error: ${error}\n\n${USAGE}\n${activeLoggers(view)}`)
  },
}

function activeLoggers(view: ServerView): string {
  const lines = view.logLevels().map(({ name, level }) => `  ${name}: ${level}\n`)
  return `active loggers:\n${lines.join('')}\n`
}

/** Null = done; else what is wrong, and then nothing was changed. */
function changeLevels(params: AdminParams, view: ServerView): string | null {
  const given = [...params.entries()].filter(([, value]) => value !== '')
  if (given.length === 0) return null
  if (given.length > 1) return 'invalid number of parameters'
  const [name, value] = given[0]!
  if (name === 'level') {
    const level = levelOf(value)
    if (level === null) return 'unknown logger level'
    view.setLogLevel(null, level)
    view.log.info(`change all log levels: level='${value}'`)
    return null
  }
  if (name === 'group') return 'group parameter requires fine-grain logging to be enabled'
  const pairs = name === 'paths' ? parsePaths(value) : [[name, value] as const]
  return pairs === null ? 'empty logger name or empty logger level' : setEach(pairs, view)
}

type Pair = readonly [name: string, level: string]

function parsePaths(paths: string): readonly Pair[] | null {
  const pairs: Pair[] = []
  for (const path of paths.split(',')) {
    if (path === '') continue
    const [name = '', level = '', ...rest] = path.split(':')
    if (name === '' || level === '' || rest.length > 0) return null
    pairs.push([name, level])
  }
  return pairs
}

function setEach(pairs: readonly Pair[], view: ServerView): string | null {
  const known = new Set(view.logLevels().map(({ name }) => name))
  const changes: [string, LogLevel][] = []
  for (const [name, levelName] of pairs) {
    const level = levelOf(levelName)
    if (level === null) return 'unknown logger level'
    if (!known.has(name)) return 'unknown logger name'
    changes.push([name, level])
  }
  for (const [name, level] of changes) {
    view.setLogLevel(name, level)
    view.log.info(`change log level: name='${name}' level='${LOG_LEVEL_NAMES[level]}'`)
  }
  return null
}

/** Exactly the names that are printed: `warn`, which the command line takes, is refused here as Envoy does. */
function levelOf(name: string): LogLevel | null {
  const index = LOG_LEVEL_NAMES.indexOf(name as LogLevelName)
  return index < 0 ? null : (index as LogLevel)
}
