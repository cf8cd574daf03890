import { type CommandDef, runCommand } from 'citty'
import { HOT_RESTART_VERSION } from '../build-info.ts'
import { LogFileError } from '../logging/log-file.ts'
import type { Registry } from '../registry.ts'
import type { Command, CommandName } from './command.ts'
import { COMMANDS } from './command-table.ts'
import type { Environment } from './environment.ts'
import { UsageError } from './flag.ts'
import { GENERAL_FLAGS } from './flag-table.ts'
import { nearest } from './nearest.ts'
import { type ParsedArgs, parseArgs } from './parse-args.ts'
import { type ColorWish, createTerminal, type Terminal } from './terminal.ts'
import { renderCommandHelp, renderLongHelp, renderShortHelp } from './usage.ts'
import { VERSION_LINE } from './version.ts'

/** Loaded when it is called, so that a start does not wait for what it does not run. */
const LOADERS: Readonly<Record<CommandName, () => Promise<CommandDef>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  redis: async () => (await import('./redis/redis.ts')).redisCommand,
  thrift: async () => (await import('./thrift/thrift.ts')).thriftCommand,
  demo: async () => (await import('./demo/demo.ts')).demoCommand,
  init: async () => (await import('./init.ts')).initCommand,
  validate: async () => (await import('./validate.ts')).validateCommand,
  explain: async () => (await import('./explain/explain.ts')).explainCommand,
  tap: async () => (await import('./tap/tap.ts')).tapCommand,
  schema: async () => (await import('./schema.ts')).schemaCommand,
  help: async () => (await import('./help.ts')).helpCommand,
  completion: async () => (await import('./completion.ts')).completionCommand,
  version: async () => (await import('./version.ts')).versionCommand,
}

/** Runs a command line and returns the exit status. Without a command it serves. */
export async function runCli(
  argv: readonly string[],
  environment: Environment,
  registry: Registry,
): Promise<number> {
  try {
    const { command, args } = readCommandLine(argv)
    const terminal = createTerminal((args.text('color') ?? 'auto') as ColorWish, environment)
    if (answerAtOnce(argv, command, args, terminal)) return 0
    const data = { args, terminal, environment, registry }
    const { result } = await runCommand(await LOADERS[command.name](), { rawArgs: [], data })
    return result as number
  } catch (error) {
    const { talk } = createTerminal('auto', environment)
    if (error instanceof UsageError) {
      talk.error([error.message, ...error.hints].join('\n  '))
      return 2
    }
    if (!(error instanceof LogFileError)) throw error
    talk.error(error.message)
    return 1
  }
}

/** A command is the first argument or none: then the command line is that of Envoy. */
function readCommandLine(argv: readonly string[]): { command: Command; args: ParsedArgs } {
  const name = argv[0] === undefined || argv[0].startsWith('-') ? null : argv[0]
  const command = COMMANDS.find((row) => row.name === (name ?? 'serve'))
  if (command === undefined) throw unknownCommand(name!)
  const rest = name === null ? argv : argv.slice(1)
  const args = parseArgs(rest, [...command.flags, ...GENERAL_FLAGS])
  const extra = args.words[command.maxWords]
  if (extra === undefined) return { command, args }
  if (name === null && COMMANDS.some((row) => row.name === extra)) {
    throw new UsageError(`the command '${extra}' must be the first argument`)
  }
  if (name === null) throw unknownCommand(extra)
  throw new UsageError(`unexpected argument '${extra}'`, `see 'tsproxy ${name} --help'`)
}

function unknownCommand(name: string): UsageError {
  const names = COMMANDS.map((row) => row.name)
  const near = nearest(name, names)
  const isFile = /\.(ya?ml|json)$/.test(name)
  const hints = near === null ? [] : [`did you mean '${near}'?`]
  if (isFile) hints.push(`to serve a config write 'tsproxy -c ${name}'`)
  return new UsageError(`unknown command '${name}'`, ...hints, "see 'tsproxy --help'")
}

/** Flags that are questions; true when one was asked. */
function answerAtOnce(
  argv: readonly string[],
  command: Command,
  args: ParsedArgs,
  { out, err, style }: Terminal,
): boolean {
  if (args.has('help')) {
    const isRoot = argv[0]!.startsWith('-')
    const root = argv.includes('--help') ? renderLongHelp : renderShortHelp
    out(isRoot ? root(style) : renderCommandHelp(command, style))
    return true
  }
  if (args.has('version')) out(VERSION_LINE)
  else if (args.has('hot-restart-version')) err(`${HOT_RESTART_VERSION}\n`)
  else return false
  return true
}
