/**
 * Breaks configs in the ways people do, one place at a time, and knows which lines an error may name.
 * Deterministic: the same texts and seed give the same mutations.
 */
import {
  enumType,
  type FieldType,
  findMessage,
  type MessageType,
  messageName,
  messageType,
} from '../../src/config/load/api-table.ts'
import { hasOwnJson, wrappedScalar } from '../../src/config/load/decode-message.ts'
import { parseJson } from '../../src/config/load/parse-json.ts'
import { parseYaml } from '../../src/config/load/parse-yaml.ts'
import type { Entry, ListNode, MapNode, ScalarNode, TreeNode } from '../../src/config/load/tree.ts'

export interface Mutation {
  kind: string
  text: string
  /** What was done, for the report. */
  note: string
  /** Lines of the mutated text that a right error may name. */
  lines: number[]
}

interface Site {
  field: FieldType
  type: MessageType
  entry: Entry
  parent: MapNode
  parentEntry: Entry | undefined
  /** Lines of the keys of all that is around it. */
  around: readonly number[]
  /** The value, or one item of a list. */
  node: TreeNode
  list: ListNode | undefined
}

export class Random {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  /** A whole number below `bound`. */
  next(bound: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0
    mixed = (mixed ^ (mixed >>> 12)) >>> 0
    return mixed % bound
  }
  pick<T>(items: readonly T[]): T {
    return items[this.next(items.length)]!
  }
}

/** All fields that a bootstrap sets, with the types that they have. */
const known = new Map<string, Site[]>()

export function sitesOf(file: string, text: string): Site[] {
  const kept = known.get(text)
  if (kept !== undefined) return kept
  const sites = findSites(file, text)
  known.set(text, sites)
  return sites
}

function findSites(file: string, text: string): Site[] {
  const root = (file.endsWith('.json') ? parseJson(text) : parseYaml(text)).root
  const sites: Site[] = []
  const seen = new Set<TreeNode>()
  const visit = (
    type: MessageType,
    node: TreeNode,
    parentEntry: Entry | undefined,
    around: readonly number[],
  ) => {
    if (node.kind !== 'map' || seen.has(node)) return
    seen.add(node)
    for (const entry of node.entries) {
      const field = type.byName.get(entry.key)
      if (field === undefined) continue
      const add = (one: TreeNode, list: ListNode | undefined) => {
        const inside = [...around, lineOf(text, entry.keyStart), lineOf(text, one.start)]
        sites.push({ field, type, entry, parent: node, parentEntry, around, node: one, list })
        if (field.kind !== 'message') return
        if (field.type === 'google.protobuf.Any') visitAny(one, entry, inside)
        else if (!hasOwnJson(field.type)) visit(messageType(field.type), one, entry, inside)
      }
      if (field.shape === 'map' && entry.value.kind === 'map') {
        for (const inner of entry.value.entries) {
          if (field.type === 'google.protobuf.Any')
            visitAny(inner.value, inner, [...around, lineOf(text, inner.keyStart)])
          else if (field.kind === 'message' && !hasOwnJson(field.type)) {
            visit(messageType(field.type), inner.value, inner, around)
          }
        }
      } else if (entry.value.kind === 'list' && field.shape === 'list') {
        for (const item of entry.value.items) add(item, entry.value)
      } else {
        add(entry.value, undefined)
      }
    }
  }
  const visitAny = (node: TreeNode, entry: Entry, around: readonly number[]) => {
    if (node.kind !== 'map') return
    const url = node.entries.find(({ key }) => key === '@type')?.value
    const type = url?.kind === 'scalar' ? findMessage(messageName(String(url.value))) : undefined
    if (type !== undefined) visit(type, node, entry, around)
  }
  if (root !== null) visit(messageType('envoy.config.bootstrap.v3.Bootstrap'), root, undefined, [])
  return sites
}

type Mutator = (text: string, site: Site, random: Random) => Mutation | undefined

function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

function replace(
  kind: string,
  text: string,
  start: number,
  end: number,
  by: string,
  extraLines: number[] = [],
): Mutation {
  return {
    kind,
    text: text.slice(0, start) + by + text.slice(end),
    note: `${JSON.stringify(text.slice(start, end).slice(0, 60))} -> ${JSON.stringify(by)}`,
    lines: [lineOf(text, start), ...extraLines],
  }
}

