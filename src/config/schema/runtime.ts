import { message } from './message.ts'
import { convert, INVALID, isRecord, type Problems, type Schema } from './schema.ts'
import { list, orNull, struct, text } from './values.ts'

/** `bootstrap.v3.RuntimeLayer`; of several layers the last one with a key wins. */
export type RuntimeLayer =
  | { readonly name: string; readonly kind: 'static'; readonly entries: RuntimeEntries }
  /** What `/runtime_modify` writes. */
  | { readonly name: string; readonly kind: 'admin' }

/** Key → number, bool, text, or `{numerator, denominator}`; nested structs are joined with dots. */
export type RuntimeEntries = Readonly<Record<string, unknown>>

/** `bootstrap.v3.LayeredRuntime`. */
export function layeredRuntime(): Schema<readonly RuntimeLayer[]> {
  const inner = message('envoy.config.bootstrap.v3.LayeredRuntime', { layers: list(layer()) })
  return convert(inner, ({ layers }) => {
    // As Envoy does: an empty `layered_runtime` is one admin layer without a name.
    return layers.length === 0 ? [{ name: '', kind: 'admin' }] : layers
  })
}

function layer(): Schema<RuntimeLayer> {
  const protoName = 'envoy.config.bootstrap.v3.RuntimeLayer'
  const inner = message(protoName, {
    name: text(),
    staticLayer: orNull(struct()),
    adminLayer: orNull(message(`${protoName}.AdminLayer`, {})),
  })
  return convert(inner, ({ name, staticLayer, adminLayer }, problems, input) => {
    if (staticLayer !== null) {
      return { name, kind: 'static', entries: flatten(staticLayer, problems) }
    }
    if (adminLayer !== null) return { name, kind: 'admin' }
    if (problems.issues.length === 0) {
      problems.add('missing-required', [], 'layer specifier not set', input)
    }
    return INVALID
  })
}

/** Nested structs joined with dots; an empty one, or one with a numerator or denominator, is one value. */
function flatten(struct: Readonly<Record<string, unknown>>, problems: Problems): RuntimeEntries {
  const entries: Record<string, unknown> = {}
  const walk = (value: unknown, key: string, path: readonly string[]): void => {
    if (value === null || Array.isArray(value)) {
      problems.add(
        'rule-violated',
        ['static_layer', ...path],
        `Invalid runtime entry value for ${key}`,
        value,
      )
    } else if (isRecord(value) && !isFraction(value)) {
      for (const [name, inner] of Object.entries(value)) {
        walk(inner, key === '' ? name : `${key}.${name}`, [...path, name])
      }
    } else {
      entries[key] = value
    }
  }
  for (const [name, value] of Object.entries(struct)) walk(value, name, [name])
  return entries
}

function isFraction(value: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(value).length === 0 || 'numerator' in value || 'denominator' in value
}
