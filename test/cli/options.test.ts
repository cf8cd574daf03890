import { describe, expect, test } from 'bun:test'
import { UsageError } from '../../src/cli/flag.ts'
import { GENERAL_FLAGS, SERVER_FLAGS } from '../../src/cli/flag-table.ts'
import { flagWarnings, toServerOptions } from '../../src/cli/options.ts'
import { parseArgs } from '../../src/cli/parse-args.ts'
import { LogLevel } from '../../src/logging/log-level.ts'
import { DEFAULT_LOG_PATTERN } from '../../src/logging/log-pattern.ts'

const FLAGS = [...SERVER_FLAGS, ...GENERAL_FLAGS]

function optionsOf(...args: string[]) {
  return toServerOptions(parseArgs(args, FLAGS), {})
}

/** What a wrong command line says, hints behind a semicolon each. */
function complaint(...args: string[]): string {
  try {
    optionsOf(...args)
  } catch (error) {
    if (error instanceof UsageError) return [error.message, ...error.hints].join('; ')
    throw error
  }
  throw new Error(`accepted: ${args.join(' ')}`)
}

test('without flags everything has the default of Envoy', () => {
  const { concurrency, ...rest } = optionsOf()
  expect(concurrency).toBeGreaterThanOrEqual(1)
  expect(rest).toEqual({
    configPath: '',
    configYaml: '',
    mode: 'serve',
    cpusetThreads: false,
    logLevel: LogLevel.Info,
    componentLogLevel: '',
    componentLogLevels: {},
    logFormat: null,
    logFormatEscaped: false,
    logPath: '',
    enableFineGrainLogging: false,
    logStacktraceSingleEntry: false,
    skipDeprecatedLogs: false,
    serviceCluster: '',
    serviceNode: '',
    serviceZone: '',
    adminAddressPath: '',
    localAddressIpVersion: 'v4',
    baseId: 0,
    useDynamicBaseId: false,
    baseIdPath: '',
    restartEpoch: 0,
    disableHotRestart: false,
    skipHotRestartOnNoParent: false,
    skipHotRestartParentStats: false,
    socketPath: '@envoy_domain_socket',
    socketMode: 0,
    drainTimeS: 600,
    drainStrategy: 'gradual',
    parentShutdownTimeS: 900,
    fileFlushIntervalMsec: 10_000,
    fileFlushMinSizeKb: 64,
    disableExtensions: [],
    statsTags: [],
    allowUnknownStaticFields: false,
    rejectUnknownDynamicFields: false,
    ignoreUnknownDynamicFields: false,
    enableMutexTracing: false,
    enableCoreDump: false,
    filterModules: [],
    strict: false,
    allowNotImplemented: [],
  })
})

