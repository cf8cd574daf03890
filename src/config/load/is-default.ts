import { findMessage } from './api-table.ts'
import { enumNumber, zeroOf } from './decode-scalar.ts'

/** Whether a canonical value is what its field holds when it is absent; a field with presence has no such value. */
export function isDefault(message: string, name: string, value: unknown): boolean {
  const field = findMessage(message)?.byName.get(name)
  if (field === undefined || field.hasPresence) return false
  if (field.shape === 'list') return Array.isArray(value) && value.length === 0
  if (field.shape === 'map') return Object.keys(value as object).length === 0
  if (field.kind === 'enum') return enumNumber(field.type, value) === 0
  return field.kind === 'scalar' && value === zeroOf(field.type)
}
