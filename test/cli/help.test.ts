import { describe, expect, test } from 'bun:test'
import { BUILD } from '../../src/build-info.ts'
import { COMMANDS } from '../../src/cli/command-table.ts'
import { SERVER_FLAGS } from '../../src/cli/flag-table.ts'
import { createStyle } from '../../src/cli/terminal.ts'
import { renderCommandHelp, renderLongHelp, renderShortHelp } from '../../src/cli/usage.ts'

const plain = createStyle(false)

function withoutVersion(text: string): string {
  return text.replaceAll(BUILD.version, 'VERSION')
}

test('the long help is a page with every flag on it', () => {
  const text = renderLongHelp(plain)
  expect(text.split('\n').length).toBeLessThanOrEqual(60)
  for (const { name } of SERVER_FLAGS) expect(text).toContain(`--${name}`)
  for (const { name } of COMMANDS) expect(text).toContain(`  ${name} `)
  expect(withoutVersion(text)).toMatchInlineSnapshot(`
    "tsproxy VERSION reads an Envoy config and serves it

    usage: tsproxy [-c FILE] [FLAGS]
           tsproxy COMMAND [WORDS] [FLAGS]

    Run
      serve       serve what the config says (the default)
      redis       front redis servers, without a config
      thrift      front thrift servers, without a config
      demo        see it work, with nothing installed
    Write a config
      init        print a starter config: tcp, redis, thrift, redis-tcp
      validate    check configs: every mistake, with its line
      schema      print the JSON Schema that editors complete from
    See what it does
      explain     say where a redis command or a thrift call goes, and why
      tap         see the redis commands or thrift calls of a running proxy live
    Other
      help        more about exit-codes, environment, config, settings, differences, flags
      completion  print the completion of bash, zsh or fish
      version     print the version

    Flags of Envoy, with its defaults
      -c, --config-path FILE                 the config, YAML or JSON; - reads stdin
          --config-yaml TEXT                 a config of its own, or merged over the file
          --mode MODE                        serve, validate or init_only (default: serve)
          --allow-unknown-static-fields      fields that Envoy does not know are warnings
          --concurrency N                    worker threads (default: cores)
          --admin-address-path FILE          write the bound admin address there
          --service-cluster NAME             node.cluster, instead of the config
          --service-node ID                  node.id, instead of the config
          --service-zone ZONE                node.locality.zone, instead of the config
          --drain-time-s N                   time to drain connections, in seconds (default: 600)
      -l, --log-level LEVEL                  trace debug info warning error critical off (default: info)
          --component-log-level C:LEVEL,...  levels by component: upstream:debug,config:trace
          --log-path FILE                    log file (default: stderr); SIGUSR1 reopens it
          --log-format PATTERN               spdlog pattern of a line (default: tsproxy help flags)
    More of them (tsproxy help flags)
      --log-format-escaped --enable-fine-grain-logging --log-stacktrace-single-entry
      --skip-deprecated-logs --local-address-ip-version --cpuset-threads --drain-strategy
      --disable-extensions --stats-tag --file-flush-interval-msec --file-flush-min-size-kb
      --reject-unknown-dynamic-fields --ignore-unknown-dynamic-fields --allow-unknown-fields
      --disable-hot-restart --hot-restart-version --restart-epoch --parent-shutdown-time-s --base-id
      --use-dynamic-base-id --base-id-path --skip-hot-restart-on-no-parent
      --skip-hot-restart-parent-stats --socket-path --socket-mode --enable-mutex-tracing
      --enable-core-dump
    tsproxy's own
          --filter FILE.ts                   a network filter in TypeScript; may be repeated
          --strict                           warnings about the config are errors
          --allow-not-implemented PATH,...   fields that tsproxy may leave out
          --color auto|always|never          colours on a terminal (default: auto)
      -h, --help                             this text; -h is the short one
          --version                          print the version

    Examples
      tsproxy -c proxy.yaml --concurrency 4        four workers
      tsproxy redis a:6379 b:6379 --listen 6400    two shards look like one redis
      tsproxy thrift 127.0.0.1:9090 --listen 9190  clients of any kind, as they speak
      tsproxy demo                                 embedded servers, a proxy before them, real requests
    "
  `)
})

test('the short help fits a small screen', () => {
  const text = renderShortHelp(plain)
  expect(text.split('\n').length).toBeLessThanOrEqual(30)
  expect(withoutVersion(text)).toMatchInlineSnapshot(`
    "tsproxy VERSION reads an Envoy config and serves it

    usage: tsproxy [-c FILE] [FLAGS]
           tsproxy COMMAND [WORDS] [FLAGS]

    Run
      serve       serve what the config says (the default)
      redis       front redis servers, without a config
      thrift      front thrift servers, without a config
      demo        see it work, with nothing installed
    Write a config
      init        print a starter config: tcp, redis, thrift, redis-tcp
      validate    check configs: every mistake, with its line
      schema      print the JSON Schema that editors complete from
    See what it does
      explain     say where a redis command or a thrift call goes, and why
      tap         see the redis commands or thrift calls of a running proxy live
    Other
      help        more about exit-codes, environment, config, settings, differences, flags
      completion  print the completion of bash, zsh or fish
      version     print the version

    Flags
      -c, --config-path FILE                 the config, YAML or JSON; - reads stdin
          --concurrency N                    worker threads (default: cores)
          --filter FILE.ts                   a network filter in TypeScript; may be repeated
      -h, --help                             this text; -h is the short one

    tsproxy --help shows all flags and examples, tsproxy COMMAND --help those of a command
    "
  `)
})

test('no line is wider than a hundred columns', () => {
  const pages = [renderLongHelp(plain), renderShortHelp(plain)]
  const wide = pages.flatMap((page) => page.split('\n')).filter((line) => line.length > 100)
  expect(wide).toEqual([])
})

test('the help of a command', () => {
  const init = COMMANDS.find(({ name }) => name === 'init')!
  expect(withoutVersion(renderCommandHelp(init, plain))).toMatchInlineSnapshot(`
    "tsproxy init: print a starter config: tcp, redis, thrift, redis-tcp

    usage: tsproxy init [WHAT] [FLAGS]
           [WHAT] is one of tcp, redis, thrift, redis-tcp

    Flags
          --color auto|always|never          colours on a terminal (default: auto)
      -h, --help                             this text; -h is the short one
          --version                          print the version

    Examples
      tsproxy init redis > proxy.yaml   redis servers behind a proxy
      tsproxy init thrift > proxy.yaml  a thrift server, in front of it any client
      tsproxy init tcp > proxy.yaml     any TCP service
    "
  `)
})

describe('every command', () => {
  test.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s has two examples',
    (_, command) => {
      expect(command.examples.length).toBeGreaterThanOrEqual(2)
      for (const [line] of command.examples) expect(line).toContain('tsproxy')
    },
  )
})

test('colours mark headings, and only when asked for', () => {
  expect(renderLongHelp(createStyle(true))).toContain('\x1b[1mExamples\x1b[22m')
  expect(renderLongHelp(plain)).not.toContain('\x1b')
})
