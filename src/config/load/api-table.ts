/**
 * The API table: what Envoy's v3 API knows, generated from its descriptors (`config/generator.ts`).
 *
 * One line a message or enum, so that only those which a config touches are decoded (indexing costs
 * 1 ms, decoding all of it 5):
 *
 *     <full name> TAB {"f": [[name, number, type, extra?]...], "o": [[oneof, required]...], "d": deprecated, "u": unchecked}
 *     <full name> TAB {"e": [[value, number, deprecated?]...]}
 *     !<extension category> TAB [[extension name, config type...]...]
 *
 * A type is a scalar's name, `.message` or `=enum`, with `*` before a repeated one, `?` before a
 * scalar with presence and `{key,` before the values of a map. `extra`: o oneof's index, r rules, d deprecated
 * (2: refused unless the runtime allows it), s sensitive, j JSON name, n repeated and not packed.
 */
import table from '../generated/envoy-api.txt' with { type: 'text' }
import type { Rules } from './rule-types.ts'

export const TYPE_URL_PREFIX = 'type.googleapis.com/'

export interface MessageType {
  readonly name: string
  readonly fields: readonly FieldType[]
  readonly oneofs: readonly { readonly name: string; readonly required: boolean }[]
  readonly deprecated: boolean
  /** Its rules are switched off (`validate.disabled`). */
  readonly unchecked: boolean
  /** By proto name and by JSON name. */
  readonly byName: ReadonlyMap<string, FieldType>
}

export type Kind = 'scalar' | 'enum' | 'message'

export interface FieldType {
  readonly name: string
  readonly jsonName: string
  readonly number: number
  readonly kind: Kind
  /** A scalar's name, or the full name of an enum or message; of a map, its values'. */
  readonly type: string
  readonly shape: 'single' | 'list' | 'map'
  /** The scalar that a map's keys are, else empty. */
  readonly mapKey: string
  /** Set and unset differ even for a zero: messages, members of a oneof, `optional`. */
  readonly hasPresence: boolean
  /** Index into the message's oneofs, -1 for none. */
  readonly oneof: number
  readonly packed: boolean
  readonly deprecated: 'no' | 'warned' | 'refused'
  readonly sensitive: boolean
  readonly rules: Rules | undefined
}

export interface EnumType {
  readonly name: string
  readonly values: readonly { readonly name: string; readonly number: number }[]
  /** By name in capitals: names are matched without regard to case. */
  readonly byName: ReadonlyMap<string, number>
  readonly byNumber: ReadonlyMap<number, string>
  readonly deprecated: ReadonlyMap<number, 'warned' | 'refused'>
}

export interface Extension {
  readonly name: string
  /** Full names of the messages that configure it. */
  readonly types: readonly string[]
}

type FieldRow = [name: string, number: number, type: string, extra?: FieldExtra]
interface FieldExtra {
  o?: number
  r?: Rules
  d?: number
  s?: number
  j?: string
  n?: number
}
interface MessageLine {
  f: FieldRow[]
  o?: [name: string, required: number][]
  d?: number
  u?: number
}
type EnumLine = { e: [name: string, number: number, deprecated?: number][] }

let index: Map<string, number> | undefined
const messages = new Map<string, MessageType>()
const enums = new Map<string, EnumType>()
const extensions = new Map<string, readonly Extension[]>()

/** The message of that full name, or undefined if Envoy has none. */
export function findMessage(name: string): MessageType | undefined {
  const known = messages.get(name)
  if (known !== undefined) return known
  const line = lineOf(name) as MessageLine | EnumLine | undefined
  if (line === undefined || !('f' in line)) return undefined
  const message = toMessage(name, line)
  messages.set(name, message)
  return message
}

/** A message that the table itself names. */
export function messageType(name: string): MessageType {
  const message = findMessage(name)
  if (message === undefined) throw new Error(`the API table has no message ${name}`)
  return message
}

