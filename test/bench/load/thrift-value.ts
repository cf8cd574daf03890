/** A value of the thrift rows, enough of thrift for what they send. */
export type Value =
  | { readonly i32: number }
  | { readonly text: string }
  | { readonly struct: readonly (readonly [id: number, value: Value])[] }
  | { readonly list: readonly Value[] }

const BINARY_TYPES = { i32: 8, text: 11, struct: 12, list: 15 } as const
const COMPACT_TYPES = { i32: 5, text: 8, struct: 12, list: 9 } as const

type Kind = keyof typeof BINARY_TYPES

function kindOf(value: Value): Kind {
  return Object.keys(value)[0] as Kind
}

/** In the binary protocol. */
export function binary(value: Value): Buffer {
  if ('i32' in value) return int32(value.i32)
  if ('text' in value) return Buffer.concat([int32(value.text.length), Buffer.from(value.text)])
  if ('list' in value) {
    const type = BINARY_TYPES[kindOf(value.list[0]!)]
    return Buffer.concat([Buffer.of(type), int32(value.list.length), ...value.list.map(binary)])
  }
  const fields = value.struct.map(([id, each]) =>
    Buffer.concat([Buffer.of(BINARY_TYPES[kindOf(each)], id >> 8, id & 255), binary(each)]),
  )
  return Buffer.concat([...fields, Buffer.of(0)])
}

/** In the compact protocol. */
export function compact(value: Value): Buffer {
  if ('i32' in value) return varint((value.i32 << 1) ^ (value.i32 >> 31))
  if ('text' in value) return Buffer.concat([varint(value.text.length), Buffer.from(value.text)])
  if ('list' in value) {
    const { length } = value.list
    const type = COMPACT_TYPES[kindOf(value.list[0]!)]
    const head =
      length < 15 ? Buffer.of((length << 4) | type) : Buffer.of(0xf0 | type, ...varint(length))
    return Buffer.concat([head, ...value.list.map(compact)])
  }
  let last = 0
  const fields = value.struct.map(([id, each]) => {
    const type = COMPACT_TYPES[kindOf(each)]
    const head =
      id > last ? Buffer.of(((id - last) << 4) | type) : Buffer.of(type, ...varint(id << 1))
    last = id
    return Buffer.concat([head, compact(each)])
  })
  return Buffer.concat([...fields, Buffer.of(0)])
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value >>> 0
  while (left > 127) {
    bytes.push((left & 127) | 128)
    left >>>= 7
  }
  return Buffer.of(...bytes, left)
}
