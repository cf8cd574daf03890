import type { StreamInfo } from '../network/stream-info.ts'
import type { TimeSource } from '../time-source.ts'
import type { Command } from './command.ts'
import { compileFormat, type FormatPart, foldConstants } from './compile-format.ts'
import type { FormatContext, Formatter } from './formatter.ts'
import { jsonValue, sortedEntries } from './json-value.ts'
import { formatText } from './text-formatter.ts'

/** A part of the document. */
interface JsonNode {
  /** JSON text, or '' for what is left out. */
  write(info: StreamInfo, context: FormatContext): string
}

interface Options {
  readonly omit: boolean
  readonly time: TimeSource
}

/**
 * One JSON object a line, keys in byte order. A value that is exactly one command keeps the command's type, null if there
 * is nothing; any other text with commands is a string. With `omitEmptyValues`, as Envoy 1.40 does: nulls go, from
 * objects and lists, and with them the objects that are then empty or were written so; empty strings and lists stay.
 */
export class JsonFormatter implements Formatter {
  readonly #root: JsonNode

  constructor(json: Readonly<Record<string, unknown>>, omitEmptyValues: boolean, time: TimeSource) {
    this.#root = createNode(json, { omit: omitEmptyValues, time })
  }

  format(info: StreamInfo, context: FormatContext): string {
    return `${this.#root.write(info, context) || '{}'}\n`
  }
}

function createNode(value: unknown, options: Options): JsonNode {
  if (typeof value === 'string' && value.includes('%')) return createTemplate(value, options)
  if (Array.isArray(value)) {
    return new ListNode(value.map((item) => createNode(item, options)))
  }
  if (typeof value === 'object' && value !== null) {
    const fields = sortedEntries(value).map(([key, field]) => ({
      prefix: `${JSON.stringify(key)}:`,
      node: createNode(field, options),
    }))
    return new ObjectNode(fields, options.omit)
  }
  return new LiteralNode((value ?? null) === null && options.omit ? '' : jsonValue(value))
}

function createTemplate(text: string, { omit, time }: Options): JsonNode {
  const parts = compileFormat(text, time)
  const [only] = parts
  if (parts.length === 1 && typeof only === 'object') return new CommandNode(only, omit)
  const missing = omit ? '' : '-'
  return new TemplateNode(foldConstants(parts, missing), missing)
}

class LiteralNode implements JsonNode {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  write(): string {
    return this.#text
  }
}

class CommandNode implements JsonNode {
  readonly #command: Command
  readonly #omit: boolean

  constructor(command: Command, omit: boolean) {
    this.#command = command
    this.#omit = omit
  }

  write(info: StreamInfo, context: FormatContext): string {
    const json = this.#command.json(info, context)
    return this.#omit && json === 'null' ? '' : json
  }
}

class TemplateNode implements JsonNode {
  readonly #parts: readonly FormatPart[]
  readonly #missing: string

  constructor(parts: readonly FormatPart[], missing: string) {
    this.#parts = parts
    this.#missing = missing
  }

  write(info: StreamInfo, context: FormatContext): string {
    return JSON.stringify(formatText(this.#parts, this.#missing, info, context))
  }
}

class ObjectNode implements JsonNode {
  readonly #fields: readonly { readonly prefix: string; readonly node: JsonNode }[]
  readonly #omit: boolean

  constructor(
    fields: readonly { readonly prefix: string; readonly node: JsonNode }[],
    omit: boolean,
  ) {
    this.#fields = fields
    this.#omit = omit
  }

  write(info: StreamInfo, context: FormatContext): string {
    let text = ''
    for (const { prefix, node } of this.#fields) {
      const value = node.write(info, context)
      if (value === '') continue
      text += text === '' ? prefix + value : `,${prefix}${value}`
    }
    return text === '' && this.#omit ? '' : `{${text}}`
  }
}

class ListNode implements JsonNode {
  readonly #items: readonly JsonNode[]

  constructor(items: readonly JsonNode[]) {
    this.#items = items
  }

  write(info: StreamInfo, context: FormatContext): string {
    let text = ''
    for (const item of this.#items) {
      const value = item.write(info, context)
      if (value === '') continue
      text += text === '' ? value : `,${value}`
    }
    return `[${text}]`
  }
}
