import type { GenericSchema, InferOutput } from 'valibot'
import type { IgnoredSchema } from './message.ts'
import { INVALID, type Invalid, isRecord, type Schema, schema } from './schema.ts'

/** A string; absent is empty, as in proto3. */
export function text(fallback = ''): Schema<string> {
  return schema('text', (input, problems) => {
    if (input === undefined) return fallback
    return typeof input === 'string' ? input : problems.expected('a string', input)
  })
}

/** A bool or BoolValue with Envoy's default. */
export function bool(fallback = false): Schema<boolean> {
  return schema('bool', (input, problems) => {
    if (input === undefined) return fallback
    return typeof input === 'boolean' ? input : problems.expected('true or false', input)
  })
}

/** A finite number of any proto type that fits a double, with Envoy's default; 64-bit ones may come as text. */
export function number(fallback = 0): Schema<number> {
  return schema('number', (input, problems) => {
    if (input === undefined) return fallback
    const value = typeof input === 'string' && input.trim() !== '' ? Number(input) : input
    return typeof value === 'number' && Number.isFinite(value)
      ? value
      : problems.expected('a number', input)
  })
}

/** A duration in whole milliseconds, cut as Envoy cuts them; `fallback` is in milliseconds. */
export function durationMs(fallback?: number): Schema<number> {
  return schema('duration', (input, problems) => {
    if (input === undefined && fallback !== undefined) return fallback
    const seconds =
      typeof input === 'string' && /^-?\d+(\.\d{1,9})?s$/.test(input) ? input.slice(0, -1) : null
    if (seconds === null) return problems.expected('a duration such as "1.5s"', input)
    const [whole, fraction = ''] = seconds.split('.')
    const cut = Number(fraction.padEnd(3, '0').slice(0, 3))
    return Number(whole) * 1000 + (seconds.startsWith('-') ? -cut : cut)
  })
}

/** An enum by its value's name; absent is `fallback`, or the first. A value that is not listed is one that we lack. */
export function enumOf<const V extends readonly [string, ...string[]]>(
  values: V,
  fallback?: V[number],
): Schema<V[number]> {
  return schema('enum', (input, problems) => {
    if (input === undefined) return fallback ?? values[0]
    if (typeof input !== 'string') return problems.expected('an enum value', input)
    return values.includes(input) ? input : problems.notImplemented([], `"${input}"`, input)
  })
}

/** What may be left out: null then. */
export function orNull<S extends GenericSchema>(inner: S): Schema<InferOutput<S> | null> {
  return schema(inner.type, (input, problems) =>
    input === undefined ? null : (problems.same(inner, input) as InferOutput<S> | Invalid),
  )
}

/** What may be left out: read as `input` then, in the canonical form (`{}` for a message of defaults). */
export function orElse<S extends GenericSchema>(
  inner: S,
  fallback: unknown,
): Schema<InferOutput<S>> {
  return schema(inner.type, (input, problems) =>
    problems.same(inner, input === undefined ? fallback : input),
  )
}

/** A repeated field; absent is empty. */
export function list<S extends GenericSchema>(item: S): Schema<readonly InferOutput<S>[]> {
  return schema('list', (input, problems) => {
    if (input === undefined) return []
    if (!Array.isArray(input)) return problems.expected('a list', input)
    const values = input.map((value, index) => problems.child(item, value, index))
    return values.includes(INVALID) ? INVALID : (values as InferOutput<S>[])
  })
}

/** A map with string keys; absent is empty. */
export function mapOf<S extends GenericSchema>(
  item: S,
): Schema<Readonly<Record<string, InferOutput<S>>>> {
  return schema('map', (input, problems) => {
    if (input === undefined) return {}
    if (!isRecord(input)) return problems.expected('an object', input)
    const entries = Object.entries(input).map(
      ([key, value]) => [key, problems.child(item, value, key)] as const,
    )
    if (entries.some(([, value]) => value === INVALID)) return INVALID
    return Object.fromEntries(entries) as Record<string, InferOutput<S>>
  })
}

/** A google.protobuf.Struct, as it is. */
export function struct(): Schema<Readonly<Record<string, unknown>>> {
  return schema('struct', (input, problems) =>
    isRecord(input) ? input : problems.expected('an object', input),
  )
}

/** A field that we understand, and for which we do nothing: Envoy's own behaviour does not depend on it here. */
export function ignored(): IgnoredSchema {
  return Object.assign(
    schema<null>('ignored', () => null),
    { isIgnored: true } as const,
  )
}

/** A field of which we implement one value only. */
export function only<const T extends string | number | boolean>(value: T): Schema<T> {
  return schema('only', (input, problems) =>
    input === undefined || input === value
      ? value
      : problems.notImplemented([], `"${String(input)}"`, input),
  )
}

/** A schema that needs itself, made at its first use. */
export function lazy<T>(make: () => Schema<T>): Schema<T> {
  let made: Schema<T> | null = null
  return schema('lazy', (input, problems) => {
    made ??= make()
    return problems.same(made, input)
  })
}
