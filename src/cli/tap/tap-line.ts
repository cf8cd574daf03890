import type { Style } from '../terminal.ts'
import { TapColumns } from './tap-columns.ts'

/** One command as `/tap/redis` tells it. */
export interface TappedCommand {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly listener: string
  readonly client: string
  /** Absent: 0. */
  readonly database?: number
  readonly command: readonly string[]
  /** Arguments that are not in `command`. */
  readonly more?: number
  readonly latency_ms: number
  readonly reply: { readonly type: string; readonly value: string }
  /** Empty: the proxy answered. */
  readonly host: string
}

/** Prints commands one a line, the columns as wide as the widest so far. */
export class TapLines {
  readonly #style: Style
  readonly #columns: TapColumns

  constructor(style: Style) {
    this.#style = style
    this.#columns = new TapColumns(style)
  }

  line(tapped: TappedCommand): string {
    const style = this.#style
    const { reply } = tapped
    const text = `${commandText(tapped, style)} ${style.dim('→')} ${replyText(reply, style)}`
    return this.#columns.line(tapped, text)
  }

  missed(count: number): string {
    const what = count === 1 ? '1 command was' : `${count} commands were`
    return `${this.#style.dim(`… ${what} not looked at, so as not to slow the traffic`)}\n`
  }
}

function commandText({ command, more = 0, database = 0 }: TappedCommand, style: Style): string {
  const [name = '', ...args] = command
  const words = [style.bold(name), ...args.map(quoted)]
  if (more > 0) words.push(style.dim(`… ${more} more`))
  if (database > 0) words.push(style.dim(`[db ${database}]`))
  return words.join(' ')
}

function replyText({ type, value }: TappedCommand['reply'], style: Style): string {
  switch (type) {
    case 'status':
      return style.green(value)
    case 'error':
      return style.red(`error ${value}`)
    case 'string':
    case 'verbatim':
      return `"${value}"`
    case 'nil':
      return style.dim('nil')
    case 'array':
    case 'map':
    case 'set':
    case 'push':
      return style.dim(`${type} of ${value}`)
    case 'unknown':
      return style.dim('?')
    default:
      return value
  }
}

/** As a shell would need it, when that differs. */
function quoted(text: string): string {
  return text === '' || /[\s"']/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text
}
