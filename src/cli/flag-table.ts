import { LOG_LEVEL_NAMES, parseLogLevel } from '../logging/log-level.ts'
import { DEFAULT_LOG_PATTERN } from '../logging/log-pattern.ts'
import { isLoggerName, LOGGER_NAMES } from '../logging/logger-names-table.ts'
import type { Flag } from './flag.ts'
import { nearest } from './nearest.ts'

/** More workers than this is a slip of the hand: each is a thread with a heap of its own. */
export const MAX_CONCURRENCY = 1024

const NO_HOT_RESTART = 'hot restart is not implemented'

/**
 * Every flag of Envoy 1.40, with its short form, type and default, and then tsproxy's own. Messages about bad values are
 * Envoy's, as far as it has one.
 */
export const SERVER_FLAGS = [
  {
    name: 'config-path',
    short: 'c',
    type: 'text',
    value: 'FILE',
    group: 'config',
    summary: 'the config, YAML or JSON; - reads stdin',
  },
  {
    name: 'config-yaml',
    type: 'text',
    value: 'TEXT',
    group: 'config',
    summary: 'a config of its own, or merged over the file',
  },
  {
    name: 'mode',
    type: 'choice',
    value: 'MODE',
    choices: ['serve', 'validate', 'init_only'],
    default: 'serve',
    group: 'config',
    summary: 'serve, validate or init_only',
    check: (value) => `unknown mode '${value}'`,
  },
  {
    name: 'allow-unknown-static-fields',
    type: 'switch',
    group: 'config',
    summary: 'fields that Envoy does not know are warnings',
  },
  {
    name: 'concurrency',
    type: 'u32',
    value: 'N',
    group: 'process',
    summary: 'worker threads (default: cores)',
    check: (value) =>
      Number(value) > MAX_CONCURRENCY
        ? `concurrency ${value} is above the limit of ${MAX_CONCURRENCY}`
        : null,
  },
  {
    name: 'admin-address-path',
    type: 'text',
    value: 'FILE',
    group: 'process',
    summary: 'write the bound admin address there',
  },
  {
    name: 'service-cluster',
    type: 'text',
    value: 'NAME',
    group: 'process',
    summary: 'node.cluster, instead of the config',
  },
  {
    name: 'service-node',
    type: 'text',
    value: 'ID',
    group: 'process',
    summary: 'node.id, instead of the config',
  },
  {
    name: 'service-zone',
    type: 'text',
    value: 'ZONE',
    group: 'process',
    summary: 'node.locality.zone, instead of the config',
  },
  {
    name: 'drain-time-s',
    type: 'u32',
    value: 'N',
    default: '600',
    group: 'process',
    summary: 'time to drain connections, in seconds',
  },
  {
    name: 'log-level',
    short: 'l',
    type: 'choice',
    value: 'LEVEL',
    choices: LOG_LEVEL_NAMES,
    default: 'info',
    group: 'log',
    summary: 'trace debug info warning error critical off',
    check: (value) =>
      parseLogLevel(value) === null ? `invalid log level specified '${value}'` : null,
  },
  {
    name: 'component-log-level',
    type: 'text',
    value: 'C:LEVEL,...',
    group: 'log',
    summary: 'levels by component: upstream:debug,config:trace',
    check: checkComponentLogLevel,
  },
  {
    name: 'log-path',
    type: 'text',
    value: 'FILE',
    group: 'log',
    summary: 'log file (default: stderr); SIGUSR1 reopens it',
  },
  {
    name: 'log-format',
    type: 'text',
    value: 'PATTERN',
    default: DEFAULT_LOG_PATTERN,
    group: 'log',
    summary: 'spdlog pattern of a line (default: tsproxy help flags)',
  },
  {
    name: 'log-format-escaped',
    type: 'switch',
    group: 'more',
    summary: 'write newlines and quotes of messages as C escapes',
  },
  {
    name: 'enable-fine-grain-logging',
    type: 'switch',
    group: 'more',
    summary: 'log levels by source file',
    notYet: 'levels are by component: use --component-log-level',
  },
  {
    name: 'log-stacktrace-single-entry',
    type: 'switch',
    group: 'more',
    summary: 'a stack trace is one log entry',
    notYet: 'a stack trace is always one entry here',
  },
  {
    name: 'skip-deprecated-logs',
    type: 'switch',
    group: 'more',
    summary: 'no warnings about deprecated fields',
  },
  {
    name: 'local-address-ip-version',
    type: 'choice',
    choices: ['v4', 'v6'],
    default: 'v4',
    group: 'more',
    summary: 'family of the local address',
    check: (value) => `unknown IP address version '${value}'`,
  },
  {
    name: 'cpuset-threads',
    type: 'switch',
    group: 'more',
    summary: 'workers from affinity and cgroup; always so here',
  },
  {
    name: 'drain-strategy',
    type: 'choice',
    choices: ['gradual', 'immediate'],
    default: 'gradual',
    group: 'more',
    summary: 'pace of closing while draining',
    check: (value) => `unknown drain-strategy '${value}'`,
  },
  {
    name: 'disable-extensions',
    type: 'text',
    value: 'CATEGORY/NAME,...',
    group: 'more',
    summary: 'take extensions out',
  },
  {
    name: 'stats-tag',
    type: 'list',
    value: 'TAG:VALUE',
    group: 'more',
    summary: 'a tag on every stat',
    check: checkStatsTag,
  },
  {
    name: 'file-flush-interval-msec',
    type: 'u32',
    value: 'N',
    default: '10000',
    group: 'more',
    summary: 'access logs are written at least this often',
  },
  {
    name: 'file-flush-min-size-kb',
    type: 'u32',
    value: 'N',
    default: '64',
    group: 'more',
    summary: 'and whenever this much waits',
  },
  {
    name: 'reject-unknown-dynamic-fields',
    type: 'switch',
    group: 'more',
    summary: 'unknown fields from xDS are errors',
    notYet: 'xDS is not implemented',
  },
  {
    name: 'ignore-unknown-dynamic-fields',
    type: 'switch',
    group: 'more',
    summary: 'unknown fields from xDS are not even counted',
    notYet: 'xDS is not implemented',
  },
  {
    name: 'allow-unknown-fields',
    type: 'switch',
    group: 'more',
    summary: 'old name of --allow-unknown-static-fields',
    notYet: 'deprecated: use --allow-unknown-static-fields',
  },
  {
    name: 'disable-hot-restart',
    type: 'switch',
    group: 'more',
    summary: 'no hot restart',
  },
  {
    name: 'hot-restart-version',
    type: 'switch',
    group: 'more',
    summary: 'print the hot restart version on stderr',
    isQuestion: true,
  },
  {
    name: 'restart-epoch',
    type: 'u32',
    value: 'N',
    default: '0',
    group: 'more',
    summary: 'one more with each hot restart',
    notYet: NO_HOT_RESTART,
  },
  {
    name: 'parent-shutdown-time-s',
    type: 'u32',
    value: 'N',
    default: '900',
    group: 'more',
    summary: 'life of the old process after a hot restart',
    notYet: NO_HOT_RESTART,
  },
  {
    name: 'base-id',
    type: 'u32',
    value: 'N',
    default: '0',
    group: 'more',
    summary: 'tells proxies on one host apart in a hot restart',
    notYet: NO_HOT_RESTART,
  },
  {
    name: 'use-dynamic-base-id',
    type: 'switch',
    group: 'more',
    summary: 'choose a free base id',
    notYet: NO_HOT_RESTART,
  },
  {
    name: 'base-id-path',
    type: 'text',
    value: 'FILE',
    group: 'more',
    summary: 'write the base id there',
    notYet: NO_HOT_RESTART,
  },
  {
    name: 'skip-hot-restart-on-no-parent',
    type: 'switch',
    group: 'more',
    summary: 'start normally when the parent is gone',
    notYet: NO_HOT_RESTART,
  },
  {
    name: 'skip-hot-restart-parent-stats',
    type: 'switch',
    group: 'more',
    summary: 'do not take over the stats of the parent',
    notYet: NO_HOT_RESTART,
  },
  {
    name: 'socket-path',
    type: 'text',
    value: 'PATH',
    default: '@envoy_domain_socket',
    group: 'more',
    summary: 'socket of the hot restart',
    notYet: NO_HOT_RESTART,
  },
  {
    name: 'socket-mode',
    type: 'text',
    value: 'OCTAL',
    default: '600',
    group: 'more',
    summary: 'mode of that socket',
    notYet: NO_HOT_RESTART,
  },
  {
    name: 'enable-mutex-tracing',
    type: 'switch',
    group: 'more',
    summary: 'trace contention of locks',
    notYet: 'there are no locks to trace',
  },
  {
    name: 'enable-core-dump',
    type: 'switch',
    group: 'more',
    summary: 'allow core dumps',
    notYet: 'the limit of the shell decides (ulimit -c)',
  },
  {
    name: 'filter',
    type: 'list',
    value: 'FILE.ts',
    group: 'own',
    summary: 'a network filter in TypeScript; may be repeated',
  },
  {
    name: 'strict',
    type: 'switch',
    group: 'own',
    summary: 'warnings about the config are errors',
  },
  {
    name: 'allow-not-implemented',
    type: 'text',
    value: 'PATH,...',
    group: 'own',
    summary: 'fields that tsproxy may leave out',
  },
] as const satisfies readonly Flag[]

