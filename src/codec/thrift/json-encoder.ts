import type { ByteWriter } from './byte-writer.ts'
import { writeJsonString } from './json-string.ts'
import { JSON_TYPE_NAMES } from './json-types.ts'
import type { MessageMetadata } from './message.ts'
import { MessageWriter, type MessageWriterOptions } from './message-writer.ts'
import { FieldType } from './types.ts'
import { doubleValue } from './value.ts'

const COMMA = 44
const COLON = 58
const QUOTE = 34
const FIRST_DEPTH = 16

/** What stands where the next value goes. */
const Place = { FirstField: 0, Field: 1, Element: 2, FirstKey: 3, Key: 4, Value: 5 } as const

/**
 * Writes Apache's JSON protocol.
 *
 *   [1,"name",type,sequence id,{"1":{"i32":7},"2":{"lst":["str",1,"a"]},"3":{"map":["i32","tf",1,{"5":1}]}}]
 */
export class JsonEncoder extends MessageWriter {
  readonly #out: ByteWriter
  #places = new Uint8Array(FIRST_DEPTH)
  #depth = 0

  constructor(options: MessageWriterOptions) {
    super(options)
    this.#out = this.out
  }

  protected override writeMessageBegin(metadata: MessageMetadata): void {
    const out = this.#out
    const name = Buffer.from(metadata.methodName, 'latin1')
    this.#depth = 0
    out.text('[1,')
    writeJsonString(out, name, 0, name.length)
    out.text(`,${metadata.messageType},${metadata.sequenceId},`)
  }

  protected override writeMessageEnd(): void {
    this.#out.u8(93)
  }

  override structBegin(): void {
    this.#before()
    this.#out.u8(123)
    this.#open(Place.FirstField)
  }

  override structEnd(): void {
    this.#depth--
    this.#out.u8(125)
  }

  override fieldBegin(type: number, id: number): void {
    const top = this.#depth - 1
    if (this.#places[top] === Place.Field) this.#out.u8(COMMA)
    this.#places[top] = Place.Field
    this.#out.text(`"${id}":{"${nameOf(type)}":`)
  }

  override fieldEnd(): void {
    this.#out.u8(125)
  }

  override bool(value: boolean): void {
    this.#number(value ? '1' : '0')
  }

  override byte(value: number): void {
    this.#number(String(value))
  }

  override i16(value: number): void {
    this.#number(String(value))
  }

  override i32(value: number): void {
    this.#number(String(value))
  }

  override i64(high: number, low: number): void {
    const isSmall = high === low >> 31
    this.#number(isSmall ? String(low) : ((BigInt(high) << 32n) | BigInt(low >>> 0)).toString())
  }

  override double(high: number, low: number): void {
    const value = doubleValue(high, low)
    if (Number.isFinite(value)) {
      this.#number(Object.is(value, -0) ? '-0.0' : String(value))
    } else {
      this.#before()
      this.#out.text(`"${value}"`)
    }
  }

  override string(bytes: Uint8Array, start: number, end: number): void {
    this.#before()
    writeJsonString(this.#out, bytes, start, end)
  }

  override mapBegin(keyType: number, valueType: number, size: number): void {
    this.#before()
    this.#out.text(`["${nameOf(keyType)}","${nameOf(valueType)}",${size},{`)
    this.#open(Place.FirstKey)
  }

  override mapEnd(): void {
    this.#depth--
    this.#out.text('}]')
  }

  override listBegin(elementType: number, size: number): void {
    this.#before()
    this.#out.text(`["${nameOf(elementType)}",${size}`)
    this.#open(Place.Element)
  }

  override listEnd(): void {
    this.#depth--
    this.#out.u8(93)
  }

  override setBegin(elementType: number, size: number): void {
    this.listBegin(elementType, size)
  }

  override setEnd(): void {
    this.listEnd()
  }

  /** Keys are strings in JSON, whatever they are in thrift. */
  #number(text: string): void {
    const isKey = this.#before()
    if (isKey) this.#out.u8(QUOTE)
    this.#out.text(text)
    if (isKey) this.#out.u8(QUOTE)
  }

  /** Writes what separates a value from the one before it; true if it is a map's key. */
  #before(): boolean {
    const top = this.#depth - 1
    switch (this.#places[top]) {
      case Place.Element:
        this.#out.u8(COMMA)
        return false
      case Place.FirstKey:
        this.#places[top] = Place.Value
        return true
      case Place.Key:
        this.#out.u8(COMMA)
        this.#places[top] = Place.Value
        return true
      case Place.Value:
        this.#out.u8(COLON)
        this.#places[top] = Place.Key
        return false
      default:
        return false
    }
  }

  #open(place: number): void {
    if (this.#depth === this.#places.length) {
      const places = new Uint8Array(this.#depth * 2)
      places.set(this.#places)
      this.#places = places
    }
    this.#places[this.#depth++] = place
  }
}

/** What has no type (an empty map of the compact protocol) is said to hold strings. */
function nameOf(type: number): string {
  return JSON_TYPE_NAMES[type] ?? JSON_TYPE_NAMES[FieldType.String]!
}
