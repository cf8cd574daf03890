import type { GenericSchema } from 'valibot'
import type { Factory } from '../../registry.ts'
import type { AccessLogFilter } from './access-log-filter.ts'
import { message } from './message.ts'
import { parseContext } from './parse-context.ts'
import {
  convert,
  INVALID,
  type Invalid,
  isRecord,
  type Problems,
  type Schema,
  schema,
} from './schema.ts'
import { orNull, text } from './values.ts'

/** A typed extension config: which factory, and what its schema made of `typed_config`. JSON-safe. */
export interface ExtensionConfig {
  /** The label that the user gave. */
  readonly name: string
  /** The factory that takes it, `envoy.filters.network.echo`. */
  readonly factory: string
  readonly config: unknown
}

/** As `envoy.config.accesslog.v3.AccessLog`. */
export interface AccessLogConfig extends ExtensionConfig {
  /** Null: everything is logged. `access-log/filter.ts` builds it. */
  readonly filter: AccessLogFilter | null
}

/** What a message of the shape {name, typed_config} says, before the registry was asked. */
interface RawExtension {
  readonly name: string
  readonly typedConfig: unknown
}

/** A message of the shape {name, typed_config}, such as `core.v3.TypedExtensionConfig`; its factory is one of `category`. */
export function extension(
  category: string,
  protoName = 'envoy.config.core.v3.TypedExtensionConfig',
): Schema<ExtensionConfig> {
  const inner = message(protoName, { name: text(), typedConfig: orNull(anyValue()) })
  return convert(inner, (value, problems) => readExtension(category, value, problems))
}

/** A bare `Any` under a key that names its factory, as in `typed_extension_protocol_options`. */
export function namedExtension(category: string, name: string, any: unknown, problems: Problems) {
  return readExtension(category, { name, typedConfig: any }, problems, [])
}

/** A google.protobuf.Any in canonical form: `{'@type', ...fields}`. */
export function anyValue(): Schema<Readonly<Record<string, unknown>>> {
  return schema('Any', (input, problems) =>
    isRecord(input) ? input : problems.expected('an object with "@type"', input),
  )
}

/** Finds the factory, by type URL first and by name second, and runs its schema on the config. */
export function readExtension(
  category: string,
  { name, typedConfig }: RawExtension,
  problems: Problems,
  path: readonly string[] = ['typed_config'],
): ExtensionConfig | Invalid {
  const { type, value } = unwrap(typedConfig)
  const factory = parseContext().registry.find(category, name, type)
  if (factory === null) {
    const what =
      type === null ? `"${name}"` : `"${name}" (${type.slice(type.lastIndexOf('/') + 1)})`
    return problems.notImplemented([], `extension ${what} of category "${category}"`, name)
  }
  const isEmpty = type === null && path.length > 0
  if (isEmpty && factory.configType !== null && factory.name.startsWith('envoy.')) {
    const message = `Didn't find a registered implementation for '${name}' with type URL: ''`
    problems.add('missing-required', path, message, undefined)
    return INVALID
  }
  const config = schemaOf(factory)
  const key = path[0]
  const made = key === undefined ? problems.same(config, value) : problems.child(config, value, key)
  return made === INVALID ? INVALID : { name, factory: factory.name, config: made }
}

const schemas = new WeakMap<Factory, GenericSchema>()

/** A factory's config schema, made once. */
export function schemaOf(factory: Factory): GenericSchema {
  const known = schemas.get(factory)
  if (known !== undefined) return known
  const made = factory.configSchema() as GenericSchema
  schemas.set(factory, made)
  return made
}

/** Type and fields of an Any. The loader decodes a TypedStruct of a message that it knows; others are taken as they are. */
function unwrap(any: unknown): { type: string | null; value: Readonly<Record<string, unknown>> } {
  if (!isRecord(any)) return { type: null, value: {} }
  const { '@type': type, ...fields } = any
  if (typeof type !== 'string') return { type: null, value: fields }
  const { type_url: inner, value } = fields
  if (TYPED_STRUCTS.has(type.slice(type.lastIndexOf('/') + 1)) && typeof inner === 'string') {
    return { type: inner, value: isRecord(value) ? value : {} }
  }
  return { type, value: fields }
}

const TYPED_STRUCTS = new Set(['xds.type.v3.TypedStruct', 'udpa.type.v1.TypedStruct'])
