import { formatAddress } from '../address-text.ts'
import { AdminError, adminAddress, askAdmin } from '../admin-client.ts'
import { command } from '../command.ts'
import { UsageError } from '../flag.ts'
import type { Idl } from '../idl/idl.ts'
import { IdlError } from '../idl/idl-tokens.ts'
import { readIdl } from '../idl/read-idl.ts'
import { nearest } from '../nearest.ts'
import type { ParsedArgs } from '../parse-args.ts'
import type { Style, Terminal } from '../terminal.ts'
import { TapLines, type TappedCommand } from './tap-line.ts'
import { type TappedCall, ThriftLines } from './thrift-line.ts'

const PROTOCOLS = ['redis', 'thrift'] as const
type Protocol = (typeof PROTOCOLS)[number]

/** Flags that mean something to one protocol alone. */
const OWN_FLAGS: Readonly<Record<string, Protocol>> = {
  key: 'redis',
  command: 'redis',
  method: 'thrift',
  idl: 'thrift',
}

export const tapCommand = command('tap', async ({ args, terminal }) => {
  const protocol = readProtocol(args)
  const idl = readNames(args)
  try {
    return await tap(protocol, idl, args, terminal)
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    terminal.talk.error(error.message)
    return 1
  }
})

function readProtocol(args: ParsedArgs): Protocol {
  const word = args.words[0]
  if (PROTOCOLS.includes(word as Protocol)) {
    for (const [flag, of] of Object.entries(OWN_FLAGS)) {
      if (args.has(flag) && of !== word) throw new UsageError(`--${flag} is for tap ${of}`)
    }
    return word as Protocol
  }
  if (word === undefined) {
    throw new UsageError('tap needs to know what', 'write tsproxy tap redis or tsproxy tap thrift')
  }
  const near = nearest(word, PROTOCOLS)
  const hints = near === null ? [] : [`did you mean '${near}'?`]
  throw new UsageError(
    `there is no tap for '${word}'`,
    ...hints,
    `there is: ${PROTOCOLS.join(', ')}`,
  )
}

/** Null: none are given. */
function readNames(args: ParsedArgs): Idl | null {
  const path = args.text('idl')
  if (path === null) return null
  try {
    return readIdl(path)
  } catch (error) {
    if (error instanceof IdlError) throw new UsageError(`--idl: ${error.message}`)
    throw error
  }
}

async function tap(
  protocol: Protocol,
  idl: Idl | null,
  args: ParsedArgs,
  terminal: Terminal,
): Promise<number> {
  const address = adminAddress(args)
  const stopped = new AbortController()
  const onSignal = () => stopped.abort()
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    const response = await askAdmin(address, `/tap/${protocol}?${query(args)}`, stopped.signal)
    if (terminal.isInteractive) {
      terminal.talk.info(`tapping ${protocol} at ${formatAddress(address)}, Ctrl-C ends it`)
    }
    const limit =
      args.text('count') === null ? Number.POSITIVE_INFINITY : Number(args.text('count'))
    const isJson = args.text('format') === 'json'
    const printer = new Printer(terminal, renderer(protocol, idl, terminal.style, isJson), limit)
    if (await printAll(response, printer, stopped.signal)) return 0
    throw new AdminError(`the proxy at ${formatAddress(address)} has ended`)
  } catch (error) {
    if (stopped.signal.aborted) return 0
    throw error
  } finally {
    stopped.abort()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

/** False when the proxy ended it. */
async function printAll(
  response: Response,
  printer: Printer,
  signal: AbortSignal,
): Promise<boolean> {
  let rest = ''
  const decoder = new TextDecoder()
  try {
    for await (const bytes of response.body!) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines) if (!printer.print(line)) return true
    }
  } catch (error) {
    if (signal.aborted) throw error
  }
  return false
}

/** How one line of the admin is shown. */
interface Renderer {
  /** `line` is what was parsed. */
  request(told: unknown, line: string): string
  missed(count: number, line: string): string
}

function renderer(protocol: Protocol, idl: Idl | null, style: Style, isJson: boolean): Renderer {
  if (protocol === 'redis') {
    const lines = new TapLines(style)
    return {
      request: (told, line) => (isJson ? `${line}\n` : lines.line(told as TappedCommand)),
      missed: (count, line) => (isJson ? `${line}\n` : lines.missed(count)),
    }
  }
  const lines = new ThriftLines(style, idl)
  return {
    request: (told) => (isJson ? lines.json(told as TappedCall) : lines.line(told as TappedCall)),
    missed: (count, line) => (isJson ? `${line}\n` : lines.missed(count)),
  }
}

class Printer {
  readonly #terminal: Terminal
  readonly #renderer: Renderer
  #left: number

  constructor(terminal: Terminal, renderer: Renderer, limit: number) {
    this.#terminal = terminal
    this.#renderer = renderer
    this.#left = limit
  }

  /** False: that was the last. */
  print(line: string): boolean {
    const told = JSON.parse(line) as object | { readonly missed: number }
    const isMissed = 'missed' in told
    const text = isMissed
      ? this.#renderer.missed(told.missed as number, line)
      : this.#renderer.request(told, line)
    if (!this.#terminal.out(text)) return false
    return isMissed || --this.#left > 0
  }
}

/** `config get` is a subcommand. */
function commandNames(args: ParsedArgs): readonly string[] {
  const names = args.list('command').flatMap((text) => text.split(','))
  return names.map((name) => name.trim().replaceAll(/\s+/g, '|'))
}

function query(args: ParsedArgs): string {
  const params = new URLSearchParams()
  const put = (name: string, value: string | null) => {
    if (value !== null && value !== '') params.set(name, value)
  }
  put('key', args.text('key'))
  put('method', args.text('method'))
  put('command', commandNames(args).join(','))
  put('client', args.text('client'))
  put('listener', args.text('listener'))
  put('errors', args.has('errors') ? 'true' : null)
  put('slower_ms', args.text('slower-than'))
  // The admin reads a plus as it stands.
  return params.toString().replaceAll('+', '%20')
}
