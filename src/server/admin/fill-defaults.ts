import { enumType, type FieldType, messageType } from '../../config/load/api-table.ts'
import { hasOwnJson } from '../../config/load/decode-message.ts'

/** A printed message with its unset scalars, lists and maps too, as `/server_info` has them. Messages that are unset stay so. */
export function fillDefaults(typeName: string, printed: unknown): unknown {
  if (hasOwnJson(typeName)) return printed
  const given = printed as Record<string, unknown>
  const out: Record<string, unknown> = {}
  for (const field of messageType(typeName).fields.toSorted((a, b) => a.number - b.number)) {
    const value = given[field.name]
    if (value !== undefined) out[field.name] = fillField(field, value)
    else if (!field.hasPresence) out[field.name] = emptyValue(field)
  }
  return out
}

function fillField({ kind, type, shape }: FieldType, value: unknown): unknown {
  if (kind !== 'message') return value
  if (shape === 'list') return (value as unknown[]).map((item) => fillDefaults(type, item))
  if (shape === 'single') return fillDefaults(type, value)
  const entries = Object.entries(value as object)
  return Object.fromEntries(entries.map(([key, item]) => [key, fillDefaults(type, item)]))
}

function emptyValue({ kind, type, shape }: FieldType): unknown {
  if (shape === 'list') return []
  if (shape === 'map') return {}
  if (kind === 'enum') return enumType(type).byNumber.get(0)
  if (type === 'bool') return false
  if (type === 'string' || type === 'bytes') return ''
  return type.endsWith('64') ? '0' : 0
}