function isOneLine(text: string, node: TreeNode): boolean {
  return !text.slice(node.start, node.end).includes('\n') && node.end > node.start
}

function replaceScalar(kind: string, text: string, site: Site, by: string): Mutation | undefined {
  if (site.node.kind !== 'scalar' || !isOneLine(text, site.node)) return undefined
  return replace(kind, text, site.node.start, site.node.end, by)
}

function typo(word: string, random: Random): string {
  const at = random.next(Math.max(1, word.length - 1))
  switch (random.next(4)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1) || 'x'
    case 1:
      return word.slice(0, at) + (word[at + 1] ?? 'x') + (word[at] ?? 'y') + word.slice(at + 2)
    case 2:
      return `${word}s`
    default:
      return `${word.slice(0, at)}x${word.slice(at)}`
  }
}

function lineRange(text: string, start: number, end: number): number[] {
  const first = lineOf(text, start)
  const last = lineOf(text, Math.max(start, end - 1))
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** Lines that hold the word as a whole value. */
function linesWith(text: string, word: string): number[] {
  if (word === '') return []
  return text.split('\n').flatMap((line, index) => (line.includes(word) ? [index + 1] : []))
}

function scalarText(node: TreeNode): string {
  return node.kind === 'scalar' ? String(node.value) : ''
}

const isString = (site: Site) => site.field.kind === 'scalar' && site.field.type === 'string'
const scalarType = (site: Site) =>
  site.field.kind === 'scalar' ? site.field.type : wrappedScalar(site.field.type)
const isNumber = (site: Site) => /^(u?int|double|float|s?fixed)/.test(scalarType(site) ?? '')
const isClusterField = (site: Site) =>
  /^(cluster|cluster_name)$/.test(site.field.name) && isString(site)

export const mutators: Record<string, Mutator> = {
  'rename field': (text, site, random) => {
    const { keyStart, keyEnd, key } = site.entry
    if (text.slice(keyStart, keyEnd) !== key) return undefined
    const by = typo(key, random)
    return by === key ? undefined : replace('rename field', text, keyStart, keyEnd, by)
  },
  'misspell enum': (text, site, random) => {
    if (site.field.kind !== 'enum') return undefined
    return replaceScalar('misspell enum', text, site, typo(scalarText(site.node), random))
  },
  'other enum value': (text, site, random) => {
    if (site.field.kind !== 'enum') return undefined
    const { values } = enumType(site.field.type)
    // What the value means is decided with its neighbours, so an error may be at one of those.
    const mutation = replaceScalar('other enum value', text, site, random.pick(values).name)
    mutation?.lines.push(...lineRange(text, site.parent.start, site.parent.end))
    return mutation
  },
  'misspell @type': (text, site, random) => {
    const url = typeNode(site)
    if (url === undefined || !isOneLine(text, url)) return undefined
    const value = String(url.value)
    const slash = value.lastIndexOf('/')
    const by = value.slice(0, slash + 1) + typo(value.slice(slash + 1), random)
    return replace('misspell @type', text, url.start, url.end, by)
  },
  'other @type': (text, site, random) => {
    const url = typeNode(site)
    if (url === undefined || !isOneLine(text, url)) return undefined
    const by = random.pick(OTHER_TYPES)
    const lines = [
      lineOf(text, site.parent.start),
      lineOf(text, site.entry.keyStart),
      ...lineRange(text, site.node.start, site.node.end),
    ]
    if (String(url.value) === by) return undefined
    return replace('other @type', text, url.start, url.end, by, lines)
  },
  'delete @type': (text, site) => {
    if (site.node.kind !== 'map' || site.field.type !== 'google.protobuf.Any') return undefined
    const entry = site.node.entries.find(({ key }) => key === '@type')
    if (entry === undefined) return undefined
    const lines = [
      lineOf(text, site.entry.keyStart),
      lineOf(text, site.node.start),
      lineOf(text, entry.keyStart),
    ]
    return deleteEntry('delete @type', text, entry, lines)
  },
  'wrong type': (text, site, random) => {
    if (!isOneLine(text, site.node)) return undefined
    const by = random.pick(['abc', '7', '[a]', '{a: b}', 'true', '1.5', '[]', '{}'])
    return replace('wrong type', text, site.node.start, site.node.end, by, site.around.slice(-2))
  },
  'out of range': (text, site, random) => {
    if (!isNumber(site)) return undefined
    const by = random.pick(['-1', '70000', '5000000000', '0', '1.5', '99999999999999999999'])
    return replaceScalar('out of range', text, site, by)
  },
  'delete entry': (text, site) => {
    const word =
      site.node.kind === 'scalar' && site.entry.key === 'name' ? scalarText(site.node) : ''
    const lines = [
      // What is left may be too little for any message around it.
      ...site.around.slice(-4),
      1,
      lineOf(text, site.parent.start),
      lineOf(text, site.entry.keyStart),
    ]
    if (site.field.kind === 'enum')
      lines.push(...lineRange(text, site.parent.start, site.parent.end))
    const mutation = deleteEntry('delete entry', text, site.entry, lines)
    if (mutation === undefined) return undefined
    if (word !== '') mutation.lines.push(...linesWith(mutation.text, word))
    for (const name of namesIn(site.entry.value))
      mutation.lines.push(...linesWith(mutation.text, name))
    return mutation
  },
  'delete item': (text, site) => {
    if (site.list === undefined || text[site.list.start] !== '-') return undefined
    const index = site.list.items.indexOf(site.node)
    const end = site.list.items[index + 1]
    const first = text.lastIndexOf('\n', site.node.start) + 1
    const last =
      end === undefined ? endOfLine(text, site.node.end) : text.lastIndexOf('\n', end.start) + 1
    if (!text.slice(first).trimStart().startsWith('-')) return undefined
    const cut = text.slice(0, first) + text.slice(last)
    const lines = [
      lineOf(text, site.entry.keyStart),
      ...lineRange(text, site.list.start, first + 1),
    ]
    for (const name of namesIn(site.node)) lines.push(...linesWith(cut, name))
    return { kind: 'delete item', text: cut, note: `item ${index} of ${site.entry.key}`, lines }
  },
  'duplicate item': (text, site) => {
    if (site.list === undefined || text[site.list.start] !== '-') return undefined
    const first = text.lastIndexOf('\n', site.node.start) + 1
    const last = endOfLine(text, site.node.end)
    if (!text.slice(first).trimStart().startsWith('-') || last > text.length) return undefined
    const item = text.slice(first, last)
    const doubled = `${text.slice(0, first)}${item.endsWith('\n') ? item : `${item}\n`}${text.slice(first)}`
    const length = lineRange(text, first, last).length
    const start = lineOf(text, first + 1)
    const lines = Array.from({ length: length * 2 }, (_, index) => start + index)
    return { kind: 'duplicate item', text: doubled, note: `item of ${site.entry.key}`, lines }
  },
  'swap items': (text, site) => {
    if (site.list === undefined || text[site.list.start] !== '-') return undefined
    const index = site.list.items.indexOf(site.node)
    const other = site.list.items[index + 1]
    if (other === undefined) return undefined
    const first = text.lastIndexOf('\n', site.node.start) + 1
    const middle = text.lastIndexOf('\n', other.start) + 1
    const last = endOfLine(text, other.end)
    if (!text.slice(first).trimStart().startsWith('-') || middle <= first) return undefined
    const swapped = `${text.slice(0, first)}${withBreak(text.slice(middle, last))}${withBreak(text.slice(first, middle))}${text.slice(last)}`
    return {
      kind: 'swap items',
      text: swapped,
      note: `items of ${site.entry.key}`,
      lines: lineRange(text, first, last),
    }
  },
  'bad duration': (text, site, random) => {
    if (site.field.type !== 'google.protobuf.Duration') return undefined
    const by = random.pick([
      '5',
      '5ms',
      '-1s',
      'abc',
      '0s',
      '999999999999s',
      '1m',
      '0.0000001s',
      '5.5.5s',
    ])
    return replaceScalar('bad duration', text, site, by)
  },
  'bad address': (text, site, random) => {
    if (site.field.name !== 'address' || !isString(site)) return undefined
    const by = random.pick([
      'localhost',
      '300.1.1.1',
      '""',
      '"::1"',
      '10.0.0.0/8',
      '127.0.0.1:80',
      '"[::1]"',
      '1.2.3',
    ])
    return replaceScalar('bad address', text, site, by)
  },
  'bad regex': (text, site, random) => {
    if (site.field.name !== 'regex' || !isString(site)) return undefined
    const by = random.pick(['"("', '"a{2,1}"', '"(?=x)"', '"["', '"*a"', '"\\\\1"', '"(?P<n>a)"'])
    return replaceScalar('bad regex', text, site, by)
  },
  'bad base64': (text, site, random) => {
    if (site.field.type !== 'bytes') return undefined
    return replaceScalar(
      'bad base64',
      text,
      site,
      random.pick(['"!!!"', '"a"', 'YQ', 'YQ==', 'Y-_Q', '"Y Q="']),
    )
  },
  'unknown cluster': (text, site) => {
    if (!isClusterField(site)) return undefined
    return replaceScalar('unknown cluster', text, site, 'no_such_cluster')
  },
  'rename definition': (text, site, random) => {
    if (site.field.name !== 'name' || !isString(site) || site.node.kind !== 'scalar')
      return undefined
    const mutation = replaceScalar(
      'rename definition',
      text,
      site,
      typo(scalarText(site.node), random),
    )
    if (mutation === undefined) return undefined
    mutation.lines.push(...linesWith(mutation.text, scalarText(site.node)))
    return mutation
  },
  'empty string': (text, site) =>
    isString(site) ? replaceScalar('empty string', text, site, '""') : undefined,
  'null value': (text, site) => {
    if (!isOneLine(text, site.node)) return undefined
    const lines = [...site.around.slice(-4), 1, lineOf(text, site.parent.start)]
    lines.push(...linesWith(text, scalarText(site.node)))
    if (site.field.kind === 'enum')
      lines.push(...lineRange(text, site.parent.start, site.parent.end))
    return replace('null value', text, site.node.start, site.node.end, 'null', lines)
  },
  'odd string': (text, site, random) => {
    if (!isString(site)) return undefined
    const by = random.pick([
      '"a b"',
      '"a\\nb"',
      '"%NOPE%"',
      '"%REQ(x"',
      '/no/such/file',
      '"é"',
      '"/"',
      'a*b',
      '"*.x"',
      '":x"',
    ])
    const mutation = replaceScalar('odd string', text, site, by)
    if (site.field.name === 'name') mutation?.lines.push(...linesWith(text, scalarText(site.node)))
    return mutation
  },
  'both of a oneof': (text, site, random) => {
    if (site.field.oneof < 0 || !startsItsLine(text, site.entry)) return undefined
    const others = site.type.fields.filter(
      (other) => other.oneof === site.field.oneof && other !== site.field,
    )
    if (others.length === 0) return undefined
    const other = random.pick(others)
    const lineStart = text.lastIndexOf('\n', site.entry.keyStart) + 1
    const indent = text.slice(lineStart, site.entry.keyStart)
    const line = pairOf(text, indent, other)
    const at = lineOf(text, site.entry.keyStart)
    return {
      kind: 'both of a oneof',
      text: text.slice(0, lineStart) + line + text.slice(lineStart),
      note: `${other.name} beside ${site.field.name}`,
      lines: [at, at + 1],
    }
  },
  'add field': (text, site, random) => {
    if (!startsItsLine(text, site.entry)) return undefined
    const taken = new Set(site.parent.entries.map((entry) => site.type.byName.get(entry.key)?.name))
    const free = site.type.fields.filter((field) => !taken.has(field.name) && field.oneof < 0)
    if (free.length === 0) return undefined
    const field = random.pick(free)
    const lineStart = text.lastIndexOf('\n', site.entry.keyStart) + 1
    const indent = text.slice(lineStart, site.entry.keyStart)
    return {
      kind: 'add field',
      text: text.slice(0, lineStart) + pairOf(text, indent, field) + text.slice(lineStart),
      note: `${field.name}: ${sampleOf(field)} in ${site.type.name}`,
      lines: [lineOf(text, site.entry.keyStart)],
    }
  },
  syntax: (text, site, random) => {
    const lineStart = text.lastIndexOf('\n', site.entry.keyStart) + 1
    const line = lineOf(text, site.entry.keyStart)
    const around = [line - 1, line, line + 1]
    switch (random.next(4)) {
      case 0:
        return { ...replace('syntax', text, lineStart, lineStart, ' '), lines: around }
      case 1:
        return { ...replace('syntax', text, lineStart, lineStart, '\t'), lines: around }
      case 2: {
        const colon = text.indexOf(':', site.entry.keyEnd)
        return { ...replace('syntax', text, colon, colon + 1, ''), lines: around }
      }
      default:
        return {
          ...replace('syntax', text, site.node.start, site.node.start, '"'),
          lines: lineRange(text, site.node.start, text.length),
        }
    }
  },
}

/** Mutation number `seed` of a config, or undefined where that kind finds no place in it. */
export function mutate(file: string, text: string, seed: number): Mutation | undefined {
  const random = new Random(seed * 7919 + 13)
  const names = Object.keys(mutators)
  const name = names[seed % names.length]!
  const sites = sitesOf(file, text)
  for (let tries = 0; tries < 200 && sites.length > 0; tries++) {
    const mutation = mutators[name]!(text, random.pick(sites), random)
    if (mutation !== undefined && mutation.text !== text) return mutation
  }
  return undefined
}

function typeNode(site: Site): ScalarNode | undefined {
  if (site.field.type !== 'google.protobuf.Any' || site.node.kind !== 'map') return undefined
  const node = site.node.entries.find(({ key }) => key === '@type')?.value
  return node?.kind === 'scalar' ? node : undefined
}

function startsItsLine(text: string, entry: Entry): boolean {
  const lineStart = text.lastIndexOf('\n', entry.keyStart) + 1
  return text.slice(lineStart, entry.keyStart).trim() === ''
}

function deleteEntry(
  kind: string,
  text: string,
  entry: Entry,
  lines: number[],
): Mutation | undefined {
  if (!startsItsLine(text, entry)) return undefined
  const first = text.lastIndexOf('\n', entry.keyStart) + 1
  const last = endOfLine(text, Math.max(entry.keyEnd, entry.value.end))
  return {
    kind,
    text: text.slice(0, first) + text.slice(last),
    note: `${entry.key} deleted`,
    lines,
  }
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', Math.max(0, from - 1))
  return at < 0 ? text.length : at + 1
}

function withBreak(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

/** The names that a subtree defines: what refers to them may be what an error names. */
function namesIn(node: TreeNode): string[] {
  if (node.kind === 'list') return node.items.flatMap(namesIn)
  if (node.kind !== 'map') return []
  return node.entries.flatMap(({ key, value }) =>
    key === 'name' && value.kind === 'scalar' ? [String(value.value)] : namesIn(value),
  )
}

function pairOf(text: string, indent: string, field: FieldType): string {
  const comma = text.trimStart().startsWith('{') ? ',' : ''
  return `${indent}${field.name}: ${sampleOf(field)}${comma}\n`
}

function sampleOf(field: FieldType): string {
  if (field.shape === 'map') return '{}'
  const one = sampleValue(field)
  return field.shape === 'list' ? `[${one}]` : one
}

function sampleValue(field: FieldType): string {
  if (field.kind === 'enum') return enumType(field.type).values.at(-1)!.name
  const scalar = field.kind === 'scalar' ? field.type : wrappedScalar(field.type)
  if (scalar === 'bool') return 'true'
  if (scalar === 'string') return 'sample'
  if (scalar === 'bytes') return 'YWJj'
  if (scalar !== undefined) return '1'
  if (field.type === 'google.protobuf.Duration') return '1s'
  return '{}'
}

const OTHER_TYPES = [
  'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
  'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo',
  'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
  'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
  'type.googleapis.com/google.protobuf.Struct',
  'type.googleapis.com/envoy.config.cluster.v3.Cluster',
]
