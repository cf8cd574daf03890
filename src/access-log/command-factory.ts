import { hostname } from 'node:os'
import { type FormatCommand, parseCoalesce } from '../config/format-string.ts'
import type { StreamInfo } from '../network/stream-info.ts'
import type { TimeSource } from '../time-source.ts'
import { type Command, ConstantCommand, TextCommand } from './command.ts'
import { CONSTANT_COMMANDS } from './constant-commands-table.ts'
import { DateFormat } from './date-format.ts'
import { commonDurationCommand, durationCommand } from './duration-commands.ts'
import { FilterStateCommand } from './filter-state-command.ts'
import type { FormatContext } from './formatter.ts'
import { maskedAddress } from './masked-address.ts'
import { metadataCommand, typedMetadataCommand } from './metadata-command.ts'
import { ADDRESSES, streamInfoCommand, withoutPort } from './stream-info-commands.ts'
import { tlsCommand } from './tls-commands.ts'
import { truncate } from './truncate.ts'

const DEFAULT_TIME = '%Y-%m-%dT%H:%M:%E3SZ'
const DEFAULT_LOCAL_TIME = '%Y-%m-%dT%H:%M:%E3S%z'

type Create = (command: FormatCommand, time: TimeSource) => Command

/** The commands that take arguments or need more than StreamInfo. */
const CREATE: Readonly<Record<string, Create>> = {
  START_TIME: ({ argument }) => startTime(argument, false),
  START_TIME_LOCAL: ({ argument }) => startTime(argument, true),
  EMIT_TIME: ({ argument }, time) => emitTime(argument, false, time),
  EMIT_TIME_LOCAL: ({ argument }, time) => emitTime(argument, true, time),
  DURATION: (_, time) => durationCommand(time),
  COMMON_DURATION: ({ argument }) => commonDurationCommand(argument),
  RESPONSE_CODE_DETAILS: ({ argument }) => responseCodeDetails(argument),
  ACCESS_LOG_TYPE: () => new TextCommand((_, context) => context.accessLogType),
  HOSTNAME: () => new ConstantCommand(hostname()),
  ENVIRONMENT: ({ argument, maxBytes }) => environment(argument, maxBytes),
  METADATA: ({ argument, maxBytes }) => typedMetadataCommand(argument, maxBytes),
  DYNAMIC_METADATA: ({ argument, maxBytes }) => metadataCommand('DYNAMIC', argument, maxBytes),
  CLUSTER_METADATA: ({ argument }) => metadataCommand('CLUSTER', argument, -1),
  UPSTREAM_METADATA: ({ argument }) => metadataCommand('UPSTREAM_HOST', argument, -1),
  FILTER_STATE: ({ argument, maxBytes }) => new FilterStateCommand(argument, maxBytes),
  COALESCE: coalesce,
}

/** Compiles a command that `parseFormat` let through; it throws for one that has no meaning here, which is a bug. */
export function createCommand(command: FormatCommand, time: TimeSource): Command {
  const { name } = command
  const create = CREATE[name]
  if (create !== undefined) return create(command, time)
  const constant = CONSTANT_COMMANDS.get(name)
  if (constant !== undefined) return new ConstantCommand(constant)
  const made =
    streamInfoCommand(name) ?? withoutPortCommand(command) ?? tlsCommand(name, command.argument)
  if (made === null) throw new Error(`no evaluation for format command "${name}"`)
  return made
}

function startTime(format: string, local: boolean): Command {
  const date = dateFormat(format, local)
  return new TextCommand((info) => date.format(info.startTimeMs))
}

function emitTime(format: string, local: boolean, time: TimeSource): Command {
  const date = dateFormat(format, local)
  return new TextCommand(() => date.format(time.now()))
}

function dateFormat(format: string, local: boolean): DateFormat {
  return new DateFormat(format || (local ? DEFAULT_LOCAL_TIME : DEFAULT_TIME), local)
}

/** White space becomes '_', unless the argument allows it. */
function responseCodeDetails(argument: string): Command {
  if (argument === 'ALLOW_WHITESPACES') {
    return new TextCommand((info) => info.responseCodeDetails || null)
  }
  return new TextCommand((info) => info.responseCodeDetails.replace(/\s/g, '_') || null)
}

/** Read once, when the config is loaded. */
function environment(variable: string, maxBytes: number): Command {
  const value = process.env[variable]
  return new ConstantCommand(value === undefined ? '-' : truncate(value, maxBytes))
}

function withoutPortCommand({ name, argument }: FormatCommand): Command | null {
  const read = ADDRESSES[name.replace(/_ADDRESS_WITHOUT_PORT$/, '')]
  if (read === undefined) return null
  // As Envoy: what is no number is no mask.
  const bits = /^\s*[+-]?\d+\s*$/.test(argument) ? Number(argument) : null
  return new TextCommand((info) => {
    const address = read(info)
    if (address === null) return null
    return bits === null ? withoutPort(address) : maskedAddress(address, bits)
  })
}

function coalesce({ argument, maxBytes }: FormatCommand, time: TimeSource): Command {
  const { operators } = parseCoalesce(argument)
  return new CoalesceCommand(
    (operators ?? []).map((operator) => createCommand(operator, time)),
    maxBytes,
  )
}

/** The first of several commands that has a value. */
class CoalesceCommand implements Command {
  readonly #commands: readonly Command[]
  readonly #maxBytes: number

  constructor(commands: readonly Command[], maxBytes: number) {
    this.#commands = commands
    this.#maxBytes = maxBytes
  }

  text(info: StreamInfo, context: FormatContext): string | null {
    for (const command of this.#commands) {
      const text = command.text(info, context)
      if (text !== null) return truncate(text, this.#maxBytes)
    }
    return null
  }

  json(info: StreamInfo, context: FormatContext): string {
    for (const command of this.#commands) {
      const json = command.json(info, context)
      if (json === 'null') continue
      return json.startsWith('"')
        ? JSON.stringify(truncate(JSON.parse(json) as string, this.#maxBytes))
        : json
    }
    return 'null'
  }
}
