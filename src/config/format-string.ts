import { argumentProblem } from './format-argument.ts'
import { FORMAT_COMMANDS, FORMAT_COMMANDS_NOT_IMPLEMENTED } from './format-command-table.ts'

/** One `%COMMAND(argument):maxBytes%`. */
export interface FormatCommand {
  readonly name: string
  /** What stands in the parentheses; '' without any. */
  readonly argument: string
  /** Longer values are cut to this many bytes; -1 = never. */
  readonly maxBytes: number
}

/** Text to copy, or a command to evaluate. */
export type FormatToken = string | FormatCommand

/** Why a format string cannot be used. */
export interface FormatProblem {
  /** `refused`: Envoy refuses it too, with this message. `not-implemented`: Envoy takes it, tsproxy lacks it. */
  readonly kind: 'refused' | 'not-implemented'
  readonly message: string
  /** Where the command begins, in UTF-16 units from the start of the format. */
  readonly position: number
}

/** A parsed format, or the first problem: Envoy stops there as well. */
export type ParsedFormat =
  | { readonly tokens: readonly FormatToken[]; readonly problem: null }
  | { readonly tokens: null; readonly problem: FormatProblem }

// As Envoy's: the argument ends at the first `)` that lets the rest match, so it may hold `)` but no newline.
const COMMAND = /%([A-Z0-9_]+)(?:\(([^\n]*?)\))?(?::([0-9]+))?%/y
const MAX_LENGTH = 18446744073709551615n

/** Parses a format string of access logs, header values and local replies. `%%` is a percent sign. */
export function parseFormat(text: string): ParsedFormat {
  const tokens: FormatToken[] = []
  let literal = ''
  let position = 0
  while (position < text.length) {
    const percent = text.indexOf('%', position)
    if (percent < 0) break
    literal += text.slice(position, percent)
    if (text[percent + 1] === '%') {
      literal += '%'
      position = percent + 2
      continue
    }
    if (literal !== '') tokens.push(literal)
    literal = ''
    const command = readCommand(text, percent)
    if (command === null) return refused(noCommand(text, percent), percent)
    const problem = commandProblem(command, percent)
    if (problem !== null) return { tokens: null, problem }
    tokens.push(command)
    position = COMMAND.lastIndex
  }
  literal += text.slice(position)
  if (literal !== '' || text === '') tokens.push(literal)
  return { tokens, problem: null }
}

/** What is wrong with a format string, or null. */
export function checkFormat(text: string): FormatProblem | null {
  return parseFormat(text).problem
}

/** What is wrong with a command, wherever it was written; `position` is handed on. */
export function commandProblem(command: FormatCommand, position: number): FormatProblem | null {
  const { name, argument, maxBytes } = command
  const problem = (message: string): FormatProblem => ({ kind: 'refused', message, position })
  if (FORMAT_COMMANDS_NOT_IMPLEMENTED.has(name)) {
    const message = `%${name}% is valid Envoy, but tsproxy does not implement it`
    return { kind: 'not-implemented', message, position }
  }
  const syntax = FORMAT_COMMANDS.get(name)
  if (syntax === undefined) return problem(`Not supported field in StreamInfo: ${name}`)
  if (syntax.argument === 'none') {
    if (argument === '' && maxBytes < 0) return null
    return problem(`${name} does not take any parameters or length`)
  }
  if (syntax.required && argument === '') return problem(`${name} requires parameters`)
  if (!syntax.length && maxBytes >= 0) {
    return problem(`${name} does not allow length to be specified.`)
  }
  if (syntax.argument === 'coalesce') return coalesceProblem(argument, position)
  const message = argumentProblem(syntax.argument, argument)
  return message === null ? null : problem(message)
}

function readCommand(text: string, position: number): FormatCommand | null {
  COMMAND.lastIndex = position
  const match = COMMAND.exec(text)
  if (match === null) return null
  const [, name, argument = '', length] = match
  if (length !== undefined && BigInt(length) > MAX_LENGTH) return null
  return { name: name!, argument, maxBytes: length === undefined ? -1 : Number(length) }
}

/** Envoy counts bytes. */
function noCommand(text: string, position: number): string {
  const bytes = Buffer.byteLength(text.slice(0, position))
  return `Incorrect configuration: ${text}. Couldn't find valid command at position ${bytes}`
}

function refused(message: string, position: number): ParsedFormat {
  return { tokens: null, problem: { kind: 'refused', message, position } }
}

/** The operators of `%COALESCE({"operators": [...]})%`, the first of which that has a value is printed. */
export type Coalesce =
  | { readonly operators: readonly FormatCommand[]; readonly message: null }
  | { readonly operators: null; readonly message: string }

export function parseCoalesce(argument: string): Coalesce {
  const failed = (message: string): Coalesce => ({
    operators: null,
    message: `COALESCE: ${message}`,
  })
  let json: unknown
  try {
    json = JSON.parse(argument)
  } catch (error) {
    return failed(`failed to parse JSON configuration: ${(error as Error).message}`)
  }
  const { operators: entries } = isRecord(json) ? json : {}
  if (entries === undefined) return failed("JSON configuration must contain 'operators' array")
  if (!Array.isArray(entries))
    return failed(`'operators' must be an array: ${missing('operators', 'an array')}`)
  if (entries.length === 0) return failed("'operators' array must not be empty")
  const operators: FormatCommand[] = []
  for (const [index, entry] of entries.entries()) {
    const operator = readOperator(entry)
    const message = typeof operator === 'string' ? operator : operatorProblem(operator)
    if (message !== null) return failed(`failed to parse operator at index ${index}: ${message}`)
    operators.push(operator as FormatCommand)
  }
  return { operators, message: null }
}

function coalesceProblem(argument: string, position: number): FormatProblem | null {
  const { operators, message } = parseCoalesce(argument)
  if (operators === null) return { kind: 'refused', message, position }
  for (const operator of operators) {
    const problem = commandProblem(operator, position)
    if (problem !== null) return problem
  }
  return null
}

/** An operator entry, or what is wrong with it. */
function readOperator(entry: unknown): FormatCommand | string {
  if (typeof entry === 'string') return { name: entry, argument: '', maxBytes: -1 }
  if (!isRecord(entry)) {
    return "operator entry must be either a string (command name) or an object with 'command' field"
  }
  const { command, param, max_length: length } = entry
  if (typeof command !== 'string') {
    return `operator object must have 'command' field: ${missing('command', 'a string')}`
  }
  if (param !== undefined && typeof param !== 'string') {
    return `'param' field must be a string: ${missing('param', 'a string')}`
  }
  if (length === undefined) return { name: command, argument: param ?? '', maxBytes: -1 }
  if (typeof length !== 'number' || !Number.isInteger(length)) {
    return `'max_length' field must be an integer: ${missing('max_length', 'an integer')}`
  }
  if (length <= 0) return "'max_length' must be a positive integer"
  return { name: command, argument: param ?? '', maxBytes: length }
}

/** As Envoy's JSON reader says it. An argument holds no newline, so it has one line. */
function missing(key: string, what: string): string {
  return `key '${key}' missing or not ${what} from lines 1-1`
}

/** The refusal of an operator; one that we lack is found later, as a problem of the whole. */
function operatorProblem(operator: FormatCommand): string | null {
  const problem = commandProblem(operator, 0)
  if (problem === null || problem.kind === 'not-implemented') return null
  return FORMAT_COMMANDS.has(operator.name)
    ? problem.message
    : `unknown command: '${operator.name}'`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
