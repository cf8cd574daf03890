import {
  enumType,
  type FieldType,
  findMessage,
  type MessageType,
  messageName,
  messageType,
} from './api-table.ts'
import { hasOwnJson, wrappedScalar } from './decode-message.ts'
import { formatDuration, parseDuration } from './duration.ts'

const LONG = new Set(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'])

export interface PrintOptions {
  /** Replaces fields that the API marks as sensitive, as `/config_dump` does. */
  redact?: boolean
}

/**
 * A canonical message as Envoy's admin prints it: snake_case names in the order of their numbers, zeros
 * without presence left out, 64-bit integers as strings, durations normalised (`90.0s` is `90s`).
 */
export function printMessage(
  typeName: string,
  value: unknown,
  options: PrintOptions = {},
): unknown {
  return printFields(
    messageType(typeName),
    value as Record<string, unknown>,
    options.redact === true,
  )
}

function printFields(
  type: MessageType,
  value: Record<string, unknown>,
  redact: boolean,
): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const field of type.fields.toSorted((a, b) => a.number - b.number)) {
    const one = value[field.name]
    if (one === undefined || isDefault(field, one)) continue
    out[field.name] =
      redact && field.sensitive ? redacted(field, one) : printField(field, one, redact)
  }
  return out
}

function printField(field: FieldType, value: unknown, redact: boolean): unknown {
  if (field.shape === 'list') {
    return (value as unknown[]).map((item) => printSingle(field, item, redact))
  }
  if (field.shape === 'map') {
    return Object.fromEntries(
      Object.entries(value as object).map(([key, one]) => [key, printSingle(field, one, redact)]),
    )
  }
  return printSingle(field, value, redact)
}

function printSingle(field: FieldType, value: unknown, redact: boolean): unknown {
  if (field.kind === 'enum') return value
  if (field.kind === 'scalar') return LONG.has(field.type) ? String(value) : value
  const wrapped = wrappedScalar(field.type)
  if (wrapped !== undefined) return LONG.has(wrapped) ? String(value) : value
  return printTyped(field.type, value, redact)
}

function printTyped(type: string, value: unknown, redact: boolean): unknown {
  if (type === 'google.protobuf.Duration') return printDuration(value as string)
  if (type === 'google.protobuf.Any') return printAny(value as Record<string, unknown>, redact)
  if (hasOwnJson(type)) return value
  return printFields(messageType(type), value as Record<string, unknown>, redact)
}

function printAny(value: Record<string, unknown>, redact: boolean): unknown {
  const url = value['@type']
  const type = typeof url === 'string' ? findMessage(messageName(url)) : undefined
  if (type === undefined) return value
  if (hasOwnJson(type.name)) {
    return { '@type': url, value: printTyped(type.name, value['value'], redact) }
  }
  return { '@type': url, ...printFields(type, value, redact) }
}

function printDuration(text: string): string {
  const nanos = parseDuration(text)
  return typeof nanos === 'bigint' ? formatDuration(nanos) : text
}

function isDefault(field: FieldType, value: unknown): boolean {
  if (field.shape === 'list') return (value as unknown[]).length === 0
  if (field.shape === 'map') return Object.keys(value as object).length === 0
  if (field.hasPresence) return false
  if (field.kind === 'enum') return enumType(field.type).byNumber.get(0) === value
  return value === '' || value === 0 || value === false
}

/** As Envoy redacts: strings become `[redacted]`, bytes that in base64; of a message all that it holds, numbers are cleared. */
function redacted(field: FieldType, value: unknown): unknown {
  if (field.shape === 'list') {
    return (value as unknown[]).map((item) => redactedValue(field, item))
  }
  if (field.shape === 'map') {
    return Object.fromEntries(
      Object.entries(value as object).map(([key, one]) => [key, redactedValue(field, one)]),
    )
  }
  return redactedValue(field, value)
}

function redactedValue(field: FieldType, value: unknown): unknown {
  const type = wrappedScalar(field.type) ?? field.type
  if (type === 'string') return '[redacted]'
  if (type === 'bytes') return 'W3JlZGFjdGVkXQ=='
  if (field.kind !== 'message') return type === 'bool' ? false : 0
  if (hasOwnJson(field.type)) return {}
  const out: Record<string, unknown> = {}
  for (const inner of messageType(type).fields.toSorted((a, b) => a.number - b.number)) {
    const one = (value as Record<string, unknown>)[inner.name]
    if (one === undefined || isDefault(inner, one) || isCleared(inner)) continue
    out[inner.name] = redacted(inner, one)
  }
  return out
}

/** Numbers and switches within what is sensitive are not shown at all. */
function isCleared({ kind, type }: FieldType): boolean {
  return kind === 'enum' || (kind === 'scalar' && type !== 'string' && type !== 'bytes')
}
