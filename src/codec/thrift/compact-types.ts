import { FieldType } from './types.ts'

/** The compact protocol's numbers for types. */
export const CompactType = {
  True: 1,
  False: 2,
  Byte: 3,
  I16: 4,
  I32: 5,
  I64: 6,
  Double: 7,
  String: 8,
  List: 9,
  Set: 10,
  Map: 11,
  Struct: 12,
} as const

/** `FieldType` by compact type; 0: there is none. */
export const FIELD_TYPES = new Uint8Array(16)
/** Compact type by `FieldType`; 0: there is none. */
export const COMPACT_TYPES = new Uint8Array(256)

const PAIRS: readonly (readonly [number, number])[] = [
  [CompactType.False, FieldType.Bool],
  [CompactType.True, FieldType.Bool],
  [CompactType.Byte, FieldType.Byte],
  [CompactType.I16, FieldType.I16],
  [CompactType.I32, FieldType.I32],
  [CompactType.I64, FieldType.I64],
  [CompactType.Double, FieldType.Double],
  [CompactType.String, FieldType.String],
  [CompactType.List, FieldType.List],
  [CompactType.Set, FieldType.Set],
  [CompactType.Map, FieldType.Map],
  [CompactType.Struct, FieldType.Struct],
]
for (const [compact, type] of PAIRS) {
  FIELD_TYPES[compact] = type
  COMPACT_TYPES[type] = compact
}