describe('each flag reaches its option', () => {
  test.each([
    ['-c a.yaml', { configPath: 'a.yaml' }],
    ['-c -', { configPath: '-' }],
    ['--config-path a.yaml', { configPath: 'a.yaml' }],
    ['--config-path=a=b.yaml', { configPath: 'a=b.yaml' }],
    ['--config-yaml {}', { configYaml: '{}' }],
    ['--mode validate', { mode: 'validate' }],
    ['--mode init_only', { mode: 'init_only' }],
    ['--concurrency 3', { concurrency: 3 }],
    ['--concurrency +3', { concurrency: 3 }],
    ['--concurrency 0', { concurrency: 1 }],
    ['--cpuset-threads', { cpusetThreads: true }],
    ['-l warn', { logLevel: LogLevel.Warning }],
    ['--log-level off', { logLevel: LogLevel.Off }],
    [
      '--component-log-level http:debug,main:warn',
      {
        componentLogLevel: 'http:debug,main:warn',
        componentLogLevels: { http: LogLevel.Debug, main: LogLevel.Warning },
      },
    ],
    ['--log-format %v', { logFormat: '%v' }],
    ['--log-format-escaped', { logFormatEscaped: true }],
    ['--enable-fine-grain-logging', { enableFineGrainLogging: true }],
    ['--log-path x.log', { logPath: 'x.log' }],
    ['--log-stacktrace-single-entry', { logStacktraceSingleEntry: true }],
    ['--admin-address-path a', { adminAddressPath: 'a' }],
    ['--local-address-ip-version v6', { localAddressIpVersion: 'v6' }],
    ['--service-cluster c', { serviceCluster: 'c' }],
    ['--service-node n', { serviceNode: 'n' }],
    ['--service-zone z', { serviceZone: 'z' }],
    ['--base-id 4294967295', { baseId: 4_294_967_295 }],
    ['--use-dynamic-base-id', { useDynamicBaseId: true }],
    ['--base-id-path b', { baseIdPath: 'b' }],
    ['--restart-epoch 1', { restartEpoch: 1 }],
    ['--disable-hot-restart', { disableHotRestart: true }],
    ['--skip-hot-restart-on-no-parent', { skipHotRestartOnNoParent: true }],
    ['--skip-hot-restart-parent-stats', { skipHotRestartParentStats: true }],
    ['--socket-path /tmp/s --socket-mode 644', { socketPath: '/tmp/s', socketMode: 0o644 }],
    ['--drain-time-s 5', { drainTimeS: 5 }],
    ['--drain-strategy immediate', { drainStrategy: 'immediate' }],
    ['--parent-shutdown-time-s 6', { parentShutdownTimeS: 6 }],
    ['--file-flush-interval-msec 7', { fileFlushIntervalMsec: 7 }],
    ['--file-flush-min-size-kb 8', { fileFlushMinSizeKb: 8 }],
    ['--disable-extensions a/b,c/d', { disableExtensions: ['a/b', 'c/d'] }],
    [
      '--stats-tag a:b:c --stats-tag d:e',
      {
        statsTags: [
          { name: 'a', value: 'b:c' },
          { name: 'd', value: 'e' },
        ],
      },
    ],
    ['--allow-unknown-static-fields', { allowUnknownStaticFields: true }],
    ['--allow-unknown-fields', { allowUnknownStaticFields: true }],
    ['--reject-unknown-dynamic-fields', { rejectUnknownDynamicFields: true }],
    ['--ignore-unknown-dynamic-fields', { ignoreUnknownDynamicFields: true }],
    ['--skip-deprecated-logs', { skipDeprecatedLogs: true }],
    ['--enable-mutex-tracing', { enableMutexTracing: true }],
    ['--enable-core-dump', { enableCoreDump: true }],
    ['--filter a.ts --filter b.ts', { filterModules: ['a.ts', 'b.ts'] }],
    ['--strict', { strict: true }],
    ['--allow-not-implemented a.b,c', { allowNotImplemented: ['a.b', 'c'] }],
    ['-- stray --nosuch', {}],
    ['--ignore_rest stray', {}],
  ])('%s', (line, expected) => {
    expect(optionsOf(...line.split(' '))).toMatchObject(expected)
  })

  test('and none is left out of this table', () => {
    const own = new Set(['hot-restart-version'])
    const options = new Set(Object.keys(optionsOf()))
    const renamed: Record<string, string> = {
      filter: 'filterModules',
      'stats-tag': 'statsTags',
      'allow-unknown-fields': 'allowUnknownStaticFields',
    }
    const lost = SERVER_FLAGS.filter(({ name }) => {
      const camel = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
      return !own.has(name) && !options.has(renamed[name] ?? camel)
    })
    expect(lost).toEqual([])
  })
})

