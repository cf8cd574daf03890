import type { TapStruct, TapValue } from '../../thrift/tap-value.ts'
import type { Idl, IdlField, IdlType } from './idl.ts'

/** A value with the names of its fields and enums, as far as the IDL has them. */
export type NamedValue =
  | boolean
  | number
  | string
  | EnumName
  | NamedMap
  | readonly NamedValue[]
  | { readonly [name: string]: NamedValue }

/** Stands for a number; in JSON it is its name. */
export class EnumName {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): string {
    return this.text
  }
}

/** In JSON it is an array of pairs. */
export class NamedMap {
  readonly pairs: readonly (readonly [key: NamedValue, value: NamedValue])[]

  constructor(pairs: NamedMap['pairs']) {
    this.pairs = pairs
  }

  toJSON(): NamedMap['pairs'] {
    return this.pairs
  }
}

/** Puts names for numbers. `idl` or `type` null: nothing is known of it. */
export function namedValue(idl: Idl | null, type: IdlType | null, value: TapValue): NamedValue {
  const known = type === null || idl === null ? null : idl.resolve(type)
  if (typeof value !== 'object') {
    if (known?.kind !== 'enum' || typeof value !== 'number') return value
    const name = known.names.get(value)
    return name === undefined ? value : new EnumName(name)
  }
  if (Array.isArray(value)) {
    const of = known?.kind === 'list' ? known.of : null
    return (value as readonly TapValue[]).map((item) => namedValue(idl, of, item))
  }
  const struct = value as TapStruct
  if (!('map' in struct))
    return namedFields(idl, known?.kind === 'struct' ? known.fields : [], struct)
  const [keyType, valueType] = known?.kind === 'map' ? [known.key, known.value] : [null, null]
  const pairs = struct['map'] as readonly (readonly [TapValue, TapValue])[]
  return new NamedMap(
    pairs.map(([key, each]) => [namedValue(idl, keyType, key), namedValue(idl, valueType, each)]),
  )
}

/** A struct's, or a call's arguments. */
export function namedFields(
  idl: Idl | null,
  fields: readonly IdlField[],
  struct: TapStruct,
): Readonly<Record<string, NamedValue>> {
  const entries = Object.entries(struct).map(([id, value]) => {
    const field = fields.find((one) => one.id === Number(id))
    return [field?.name ?? id, namedValue(idl, field?.type ?? null, value)] as const
  })
  return Object.fromEntries(entries)
}