/** Flags of every command. */
export const GENERAL_FLAGS = [
  {
    name: 'color',
    type: 'choice',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    group: 'general',
    summary: 'colours on a terminal',
    check: (value) => `unknown color '${value}'`,
  },
  {
    name: 'help',
    short: 'h',
    type: 'switch',
    group: 'general',
    summary: 'this text; -h is the short one',
    isQuestion: true,
  },
  {
    name: 'version',
    type: 'switch',
    group: 'general',
    summary: 'print the version',
    isQuestion: true,
  },
] as const satisfies readonly Flag[]

function checkComponentLogLevel(value: string): string | null {
  if (value === '') return null
  for (const pair of value.split(',')) {
    const [name, level, ...rest] = pair.split(':')
    if (name === undefined || level === undefined || rest.length > 0) {
      return `component log level not correctly specified '${pair}'`
    }
    if (parseLogLevel(level) === null) return `invalid log level specified '${level}'`
    if (isLoggerName(name)) continue
    const near = nearest(name, LOGGER_NAMES)
    return `invalid component specified '${name}'${near === null ? '' : `, did you mean '${near}'?`}`
  }
  return null
}

function checkStatsTag(value: string): string | null {
  const colon = value.indexOf(':')
  if (colon < 0) return `misformatted stats-tag '${value}'`
  const name = value.slice(0, colon)
  const text = value.slice(colon + 1)
  const wrong = !/^[A-Za-z0-9]*$/.test(name) ? name : /^[^.]+$/.test(text) ? null : text
  if (wrong === null) return null
  return `misformatted stats-tag '${value}' contains invalid char in '${wrong}'`
}
