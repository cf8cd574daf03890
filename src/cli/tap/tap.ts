import { formatAddress } from '../address-text.ts'
import { AdminError, adminAddress, askAdmin } from '../admin-client.ts'
import { command } from '../command.ts'
import { UsageError } from '../flag.ts'
import { nearest } from '../nearest.ts'
import type { ParsedArgs } from '../parse-args.ts'
import type { Terminal } from '../terminal.ts'
import { TapLines, type TappedCommand } from './tap-line.ts'

const PROTOCOLS = ['redis'] as const

export const tapCommand = command('tap', async ({ args, terminal }) => {
  checkProtocol(args.words[0])
  try {
    return await tap(args, terminal)
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    terminal.talk.error(error.message)
    return 1
  }
})

function checkProtocol(word: string | undefined): void {
  if (PROTOCOLS.includes(word as 'redis')) return
  if (word === undefined) throw new UsageError('tap needs to know what', 'write tsproxy tap redis')
  const near = nearest(word, PROTOCOLS)
  const hints = near === null ? [] : [`did you mean '${near}'?`]
  throw new UsageError(
    `there is no tap for '${word}'`,
    ...hints,
    `there is: ${PROTOCOLS.join(', ')}`,
  )
}

async function tap(args: ParsedArgs, terminal: Terminal): Promise<number> {
  const address = adminAddress(args)
  const stopped = new AbortController()
  const onSignal = () => stopped.abort()
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    const response = await askAdmin(address, `/tap/redis?${query(args)}`, stopped.signal)
    if (terminal.isInteractive) {
      terminal.talk.info(`tapping redis at ${formatAddress(address)}, Ctrl-C ends it`)
    }
    const limit =
      args.text('count') === null ? Number.POSITIVE_INFINITY : Number(args.text('count'))
    const printer = new Printer(terminal, args.text('format') === 'json', limit)
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

class Printer {
  readonly #terminal: Terminal
  readonly #isJson: boolean
  readonly #lines: TapLines
  #left: number

  constructor(terminal: Terminal, isJson: boolean, limit: number) {
    this.#terminal = terminal
    this.#isJson = isJson
    this.#lines = new TapLines(terminal.style)
    this.#left = limit
  }

  /** False: that was the last. */
  print(line: string): boolean {
    const told = JSON.parse(line) as TappedCommand | { readonly missed: number }
    const isMissed = 'missed' in told
    const text = this.#isJson
      ? `${line}\n`
      : isMissed
        ? this.#lines.missed(told.missed)
        : this.#lines.line(told)
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
  put('command', commandNames(args).join(','))
  put('client', args.text('client'))
  put('listener', args.text('listener'))
  put('errors', args.has('errors') ? 'true' : null)
  put('slower_ms', args.text('slower-than'))
  // The admin reads a plus as it stands.
  return params.toString().replaceAll('+', '%20')
}
