import { describe, expect, test } from 'bun:test'
import { createMessageWriter } from '../../../../../src/codec/thrift/create-writer.ts'
import { MessageMetadata } from '../../../../../src/codec/thrift/message.ts'
import { FieldType, ProtocolType, TransportType } from '../../../../../src/codec/thrift/types.ts'
import { isDefault } from '../../../../../src/config/load/is-default.ts'
import { withContext } from '../../../../../src/config/schema/parse-context.ts'
import { PayloadToMetadataFilter } from '../../../../../src/extensions/filters/thrift/payload_to_metadata/payload-to-metadata-filter.ts'
import {
  type PayloadToMetadata,
  payloadToMetadataSchema,
} from '../../../../../src/extensions/filters/thrift/payload_to_metadata/schema.ts'
import { StreamInfo } from '../../../../../src/network/stream-info.ts'
import type { ThriftCall } from '../../../../../src/thrift/call.ts'
import { thriftLimits } from '../../../../../src/thrift/limits.ts'
import { schemaRegistry } from '../../../../config/support/registry.ts'

const NAMESPACE = 'envoy.filters.thrift.payload_to_metadata'

function parse(rules: readonly object[]) {
  return withContext({ registry: schemaRegistry(), isDefault }, () =>
    payloadToMetadataSchema()['~run']({ value: { request_rules: rules } }, {}),
  )
}

/** `{1: "str", 2: {1: -1 (byte), 2: 1.5, 3: 2^40}, 3: ["no"], 4: true}` */
function body(protocol: ProtocolType): Uint8Array {
  const writer = createMessageWriter({ transport: TransportType.Unframed, protocol })
  const text = Buffer.from('str')
  const field = (type: number, id: number, write: () => void) => {
    writer.fieldBegin(type, id)
    write()
    writer.fieldEnd()
  }
  writer.structBegin()
  field(FieldType.String, 1, () => writer.string(text, 0, 3))
  field(FieldType.Struct, 2, () => {
    writer.structBegin()
    field(FieldType.Byte, 1, () => writer.byte(-1))
    field(FieldType.Double, 2, () => writer.double(0x3ff80000, 0))
    field(FieldType.I64, 3, () => writer.i64(256, 0))
    writer.structEnd()
  })
  field(FieldType.List, 3, () => {
    writer.listBegin(FieldType.String, 1)
    writer.string(text, 0, 2)
    writer.listEnd()
  })
  field(FieldType.Bool, 4, () => writer.bool(true))
  writer.structEnd()
  return writer.out.take()
}

function apply(
  rules: readonly object[],
  method = 'm',
  protocol: ProtocolType = ProtocolType.Binary,
) {
  const dataset = parse(rules)
  if (!dataset.typed) throw new Error(JSON.stringify(dataset.issues))
  const metadata = new MessageMetadata()
  metadata.methodName = method
  const streamInfo = new StreamInfo(0, 0, 1)
  const bodyBytes = body(protocol)
  const request = { bodyBytes, bodyStart: 0, bodyEnd: bodyBytes.length }
  const call = { metadata, streamInfo, request, wire: { protocol } } as unknown as ThriftCall
  new PayloadToMetadataFilter(dataset.value as PayloadToMetadata, thriftLimits(null)).onCall(call)
  return streamInfo.dynamicMetadata?.[NAMESPACE]
}

function rule(path: readonly number[], key: string, more: object = {}) {
  let selector: object | undefined
  for (const id of path.toReversed()) {
    selector = { name: `f${id}`, id, ...(selector && { child: selector }) }
  }
  return { method_name: 'm', field_selector: selector, on_present: { key }, ...more }
}

describe('payload_to_metadata', () => {
  test('finds values of each kind, in structs too, as texts', () => {
    const rules = [
      rule([1], 'text'),
      rule([2, 1], 'byte'),
      rule([2, 2], 'double'),
      rule([2, 3], 'long'),
      rule([4], 'bool'),
    ]
    const found = { text: 'str', byte: '255', double: '1.500000', long: '1099511627776', bool: '1' }
    expect(apply(rules)).toEqual(found)
    expect(apply(rules, 'm', ProtocolType.Compact)).toEqual(found)
  })

  test('takes containers, structs and what is not there for missing', () => {
    const on_missing = { key: 'k', value: 'missing' }
    for (const path of [[3], [2], [9], [1, 1], [2, 9]]) {
      expect(apply([rule(path, 'k', { on_missing })])).toEqual({ k: 'missing' })
    }
  })

  test('looks at the methods that a rule is for', () => {
    const ofService = { method_name: undefined, service_name: 'S' }
    expect(apply([rule([1], 'k')], 'other')).toBeUndefined()
    expect(apply([rule([1], 'k', { method_name: '' })], 'other')).toEqual({ k: 'str' })
    expect(apply([rule([1], 'k', ofService)], 'S:m')).toEqual({ k: 'str' })
    expect(apply([rule([1], 'k', ofService)], 'T:m')).toBeUndefined()
  })

  test('refuses rules that do nothing, and rules for nobody', () => {
    const messages = (one: object) => parse([one]).issues?.map(({ message }) => message)
    const field_selector = { name: 'a', id: 1 }
    expect(messages({ method_name: 'm', field_selector })).toEqual([
      'the rule for field "a" has neither "on_present" nor "on_missing"',
    ])
    expect(messages({ field_selector, on_present: { key: 'k' } })).toEqual([
      'expected "method_name" or "service_name"',
    ])
  })
})
