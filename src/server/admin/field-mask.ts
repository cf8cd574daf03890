import { type FieldType, findMessage, messageName } from '../../config/load/api-table.ts'
import type { JsonObject } from './server-view.ts'

const ANY = 'google.protobuf.Any'

/** The fields that a tree of names keeps; null keeps all of a field. */
interface Kept {
  readonly [field: string]: Kept | null
}

/** `google.protobuf.FieldMask`: comma-separated paths of snake_case names. A path leads through single messages only. */
export class FieldMask {
  readonly #paths: readonly (readonly string[])[]

  constructor(text: string) {
    const paths = text.split(',').filter((path) => path !== '')
    this.#paths = paths.map((path) => path.split('.'))
  }

  /** Keeps everything. */
  get isEmpty(): boolean {
    return this.#paths.length === 0
  }

  /** The masked message, or null when a path does not fit its type. */
  apply(typeName: string, message: JsonObject): JsonObject | null {
    const fits = this.#paths.every((path) => isPath(typeName, path, message))
    return fits ? trim(message, toTree(this.#paths)) : null
  }

  /** As protobuf's debug text shows the mask. */
  toString(): string {
    return this.#paths.map((path) => `paths: "${path.join('.')}"\n`).join('')
  }
}

/** What an Any holds says what may be asked of it, so the path follows the value; it may not end at the Any. */
function isPath(typeName: string, path: readonly string[], value: unknown): boolean {
  const [name = '', ...rest] = path
  const field = findField(typeName, name)
  if (field === undefined) return false
  const isAny = field.type === ANY
  if (rest.length === 0) return !isAny || field.shape !== 'single'
  if (field.shape !== 'single' || field.kind !== 'message') return false
  const inner = (value as JsonObject | undefined)?.[name]
  return isPath(isAny ? heldType(inner) : field.type, rest, inner)
}

function findField(typeName: string, name: string): FieldType | undefined {
  const field = findMessage(typeName)?.byName.get(name)
  return field?.name === name ? field : undefined
}

function heldType(any: unknown): string {
  const url = (any as JsonObject | undefined)?.['@type']
  return typeof url === 'string' ? messageName(url) : ''
}

function toTree(paths: readonly (readonly string[])[]): Kept {
  const byField = new Map<string, (readonly string[])[]>()
  for (const [name = '', ...rest] of paths) {
    const rests = byField.get(name) ?? []
    rests.push(rest)
    byField.set(name, rests)
  }
  const tree: Record<string, Kept | null> = {}
  for (const [name, rests] of byField) {
    tree[name] = rests.some((rest) => rest.length === 0) ? null : toTree(rests)
  }
  return tree
}

function trim(message: JsonObject, kept: Kept): JsonObject {
  const out: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(message)) {
    const inner = kept[name]
    if (name === '@type' || inner === null) out[name] = value
    else if (inner !== undefined) out[name] = trim(value as JsonObject, inner)
  }
  return out
}