describe('a wrong command line says what is wrong and what is right', () => {
  test.each([
    ['--config-pth a', "unknown flag '--config-pth'; did you mean '--config-path'?"],
    ['--concurency=2', "unknown flag '--concurency'; did you mean '--concurrency'?"],
    ['--utterly-unlike', "unknown flag '--utterly-unlike'"],
    ['-ldebug', "unknown flag '-ldebug'; did you mean '-l debug'?"],
    ['-z', "unknown flag '-z'"],
    ['--concurrency', '--concurrency needs a value; write --concurrency N'],
    ['--mode --strict', '--mode needs a value; write --mode MODE'],
    ['-c', '-c needs a value; write --config-path FILE'],
    ['--strict=yes', '--strict takes no value'],
    ['--concurrency 1 --concurrency 2', '--concurrency is given twice'],
    ['-c a --config-path b', '--config-path is given twice'],
    ['--strict --strict', '--strict is given twice'],
    ['--concurrency many', "--concurrency takes a whole number from 0 to 4294967295, not 'many'"],
    ['--concurrency -1', "--concurrency takes a whole number from 0 to 4294967295, not '-1'"],
    ['--concurrency 1.5', "--concurrency takes a whole number from 0 to 4294967295, not '1.5'"],
    [
      '--drain-time-s 4294967296',
      "--drain-time-s takes a whole number from 0 to 4294967295, not '4294967296'",
    ],
    ['--concurrency 5000', 'concurrency 5000 is above the limit of 1024; write --concurrency N'],
    [
      '--mode validat',
      "unknown mode 'validat'; did you mean 'validate'?; --mode is one of serve, validate, init_only",
    ],
    [
      '-l loud',
      "invalid log level specified 'loud'; -l is one of trace, debug, info, warning, error, critical, off",
    ],
    [
      '--component-log-level http',
      "component log level not correctly specified 'http'; write --component-log-level C:LEVEL,...",
    ],
    [
      '--component-log-level htp:debug',
      "invalid component specified 'htp', did you mean 'http'?; write --component-log-level C:LEVEL,...",
    ],
    [
      '--component-log-level http:debug,,',
      "component log level not correctly specified ''; write --component-log-level C:LEVEL,...",
    ],
    [
      '--component-log-level http:loud',
      "invalid log level specified 'loud'; write --component-log-level C:LEVEL,...",
    ],
    [
      '--component-log-level http:debug --enable-fine-grain-logging',
      '--component-log-level will not work with --enable-fine-grain-logging',
    ],
    [
      '--local-address-ip-version v5',
      "unknown IP address version 'v5'; did you mean 'v4'?; --local-address-ip-version is one of v4, v6",
    ],
    [
      '--drain-strategy never',
      "unknown drain-strategy 'never'; --drain-strategy is one of gradual, immediate",
    ],
    ['--stats-tag nocolon', "misformatted stats-tag 'nocolon'; write --stats-tag TAG:VALUE"],
    [
      '--stats-tag a:b.c',
      "misformatted stats-tag 'a:b.c' contains invalid char in 'b.c'; write --stats-tag TAG:VALUE",
    ],
    [
      '--stats-tag a_b:c',
      "misformatted stats-tag 'a_b:c' contains invalid char in 'a_b'; write --stats-tag TAG:VALUE",
    ],
    [
      '--stats-tag a:',
      "misformatted stats-tag 'a:' contains invalid char in ''; write --stats-tag TAG:VALUE",
    ],
    [
      '--restart-epoch 1 --use-dynamic-base-id',
      'cannot use --restart-epoch=1 with --use-dynamic-base-id',
    ],
    [
      '--socket-path /tmp/s --socket-mode 9',
      "invalid socket-mode '9'; write an octal mode such as 600",
    ],
  ])('%s', (line, expected) => {
    expect(complaint(...line.split(' '))).toBe(expected)
  })
})

describe('a flag whose feature is missing says so', () => {
  const warn = (...args: string[]) => flagWarnings(parseArgs(args, FLAGS))

  test('once each', () => {
    expect(warn('--restart-epoch', '1', '--enable-mutex-tracing', '-l', 'debug')).toEqual([
      '--restart-epoch has no effect: hot restart is not implemented',
      '--enable-mutex-tracing has no effect: there are no locks to trace',
    ])
  })

  test('not when it only repeats the default', () => {
    expect(warn('--restart-epoch', '0', '--disable-hot-restart')).toEqual([])
  })

  test('and --concurrency wins over --cpuset-threads', () => {
    expect(warn('--concurrency', '2', '--cpuset-threads')).toEqual([
      'both --concurrency and --cpuset-threads are given: --concurrency decides',
    ])
  })
})

test('the format of Envoy is the default of --log-format', () => {
  expect(SERVER_FLAGS.find(({ name }) => name === 'log-format')).toMatchObject({
    default: DEFAULT_LOG_PATTERN,
  })
})
