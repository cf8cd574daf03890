import {
  allMessageNames,
  type FieldType,
  findMessage,
  type MessageType,
  messageName,
  messageType,
  TYPE_URL_PREFIX,
} from './api-table.ts'
import { type Decoded, decodeEnum, decodeScalar, zeroOf } from './decode-scalar.ts'
import type { Path } from './diagnostic.ts'
import { formatDuration, parseDuration, suggestDuration } from './duration.ts'
import { Place } from './place.ts'
import type { Finding, Reporter } from './reporter.ts'
import type { SourceText } from './source-text.ts'
import { suggest } from './suggest.ts'
import {
  describeNode,
  type ListNode,
  MAX_DEPTH,
  MAX_NODES,
  type MapNode,
  SyntaxIssue,
  type TreeNode,
} from './tree.ts'

/** A canonical message: proto field names, enums as names, wrappers bare, `Any` as `{'@type', ...fields}`. */
export type MessageValue = Record<string, unknown>

export interface DecodeOptions {
  /** Unknown fields and enum values are warnings and are left out. */
  allowUnknownFields: boolean
  /** Messages that are taken as they are, like a Struct. */
  ownTypes: ReadonlySet<string>
}

/** In maps of more entries unknown fields get no suggestion: finding it takes time for each. */
const MAX_SUGGESTED = 500

const TYPED_STRUCTS = new Set(['xds.type.v3.TypedStruct', 'udpa.type.v1.TypedStruct'])

const WRAPPERS: Record<string, string> = {
  'google.protobuf.DoubleValue': 'double',
  'google.protobuf.FloatValue': 'float',
  'google.protobuf.Int64Value': 'int64',
  'google.protobuf.UInt64Value': 'uint64',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.UInt32Value': 'uint32',
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.BytesValue': 'bytes',
}

/** The scalar that a wrapper message wraps. */
export function wrappedScalar(type: string): string | undefined {
  return WRAPPERS[type]
}

/** Messages whose JSON is not a map of their fields. */
export function hasOwnJson(type: string): boolean {
  return type in WRAPPERS || OWN_JSON.has(type)
}

const OWN_JSON = new Set([
  'google.protobuf.Any',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
  'google.protobuf.FieldMask',
  'google.protobuf.Struct',
  'google.protobuf.Value',
  'google.protobuf.ListValue',
])

/**
 * Turns what was read from a text into canonical values, by protobuf's JSON mapping in the lenient form
 * that Envoy uses: a single value where a list is expected, messages with a JSON form of their own also
 * as plain fields, `null` for unset. Everything that does not fit is reported and left out.
 */
export class Decoder {
  readonly #source: SourceText
  readonly #reporter: Reporter
  readonly #options: DecodeOptions
  readonly #path: (string | number)[] = []
  #nodes = 0

  constructor(source: SourceText, reporter: Reporter, options: DecodeOptions) {
    this.#source = source
    this.#reporter = reporter
    this.#options = options
  }

