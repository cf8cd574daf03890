import type { GenericSchema, InferOutput } from 'valibot'
import { parseContext } from './parse-context.ts'
import { INVALID, isRecord, type Problems, type Schema, schema } from './schema.ts'

type Entries = Readonly<Record<string, GenericSchema>>

/** A field that is known and left out of the typed config: `ignored()`. */
export interface IgnoredSchema extends Schema<null> {
  readonly isIgnored: true
}

export type Message<E extends Entries> = {
  readonly [K in keyof E as E[K] extends IgnoredSchema ? never : K]: InferOutput<E[K]>
}

export interface MessageSchema<E extends Entries> extends Schema<Message<E>> {
  readonly entries: E
  readonly protoName: string
}

/**
 * A message: an object with the entries' keys, read from the snake_case fields of the canonical tree. A key that ends in
 * `Ms` reads the duration without it (`connectTimeoutMs` reads `connect_timeout`). Every field of the input that the
 * entries lack is reported as valid Envoy that is not implemented here, unless it holds its default.
 */
export function message<const E extends Entries>(protoName: string, entries: E): MessageSchema<E> {
  const all = Object.entries(entries).map(([key, entry]) => [key, fieldName(key), entry] as const)
  const known = new Set(all.map(([, field]) => field))
  const fields = all.filter(([, , entry]) => !('isIgnored' in entry))
  const made = schema<Message<E>>(protoName, (input, problems) => {
    if (!isRecord(input)) return problems.expected('an object', input)
    const output: Record<string, unknown> = {}
    let valid = true
    for (const [key, field, entry] of fields) {
      const value = problems.child(entry, input[field] ?? undefined, field)
      if (value === INVALID) valid = false
      else output[key] = value
    }
    reportUnknown(protoName, input, known, problems)
    return valid ? (output as Message<E>) : INVALID
  })
  return Object.assign(made, { entries, protoName })
}

function reportUnknown(
  protoName: string,
  input: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  problems: Problems,
): void {
  for (const [field, value] of Object.entries(input)) {
    if (known.has(field) || field === '@type' || value === null || value === undefined) continue
    if (parseContext().isDefault(protoName, field, value)) continue
    problems.notImplemented([field], `"${field}"`, value, isGuard(field))
  }
}

/** `perConnectionBufferLimitBytes` → `per_connection_buffer_limit_bytes`, `idleTimeoutMs` → `idle_timeout`. */
export function fieldName(key: string): string {
  return key.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Fields whose absence would let traffic through that the user meant to stop, choose or encrypt. */
function isGuard(field: string): boolean {
  return /filter|transport_socket|match|auth|rbac|limit|max_|overload|threshold|circuit_breaker|allow|deny|require|tls|cert|valid|verif|crl/.test(
    field,
  )
}
