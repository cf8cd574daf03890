import type { ThriftEvents } from './events.ts'
import type { MessageMetadata } from './message.ts'
import {
  type ThriftList,
  type ThriftMap,
  type ThriftStruct,
  type ThriftValue,
  typeOf,
} from './value.ts'

/** Collects the events of one body; `value` is its struct. */
export class ValueBuilder implements ThriftEvents {
  #root: ThriftStruct | null = null
  readonly #open: (ThriftStruct | ThriftMap | ThriftList)[] = []
  readonly #ids: number[] = []

  get value(): ThriftStruct {
    if (this.#root === null) throw new Error('no struct was read')
    return this.#root
  }

  messageBegin(_metadata: MessageMetadata): void {
    this.#root = null
  }

  messageEnd(): void {}

  structBegin(): void {
    const struct: ThriftStruct = { type: 'struct', fields: [] }
    if (this.#open.length === 0) this.#root = struct
    else this.#add(struct)
    this.#open.push(struct)
  }

  structEnd(): void {
    this.#open.pop()
  }

  fieldBegin(_type: number, id: number): void {
    this.#ids.push(id)
  }

  fieldEnd(): void {}

  bool(value: boolean): void {
    this.#add({ type: 'bool', value })
  }

  byte(value: number): void {
    this.#add({ type: 'byte', value })
  }

  i16(value: number): void {
    this.#add({ type: 'i16', value })
  }

  i32(value: number): void {
    this.#add({ type: 'i32', value })
  }

  i64(high: number, low: number): void {
    this.#add({ type: 'i64', value: (BigInt(high) << 32n) | BigInt(low >>> 0) })
  }

  double(high: number, low: number): void {
    this.#add({ type: 'double', high, low })
  }

  string(bytes: Uint8Array, start: number, end: number): void {
    this.#add({ type: 'string', bytes: bytes.slice(start, end) })
  }

  mapBegin(keyType: number, valueType: number, _size: number): void {
    const map: ThriftMap = { type: 'map', keyType, valueType, items: [] }
    this.#add(map)
    this.#open.push(map)
  }

  mapEnd(): void {
    this.#open.pop()
  }

  listBegin(elementType: number, _size: number): void {
    this.#list({ type: 'list', elementType, items: [] })
  }

  listEnd(): void {
    this.#open.pop()
  }

  setBegin(elementType: number, _size: number): void {
    this.#list({ type: 'set', elementType, items: [] })
  }

  setEnd(): void {
    this.#open.pop()
  }

  #list(list: ThriftList): void {
    this.#add(list)
    this.#open.push(list)
  }

  #add(value: ThriftValue): void {
    const parent = this.#open.at(-1)!
    if (parent.type === 'struct') parent.fields.push({ id: this.#ids.pop()!, value })
    else parent.items.push(value)
  }
}

/** Plays a value as the events of its wire form. */
export function playValue(value: ThriftValue, events: ThriftEvents): void {
  switch (value.type) {
    case 'bool':
      events.bool(value.value)
      break
    case 'byte':
    case 'i16':
    case 'i32':
      events[value.type](value.value)
      break
    case 'i64':
      events.i64(Number(value.value >> 32n), Number(BigInt.asIntN(32, value.value)))
      break
    case 'double':
      events.double(value.high, value.low)
      break
    case 'string':
      events.string(value.bytes, 0, value.bytes.length)
      break
    case 'struct':
      playStruct(value, events)
      break
    default:
      playItems(value, events)
  }
}

function playStruct(struct: ThriftStruct, events: ThriftEvents): void {
  events.structBegin()
  for (const { id, value } of struct.fields) {
    events.fieldBegin(typeOf(value), id)
    playValue(value, events)
    events.fieldEnd()
  }
  events.structEnd()
}

function playItems(value: ThriftMap | ThriftList, events: ThriftEvents): void {
  const { items } = value
  if (value.type === 'map') events.mapBegin(value.keyType, value.valueType, items.length / 2)
  else if (value.type === 'list') events.listBegin(value.elementType, items.length)
  else events.setBegin(value.elementType, items.length)
  for (const item of items) playValue(item, events)
  if (value.type === 'map') events.mapEnd()
  else if (value.type === 'list') events.listEnd()
  else events.setEnd()
}
