import { FieldType } from './types.ts'

/** Apache's names for types in its JSON protocol, by `FieldType`. */
export const JSON_TYPE_NAMES: readonly (string | undefined)[] = named()

function named(): (string | undefined)[] {
  const names: (string | undefined)[] = []
  names[FieldType.Bool] = 'tf'
  names[FieldType.Byte] = 'i8'
  names[FieldType.I16] = 'i16'
  names[FieldType.I32] = 'i32'
  names[FieldType.I64] = 'i64'
  names[FieldType.Double] = 'dbl'
  names[FieldType.String] = 'str'
  names[FieldType.Struct] = 'rec'
  names[FieldType.Map] = 'map'
  names[FieldType.Set] = 'set'
  names[FieldType.List] = 'lst'
  return names
}

export const JSON_TYPES: ReadonlyMap<string, number> = new Map(
  JSON_TYPE_NAMES.flatMap((name, type) => (name === undefined ? [] : [[name, type] as const])),
)
