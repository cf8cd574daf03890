import type { TapReply } from '../../thrift/tap.ts'
import type { TapStruct } from '../../thrift/tap-value.ts'
import type { Idl, IdlMethod } from '../idl/idl.ts'
import { EnumName, NamedMap, type NamedValue, namedFields, namedValue } from '../idl/named-value.ts'
import type { Style } from '../terminal.ts'
import { TapColumns } from './tap-columns.ts'

/** One call as `/tap/thrift` tells it. */
export interface TappedCall {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly listener: string
  readonly client: string
  readonly method: string
  /** The sequence id, as the client has it. */
  readonly id: number
  readonly oneway?: true
  /** `framed binary`. */
  readonly wire: string
  readonly arguments: TapStruct
  /** Bytes of the arguments that are not in `arguments`. */
  readonly more?: number
  readonly latency_ms: number
  readonly reply: TapReply
  /** Empty: the proxy answered. */
  readonly host: string
}

/** Prints calls one a line, the columns as wide as the widest so far. */
export class ThriftLines {
  readonly #style: Style
  readonly #columns: TapColumns
  readonly #idl: Idl | null

  /** With an IDL fields have their names. */
  constructor(style: Style, idl: Idl | null) {
    this.#style = style
    this.#columns = new TapColumns(style)
    this.#idl = idl
  }

  line(call: TappedCall): string {
    const style = this.#style
    const method = this.#idl?.method(call.method) ?? null
    const args = namedFields(this.#idl, method?.parameters ?? [], call.arguments)
    const fields = [...fieldTexts(args), ...(call.more === undefined ? [] : [moreText(call.more)])]
    const asked = `${style.bold(call.method)}(${fields.join(', ')})`
    const id = style.dim(`#${call.id}`)
    const answer = this.#reply(call.reply, method)
    return this.#columns.line(call, `${asked} ${id} ${style.dim('→')} ${answer}`)
  }

  missed(count: number): string {
    const what = count === 1 ? '1 call was' : `${count} calls were`
    return `${this.#style.dim(`… ${what} not looked at, so as not to slow the traffic`)}\n`
  }

  /** The line of JSON, with names where there are such. */
  json(call: TappedCall): string {
    const method = this.#idl?.method(call.method) ?? null
    if (method === null) return `${JSON.stringify(call)}\n`
    const { reply } = call
    const named = {
      ...call,
      arguments: namedFields(this.#idl, method.parameters, call.arguments),
      reply: {
        ...reply,
        ...(reply.field === undefined ? {} : { name: exceptionOf(method, reply)?.name }),
        ...(reply.value === undefined ? {} : { value: this.#value(reply, method) }),
      },
    }
    return `${JSON.stringify(named)}\n`
  }

  #reply(reply: TapReply, method: IdlMethod | null): string {
    const style = this.#style
    const rest = reply.more === undefined ? '' : ` ${moreText(reply.more)}`
    switch (reply.type) {
      case 'void':
      case 'none':
        return style.dim(reply.type === 'void' ? 'void' : 'oneway')
      case 'exception':
        return style.red(`${reply.exception} ${String(reply.value)}`)
      case 'error': {
        const name = exceptionOf(method, reply)?.name ?? `exception ${reply.field}`
        return style.red(`${name} ${text(this.#value(reply, method))}${rest}`)
      }
      default:
        return reply.value === undefined
          ? rest.trimStart()
          : `${text(this.#value(reply, method))}${rest}`
    }
  }

  #value(reply: TapReply, method: IdlMethod | null): NamedValue {
    const type = reply.type === 'success' ? method?.result : exceptionOf(method, reply)?.type
    const isDeclared = reply.type === 'success' || reply.type === 'error'
    return namedValue(this.#idl, isDeclared ? (type ?? null) : null, reply.value ?? '')
  }
}

function exceptionOf(method: IdlMethod | null, { field }: TapReply) {
  return method?.throws.find(({ id }) => id === field)
}

function moreText(bytes: number): string {
  return `… ${bytes.toLocaleString('en-US')} more bytes`
}

function fieldTexts(fields: Readonly<Record<string, NamedValue>>): string[] {
  return Object.entries(fields).map(([name, value]) => `${name}: ${text(value)}`)
}

/** A struct in braces, a list in brackets; texts stand in quotes, enums do not. */
function text(value: NamedValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object') return String(value)
  if (value instanceof EnumName) return value.text
  if (value instanceof NamedMap) {
    return `map{${value.pairs.map(([key, each]) => `${text(key)}: ${text(each)}`).join(', ')}}`
  }
  if (Array.isArray(value)) return `[${(value as readonly NamedValue[]).map(text).join(', ')}]`
  return `{${fieldTexts(value as Readonly<Record<string, NamedValue>>).join(', ')}}`
}