/** An enum that the table itself names. */
export function enumType(name: string): EnumType {
  const known = enums.get(name)
  if (known !== undefined) return known
  const line = lineOf(name) as EnumLine | undefined
  if (line === undefined) throw new Error(`the API table has no enum ${name}`)
  const type: EnumType = {
    name,
    values: line.e.map(([valueName, number]) => ({ name: valueName, number })),
    byName: new Map(line.e.map(([valueName, number]) => [valueName.toUpperCase(), number])),
    // The first of several names for a number is the one that is printed.
    byNumber: new Map(line.e.toReversed().map(([valueName, number]) => [number, valueName])),
    deprecated: new Map(
      line.e.flatMap(([, number, level]) =>
        level === undefined ? [] : [[number, level === 2 ? 'refused' : 'warned'] as const],
      ),
    ),
  }
  enums.set(name, type)
  return type
}

/** The extensions of a category such as `envoy.filters.network`; empty for a category unknown. */
export function extensionsOf(category: string): readonly Extension[] {
  const known = extensions.get(category)
  if (known !== undefined) return known
  const rows = (lineOf(`!${category}`) ?? []) as [string, ...string[]][]
  const found = rows.map(([name, ...types]) => ({ name, types }))
  extensions.set(category, found)
  return found
}

/** All extensions of all categories; one may occur in several. */
export function allExtensions(): readonly Extension[] {
  const categories = [...lines().keys()].filter((name) => name.startsWith('!'))
  return categories.flatMap((name) => extensionsOf(name.slice(1)))
}

/** Whether Envoy links the message that a type URL names. */
export function isKnownType(typeUrl: string): boolean {
  const name = messageName(typeUrl)
  return name !== '' && findMessage(name) !== undefined
}

/** The full name after a type URL's last slash, empty if there is none. */
export function messageName(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1)
}

/** Full names of all messages, for suggestions and the JSON schema. */
export function allMessageNames(): string[] {
  return [...lines().keys()].filter((name) => !name.startsWith('!') && findMessage(name))
}

function lineOf(name: string): unknown {
  const start = lines().get(name)
  if (start === undefined) return undefined
  return JSON.parse(table.slice(start, table.indexOf('\n', start)))
}

function lines(): Map<string, number> {
  if (index !== undefined) return index
  index = new Map()
  let at = table.indexOf('\n') + 1
  while (at < table.length) {
    const tab = table.indexOf('\t', at)
    index.set(table.slice(at, tab), tab + 1)
    at = table.indexOf('\n', tab) + 1
  }
  return index
}

function toMessage(name: string, line: MessageLine): MessageType {
  const fields = line.f.map(toField)
  const byName = new Map<string, FieldType>()
  for (const field of fields) {
    byName.set(field.name, field)
    byName.set(field.jsonName, field)
  }
  return {
    name,
    fields,
    oneofs: (line.o ?? []).map(([oneof, required]) => ({ name: oneof, required: required === 1 })),
    deprecated: line.d === 1,
    unchecked: line.u === 1,
    byName,
  }
}

function toField([name, number, spelled, extra = {}]: FieldRow): FieldType {
  let type = spelled
  let shape: FieldType['shape'] = 'single'
  let mapKey = ''
  const optional = type.startsWith('?')
  if (type.startsWith('*')) shape = 'list'
  if (type.startsWith('{')) {
    shape = 'map'
    mapKey = type.slice(1, type.indexOf(','))
    type = type.slice(type.indexOf(',') + 1)
  } else if (optional || shape === 'list') {
    type = type.slice(1)
  }
  const kind: Kind = type.startsWith('.') ? 'message' : type.startsWith('=') ? 'enum' : 'scalar'
  return {
    name,
    jsonName: extra.j ?? camelCase(name),
    number,
    kind,
    type: kind === 'scalar' ? type : type.slice(1),
    shape,
    mapKey,
    hasPresence: shape === 'single' && (optional || kind === 'message' || extra.o !== undefined),
    oneof: extra.o ?? -1,
    packed: shape === 'list' && kind !== 'message' && !isBytes(type) && extra.n !== 1,
    deprecated: extra.d === 2 ? 'refused' : extra.d === 1 ? 'warned' : 'no',
    sensitive: extra.s === 1,
    rules: extra.r,
  }
}

function isBytes(type: string): boolean {
  return type === 'string' || type === 'bytes'
}

/** As protoc derives JSON names. */
function camelCase(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase())
}
