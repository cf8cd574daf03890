import { LogLevel, parseLogLevel } from '../logging/log-level.ts'
import type { LoggerName } from '../logging/logger-names-table.ts'
import type { ServerMode, ServerOptions } from '../server/server-options.ts'
import { defaultConcurrency } from './concurrency.ts'
import type { Environment } from './environment.ts'
import { UsageError } from './flag.ts'
import { SERVER_FLAGS } from './flag-table.ts'
import type { ParsedArgs } from './parse-args.ts'

type ServerFlag = (typeof SERVER_FLAGS)[number]
type NameOf<Type extends ServerFlag['type']> = Extract<ServerFlag, { readonly type: Type }>['name']

/** Turns the flags that were given into options. Throws a UsageError when two of them contradict each other. */
export function toServerOptions(args: ParsedArgs, environment: Environment): ServerOptions {
  const on = (name: NameOf<'switch'>) => args.has(name)
  const text = (name: NameOf<'text' | 'choice'>) => args.text(name) ?? defaultOf(name)
  const number = (name: NameOf<'u32'>) => Number(args.text(name) ?? defaultOf(name))
  checkTogether(args)
  return {
    configPath: text('config-path'),
    configYaml: text('config-yaml'),
    mode: text('mode') as ServerMode,
    concurrency: args.has('concurrency')
      ? Math.max(1, number('concurrency'))
      : defaultConcurrency(environment),
    cpusetThreads: on('cpuset-threads'),

    logLevel: parseLogLevel(text('log-level')) ?? LogLevel.Info,
    componentLogLevel: text('component-log-level'),
    componentLogLevels: componentLogLevels(text('component-log-level')),
    logFormat: args.text('log-format'),
    logFormatEscaped: on('log-format-escaped'),
    logPath: text('log-path'),
    enableFineGrainLogging: on('enable-fine-grain-logging'),
    logStacktraceSingleEntry: on('log-stacktrace-single-entry'),
    skipDeprecatedLogs: on('skip-deprecated-logs'),

    serviceCluster: text('service-cluster'),
    serviceNode: text('service-node'),
    serviceZone: text('service-zone'),
    adminAddressPath: text('admin-address-path'),
    localAddressIpVersion: text('local-address-ip-version') === 'v6' ? 'v6' : 'v4',

    baseId: number('base-id'),
    useDynamicBaseId: on('use-dynamic-base-id'),
    baseIdPath: text('base-id-path'),
    restartEpoch: number('restart-epoch'),
    disableHotRestart: on('disable-hot-restart'),
    skipHotRestartOnNoParent: on('skip-hot-restart-on-no-parent'),
    skipHotRestartParentStats: on('skip-hot-restart-parent-stats'),
    socketPath: text('socket-path'),
    socketMode: text('socket-path').startsWith('@') ? 0 : Number.parseInt(text('socket-mode'), 8),
    drainTimeS: number('drain-time-s'),
    drainStrategy: text('drain-strategy') === 'immediate' ? 'immediate' : 'gradual',
    parentShutdownTimeS: number('parent-shutdown-time-s'),

    fileFlushIntervalMsec: number('file-flush-interval-msec'),
    fileFlushMinSizeKb: number('file-flush-min-size-kb'),
    disableExtensions: commaList(text('disable-extensions')),
    statsTags: args.list('stats-tag').map((tag) => {
      const colon = tag.indexOf(':')
      return { name: tag.slice(0, colon), value: tag.slice(colon + 1) }
    }),
    allowUnknownStaticFields: on('allow-unknown-static-fields') || on('allow-unknown-fields'),
    rejectUnknownDynamicFields: on('reject-unknown-dynamic-fields'),
    ignoreUnknownDynamicFields: on('ignore-unknown-dynamic-fields'),
    enableMutexTracing: on('enable-mutex-tracing'),
    enableCoreDump: on('enable-core-dump'),

    filterModules: args.list('filter'),
    strict: on('strict'),
    allowNotImplemented: commaList(text('allow-not-implemented')),
  }
}

/** A line for each flag that was given and does less than its name says. */
export function flagWarnings(args: ParsedArgs): readonly string[] {
  const warnings: string[] = []
  for (const flag of SERVER_FLAGS) {
    if (!('notYet' in flag) || !args.has(flag.name)) continue
    if (args.text(flag.name) === ('default' in flag ? flag.default : null)) continue
    warnings.push(`--${flag.name} has no effect: ${flag.notYet}`)
  }
  if (args.has('cpuset-threads') && args.has('concurrency')) {
    warnings.push('both --concurrency and --cpuset-threads are given: --concurrency decides')
  }
  return warnings
}

function defaultOf(name: NameOf<'text' | 'choice' | 'u32'>): string {
  const flag = SERVER_FLAGS.find((row) => row.name === name)!
  return 'default' in flag ? flag.default : ''
}

function checkTogether(args: ParsedArgs): void {
  if (args.has('component-log-level') && args.has('enable-fine-grain-logging')) {
    throw new UsageError('--component-log-level will not work with --enable-fine-grain-logging')
  }
  const epoch = Number(args.text('restart-epoch') ?? 0)
  if (epoch > 0 && args.has('use-dynamic-base-id')) {
    throw new UsageError(`cannot use --restart-epoch=${epoch} with --use-dynamic-base-id`)
  }
  const socketMode = args.text('socket-mode') ?? '600'
  const abstract = (args.text('socket-path') ?? '@').startsWith('@')
  if (!abstract && !/^[0-7]{1,4}$/.test(socketMode)) {
    throw new UsageError(`invalid socket-mode '${socketMode}'`, 'write an octal mode such as 600')
  }
}

function componentLogLevels(text: string): Partial<Record<LoggerName, LogLevel>> {
  const levels: Partial<Record<LoggerName, LogLevel>> = {}
  for (const pair of commaList(text)) {
    const [name, level] = pair.split(':')
    levels[name as LoggerName] = parseLogLevel(level!)!
  }
  return levels
}

function commaList(text: string): readonly string[] {
  return text.split(',').filter((part) => part !== '')
}
