import {
  allExtensions,
  enumType,
  type FieldType,
  findMessage,
  type MessageType,
  messageType,
  TYPE_URL_PREFIX,
} from './api-table.ts'
import { hasOwnJson, wrappedScalar } from './decode-message.ts'
import { isInteger } from './decode-scalar.ts'
import type { Rules } from './rule-types.ts'

type Schema = Record<string, unknown>

const BOOTSTRAP = 'envoy.config.bootstrap.v3.Bootstrap'
const ANY = 'google.protobuf.Any'

/**
 * A JSON Schema (draft 2020-12) of the bootstrap, for editors to complete and check with. It asks for the
 * spelling that people should write: of what Envoy also takes, a single value for a list is left out.
 */
export function bootstrapJsonSchema(): object {
  const definitions: Record<string, Schema> = {}
  const queue = [BOOTSTRAP]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name in definitions) continue
    definitions[name] = name === ANY ? anySchema(queue) : messageSchema(messageType(name), queue)
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Envoy v3 bootstrap',
    $ref: reference(BOOTSTRAP),
    $defs: Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

function messageSchema(type: MessageType, queue: string[]): Schema {
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  for (const field of type.fields) {
    properties[field.name] = fieldSchema(field, queue)
    if (field.deprecated !== 'no')
      properties[field.name] = { ...properties[field.name], deprecated: true }
    if (isRequired(field)) required.push(field.name)
  }
  return {
    type: 'object',
    properties: { '@type': { type: 'string' }, ...properties },
    // The JSON names, which Envoy takes too.
    patternProperties: { '^[a-z0-9]+([A-Z][A-Za-z0-9]*)+$': true },
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  }
}

/** Only what no camelCase spelling can stand for is asked for by name. */
function isRequired(field: FieldType): boolean {
  if (field.name.includes('_') || field.oneof >= 0) return false
  const { message, string, repeated } = field.rules ?? {}
  return (
    message?.required === true ||
    (field.shape === 'single' && (string?.minLen ?? 0) > 0 && !field.hasPresence) ||
    (repeated?.minItems ?? 0) > 0
  )
}

function fieldSchema(field: FieldType, queue: string[]): Schema {
  const { rules } = field
  if (field.shape === 'list') {
    return {
      type: 'array',
      items: valueSchema(field, rules?.repeated?.items, queue),
      ...defined({ minItems: rules?.repeated?.minItems, maxItems: rules?.repeated?.maxItems }),
    }
  }
  if (field.shape === 'map') {
    return { type: 'object', additionalProperties: valueSchema(field, rules?.map?.values, queue) }
  }
  return valueSchema(field, rules, queue)
}

function valueSchema(field: FieldType, rules: Rules | undefined, queue: string[]): Schema {
  if (field.kind === 'enum') return enumSchema(field.type)
  const scalar = field.kind === 'scalar' ? field.type : wrappedScalar(field.type)
  if (scalar !== undefined) return scalarSchema(scalar, rules)
  switch (field.type) {
    case 'google.protobuf.Duration':
      return { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$', examples: ['0.25s'] }
    case 'google.protobuf.Timestamp':
      return { type: 'string', format: 'date-time' }
    case 'google.protobuf.FieldMask':
      return { type: 'string' }
    case 'google.protobuf.Struct':
      return { type: 'object' }
    case 'google.protobuf.ListValue':
      return { type: 'array' }
    case 'google.protobuf.Value':
      return {}
    default:
      queue.push(field.type)
      return { $ref: reference(field.type) }
  }
}

function enumSchema(name: string): Schema {
  const names = enumType(name).values.map((value) => value.name)
  return {
    anyOf: [{ enum: names }, { type: 'integer' }, { type: 'string', pattern: '^[a-z0-9_-]+$' }],
  }
}

function scalarSchema(type: string, rules: Rules | undefined): Schema {
  if (type === 'string') {
    const { minLen, maxLen, prefix, in: values } = rules?.string ?? {}
    const pattern = prefix === undefined ? undefined : `^${prefix.replace(/\W/g, '\\$&')}`
    return {
      type: 'string',
      ...defined({ minLength: minLen, maxLength: maxLen, pattern, enum: values }),
    }
  }
  if (type === 'bytes') return { type: 'string', contentEncoding: 'base64' }
  if (type === 'bool') return { type: ['boolean', 'string'] }
  const range =
    rules?.uint32 ?? rules?.uint64 ?? rules?.int32 ?? rules?.int64 ?? rules?.double ?? rules?.float
  const isUnsigned = type.startsWith('u') || type.startsWith('fixed')
  return {
    type: [isInteger(type) ? 'integer' : 'number', 'string'],
    ...defined({
      minimum: range?.gte ?? (isUnsigned ? 0 : undefined),
      exclusiveMinimum: range?.gt,
      maximum: range?.lte,
      exclusiveMaximum: range?.lt,
    }),
  }
}

/** The message that `@type` names decides on the other fields: all that configure an extension are offered. */
function anySchema(queue: string[]): Schema {
  const names = new Set(allExtensions().flatMap((extension) => extension.types))
  const types = [...names]
    .filter((name) => findMessage(name) !== undefined && !hasOwnJson(name))
    .sort()
  queue.push(...types)
  return {
    type: 'object',
    properties: {
      '@type': { type: 'string', examples: types.map((name) => TYPE_URL_PREFIX + name) },
    },
    allOf: types.map((name) => ({
      if: { properties: { '@type': { const: TYPE_URL_PREFIX + name } }, required: ['@type'] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word.
      then: { $ref: reference(name) },
    })),
  }
}

function reference(name: string): string {
  return `#/$defs/${name}`
}

function defined(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined))
}