  decodeRoot(type: string, node: TreeNode): { value: MessageValue; place: Place } {
    const place = new Place(this.#source, node.start, node.start + 1, node.start, node.end)
    const value = this.#message(messageType(type), node, place)
    return { value: value ?? {}, place }
  }

  #message(type: MessageType, node: TreeNode, place: Place, skip = ''): MessageValue | undefined {
    if (node.kind !== 'map') {
      this.#refuse(place, node, `a map of ${type.name}`)
      return undefined
    }
    this.#count(node)
    const out: MessageValue = {}
    const oneofs = new Map<number, string>()
    for (const entry of node.entries) {
      if (entry.key === skip) continue
      const field = type.byName.get(entry.key)
      const { value } = entry
      const child = new Place(this.#source, entry.keyStart, entry.keyEnd, value.start, value.end)
      this.#path.push(field?.name ?? entry.key)
      if (field === undefined) this.#unknownField(type, node, entry.key, place, child)
      else if (this.#isUnset(field, value)) place.setChild(field.name, child)
      else if (this.#isFree(field, type, oneofs, entry.key, place, child)) {
        const decoded = this.#field(field, value, child)
        place.setChild(field.name, child)
        if (decoded === undefined) place.isFlawed = true
        else out[field.name] = decoded
      }
      this.#path.pop()
    }
    return out
  }

  #isUnset(field: FieldType, node: TreeNode): boolean {
    if (node.kind !== 'scalar' || node.value !== null) return false
    return field.type !== 'google.protobuf.Value' || field.shape !== 'single'
  }

  #isFree(
    field: FieldType,
    type: MessageType,
    oneofs: Map<number, string>,
    key: string,
    place: Place,
    child: Place,
  ): boolean {
    if (field.oneof < 0) return true
    const other = oneofs.get(field.oneof)
    oneofs.set(field.oneof, key)
    if (other === undefined) return true
    place.isFlawed = true
    this.#reporter.at(child, 'key', this.#path, {
      code: 'oneof-conflict',
      message: `"${key}" and "${other}" exclude each other: at most one of ${this.#members(type, field)}`,
    })
    return false
  }

  #members(type: MessageType, field: FieldType): string {
    return type.fields
      .filter((other) => other.oneof === field.oneof)
      .map((other) => other.name)
      .join(', ')
  }

  #unknownField(type: MessageType, node: MapNode, key: string, place: Place, child: Place): void {
    place.isFlawed = true
    // With a thousand unknown fields nobody needs a hint for each.
    const isFew = node.entries.length <= MAX_SUGGESTED
    const taken = new Set(isFew ? node.entries.map((entry) => entry.key) : [])
    const free = type.fields.map((field) => field.name).filter((name) => !taken.has(name))
    const suggestion = isFew ? suggest(key, free) : undefined
    this.#reporter.at(child, 'key', this.#path, {
      severity: this.#options.allowUnknownFields ? 'warning' : 'error',
      code: 'unknown-field',
      message: `unknown field "${key}" in ${type.name}`,
      suggestion,
    })
  }

  #field(field: FieldType, node: TreeNode, place: Place): unknown {
    if (field.shape === 'map') return this.#map(field, node, place)
    if (field.shape === 'single') return this.#single(field, node, place)
    if (node.kind !== 'list') {
      const only = new Place(this.#source, place.keyStart, place.keyEnd, node.start, node.end)
      place.setChild(0, only)
      const value = this.#single(field, node, only)
      place.isFlawed ||= value === undefined
      return value === undefined ? undefined : [value]
    }
    this.#count(node)
    const out: unknown[] = []
    for (const item of this.#items(field, node)) {
      const child = new Place(this.#source, item.start, item.end, item.start, item.end)
      this.#path.push(out.length)
      const value = this.#element(field, item, child)
      this.#path.pop()
      // A refused item keeps its index, so that the paths of those behind it stay right.
      place.setChild(out.length, child)
      if (value === undefined) {
        place.isFlawed = true
        child.isFlawed = true
        if (field.kind === 'message' && !hasOwnJson(field.type)) out.push({})
      } else {
        out.push(value)
      }
    }
    return out
  }

  /** Lists in a list are one list, unless its items can be lists. */
  #items(field: FieldType, node: ListNode): TreeNode[] {
    const takesLists =
      field.type === 'google.protobuf.ListValue' || field.type === 'google.protobuf.Value'
    if (takesLists || !node.items.some((item) => item.kind === 'list')) return [...node.items]
    return node.items.flatMap((item) => (item.kind === 'list' ? this.#items(field, item) : [item]))
  }

  #map(field: FieldType, node: TreeNode, place: Place): unknown {
    if (node.kind !== 'map') {
      this.#refuse(place, node, 'a map')
      return undefined
    }
    this.#count(node)
    const out: MessageValue = {}
    for (const entry of node.entries) {
      const { key, keyStart, keyEnd, value } = entry
      const child = new Place(this.#source, keyStart, keyEnd, value.start, value.end)
      this.#path.push(key)
      const isKey = field.mapKey === 'string' || this.#isMapKey(field, key, child)
      const decoded = isKey ? this.#element(field, value, child) : undefined
      this.#path.pop()
      place.setChild(key, child)
      if (decoded === undefined) place.isFlawed = true
      else setOwn(out, key, decoded)
    }
    return out
  }

  #isMapKey(field: FieldType, key: string, child: Place): boolean {
    const node: TreeNode = { kind: 'scalar', start: child.keyStart, end: child.keyEnd, value: key }
    const decoded = decodeScalar(field.mapKey, node)
    if ('value' in decoded) return true
    this.#reporter.at(child, 'key', this.#path, decoded.misfit)
    return false
  }

  /** An item of a list or a value of a map, where null stands for the type's zero. */
  #element(field: FieldType, node: TreeNode, place: Place): unknown {
    const isNull = node.kind === 'scalar' && node.value === null
    if (!isNull || field.type === 'google.protobuf.Value') return this.#single(field, node, place)
    if (field.kind === 'scalar') return zeroOf(field.type)
    if (field.kind === 'enum') return decodeOrZero(field.type)
    const wrapped = WRAPPERS[field.type]
    if (wrapped !== undefined) return zeroOf(wrapped)
    return field.type === 'google.protobuf.Duration' ? '0s' : {}
  }

  #single(field: FieldType, node: TreeNode, place: Place): unknown {
    if (field.kind === 'scalar') return this.#scalar(decodeScalar(field.type, node), place)
    if (field.kind === 'enum') return this.#enum(field, node, place)
    if (this.#path.length > MAX_DEPTH) {
      throw new SyntaxIssue(`nested deeper than ${MAX_DEPTH} levels`, node.start, node.start + 1)
    }
    return this.#messageOf(field.type, node, place)
  }

  #messageOf(type: string, node: TreeNode, place: Place): unknown {
    const wrapped = WRAPPERS[type]
    if (wrapped !== undefined) return this.#wrapper(type, wrapped, node, place)
    switch (type) {
      case 'google.protobuf.Any':
        return this.#any(node, place)
      case 'google.protobuf.Duration':
        return this.#duration(node, place)
      case 'google.protobuf.Timestamp':
        return this.#timestamp(node, place)
      case 'google.protobuf.FieldMask':
        return this.#fieldMask(node, place)
      case 'google.protobuf.Struct':
        if (node.kind === 'map') return this.#free(node, place)
        return this.#refuse(place, node, 'a map (any keys and values)')
      case 'google.protobuf.ListValue':
        if (node.kind === 'list') return this.#free(node, place)
        return this.#refuse(place, node, 'a list (any values)')
      case 'google.protobuf.Value':
        return this.#free(node, place)
      default:
        return this.#message(messageType(type), node, place)
    }
  }

  #enum(field: FieldType, node: TreeNode, place: Place): unknown {
    const decoded = decodeEnum(field.type, node)
    if ('value' in decoded) return decoded.value
    const isUnknown = decoded.misfit.code === 'unknown-enum-value'
    const severity = isUnknown && this.#options.allowUnknownFields ? 'warning' : 'error'
    this.#report(place, { severity, ...decoded.misfit })
    return undefined
  }

  #scalar(decoded: Decoded, place: Place): unknown {
    if ('value' in decoded) return decoded.value
    this.#report(place, decoded.misfit)
    return undefined
  }

  #wrapper(type: string, wrapped: string, node: TreeNode, place: Place): unknown {
    if (node.kind !== 'map') return this.#scalar(decodeScalar(wrapped, node), place)
    const fields = this.#message(messageType(type), node, place)
    return fields?.['value'] ?? (place.isFlawed ? undefined : zeroOf(wrapped))
  }

  #duration(node: TreeNode, place: Place): unknown {
    if (node.kind === 'map') {
      const fields = this.#message(messageType('google.protobuf.Duration'), node, place)
      const seconds = BigInt((fields?.['seconds'] as string | number | undefined) ?? 0)
      return formatDuration(seconds * 1_000_000_000n + BigInt((fields?.['nanos'] as number) ?? 0))
    }
    if (node.kind !== 'scalar' || typeof node.value !== 'string') {
      const isNumber = node.kind === 'scalar' && typeof node.value === 'number'
      const suggestion = isNumber ? suggestDuration(String(node.value)) : undefined
      return this.#refuse(place, node, 'a duration such as "0.25s"', suggestion)
    }
    const parsed = parseDuration(node.value)
    if (typeof parsed === 'bigint') return node.value
    this.#report(place, {
      code: 'bad-format',
      message: `${JSON.stringify(node.value)} is no duration: ${parsed}`,
      suggestion: suggestDuration(node.value),
      expected: 'a duration such as "0.25s"',
      received: describeNode(node),
    })
    return undefined
  }

  #timestamp(node: TreeNode, place: Place): unknown {
    if (node.kind === 'map') {
      return this.#message(messageType('google.protobuf.Timestamp'), node, place)
    }
    const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : ''
    const isTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/.test(text)
    if (isTime && !Number.isNaN(Date.parse(text.toUpperCase()))) return text
    return this.#refuse(place, node, 'a time such as "2026-01-31T10:00:00Z"')
  }

  #fieldMask(node: TreeNode, place: Place): unknown {
    if (node.kind === 'map') {
      const fields = this.#message(messageType('google.protobuf.FieldMask'), node, place)
      return ((fields?.['paths'] as string[] | undefined) ?? []).join(',')
    }
    if (node.kind === 'scalar' && typeof node.value === 'string') return node.value
    return this.#refuse(place, node, 'field names separated by commas')
  }

  /** Struct, Value and ListValue: whatever it is, with places. */
  #free(node: TreeNode, place: Place): unknown {
    this.#count(node)
    if (this.#path.length > MAX_DEPTH) {
      throw new SyntaxIssue(`nested deeper than ${MAX_DEPTH} levels`, node.start, node.start + 1)
    }
    if (node.kind === 'scalar') return node.value
    if (node.kind === 'list') {
      return node.items.map((item, index) => {
        const child = new Place(this.#source, item.start, item.end, item.start, item.end)
        place.setChild(index, child)
        return this.#freeChild(index, item, child)
      })
    }
    const out: MessageValue = {}
    for (const { key, keyStart, keyEnd, value } of node.entries) {
      const child = new Place(this.#source, keyStart, keyEnd, value.start, value.end)
      place.setChild(key, child)
      setOwn(out, key, this.#freeChild(key, value, child))
    }
    return out
  }

  #freeChild(step: string | number, node: TreeNode, place: Place): unknown {
    this.#path.push(step)
    const value = this.#free(node, place)
    this.#path.pop()
    return value
  }

  #any(node: TreeNode, place: Place): unknown {
    if (node.kind !== 'map') return this.#refuse(place, node, 'a map with "@type"')
    if (node.entries.length === 0) return {}
    const entry = node.entries.find(({ key }) => key === '@type')
    if (entry === undefined) {
      place.isFlawed = true
      this.#reporter.at(place, 'key', this.#path, {
        code: 'missing-required',
        message: 'this map needs "@type", which says what message its other fields are of',
        expected: '"@type": type.googleapis.com/...',
      })
      return undefined
    }
    const typeNode = entry.value
    if (this.#isOwn(typeNode)) return this.#free(node, place)
    const typePlace = new Place(
      this.#source,
      entry.keyStart,
      entry.keyEnd,
      typeNode.start,
      typeNode.end,
    )
    place.setChild('@type', typePlace)
    const type = this.#anyType(typeNode, typePlace)
    if (type === undefined) {
      place.isFlawed = true
      return undefined
    }
    const url = (typeNode as { value: string }).value
    if (TYPED_STRUCTS.has(type.name)) return this.#typedStruct(type, url, node, place)
    if (!hasOwnJson(type.name)) {
      const fields = this.#message(type, node, place, '@type')
      return fields === undefined ? undefined : { '@type': url, ...fields }
    }
    for (const { key, keyStart, keyEnd, value } of node.entries) {
      if (key === '@type' || key === 'value') continue
      const extra = new Place(this.#source, keyStart, keyEnd, value.start, value.end)
      place.isFlawed = true
      this.#reporter.at(extra, 'key', [...this.#path, key], {
        code: 'unknown-field',
        message: `beside "@type" ${type.name} takes only "value", not "${key}"`,
      })
    }
    const valueEntry = node.entries.find(({ key }) => key === 'value')
    if (valueEntry === undefined) return { '@type': url }
    const { value: valueNode, keyStart, keyEnd } = valueEntry
    const child = new Place(this.#source, keyStart, keyEnd, valueNode.start, valueNode.end)
    place.setChild('value', child)
    const value = this.#messageOf(type.name, valueNode, child)
    return value === undefined ? undefined : { '@type': url, value }
  }

  #isOwn(node: TreeNode): boolean {
    const url = node.kind === 'scalar' ? node.value : null
    return typeof url === 'string' && this.#options.ownTypes.has(messageName(url))
  }

  #anyType(node: TreeNode, place: Place): MessageType | undefined {
    this.#path.push('@type')
    try {
      if (node.kind !== 'scalar' || typeof node.value !== 'string') {
        this.#refuse(place, node, 'a type URL')
        return undefined
      }
      const url = node.value
      const type = /^[^/]+\//.test(url) ? findMessage(messageName(url)) : undefined
      if (type !== undefined) return type
      this.#report(place, {
        code: 'unknown-type-url',
        message: url.includes('/')
          ? `Envoy has no message of type "${url}"`
          : `"${url}" is no type URL: it lacks "${TYPE_URL_PREFIX}"`,
        suggestion: suggestTypeUrl(url),
      })
      return undefined
    } finally {
      this.#path.pop()
    }
  }

  /** A message spelled as a Struct; what Envoy makes of it is the message. */
  #typedStruct(type: MessageType, url: string, node: MapNode, place: Place): unknown {
    const inner = node.entries.find(({ key }) => key === 'type_url' || key === 'typeUrl')?.value
    const fields = node.entries.find(({ key }) => key === 'value')?.value
    const innerUrl = inner?.kind === 'scalar' ? inner.value : undefined
    const innerType = typeof innerUrl === 'string' ? findMessage(messageName(innerUrl)) : undefined
    if (innerType === undefined || hasOwnJson(innerType.name) || fields?.kind !== 'map') {
      const decoded = this.#message(type, node, place, '@type')
      return decoded === undefined ? undefined : { '@type': url, ...decoded }
    }
    const decoded = this.#message(innerType, fields, place)
    return decoded && { '@type': TYPE_URL_PREFIX + innerType.name, ...decoded }
  }

  #refuse(place: Place, node: TreeNode, expected: string, suggestion?: string): undefined {
    const received = describeNode(node)
    this.#report(place, {
      code: 'wrong-type',
      message: `expected ${expected}, received ${received}`,
      expected,
      received,
      suggestion,
    })
    return undefined
  }

  #report(place: Place, finding: Finding): void {
    place.isFlawed = true
    this.#reporter.at(place, 'value', this.#path as Path, finding)
  }

  /** Aliases let a short text stand for a huge tree. */
  #count(node: TreeNode): void {
    if (++this.#nodes > MAX_NODES) {
      throw new SyntaxIssue(
        `more than ${MAX_NODES} values, aliases counted as what they stand for`,
        node.start,
      )
    }
  }
}

function decodeOrZero(enumName: string): unknown {
  const decoded = decodeEnum(enumName, { kind: 'scalar', start: 0, end: 0, value: 0 })
  return 'value' in decoded ? decoded.value : 0
}

function suggestTypeUrl(url: string): string | undefined {
  const name = messageName(url)
  if (findMessage(name) !== undefined) return TYPE_URL_PREFIX + name
  const nearest = suggest(name, allMessageNames())
  return nearest === undefined ? undefined : TYPE_URL_PREFIX + nearest
}

/** Keys come from the text: `__proto__` must be a key like any other. */
function setOwn(target: MessageValue, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  } else {
    target[key] = value
  }
}
