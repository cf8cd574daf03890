import { describe, expect, test } from 'bun:test'
import { MessageMetadata } from '../../../../../src/codec/thrift/message.ts'
import { isDefault } from '../../../../../src/config/load/is-default.ts'
import { withContext } from '../../../../../src/config/schema/parse-context.ts'
import { HeaderToMetadataFilter } from '../../../../../src/extensions/filters/thrift/header_to_metadata/header-to-metadata-filter.ts'
import {
  type HeaderToMetadata,
  headerToMetadataSchema,
} from '../../../../../src/extensions/filters/thrift/header_to_metadata/schema.ts'
import { StreamInfo } from '../../../../../src/network/stream-info.ts'
import type { ThriftCall } from '../../../../../src/thrift/call.ts'
import { schemaRegistry } from '../../../../config/support/registry.ts'

const NAMESPACE = 'envoy.filters.thrift.header_to_metadata'

function parse(rules: readonly object[]) {
  return withContext({ registry: schemaRegistry(), isDefault }, () =>
    headerToMetadataSchema()['~run']({ value: { request_rules: rules } }, {}),
  )
}

/** What the rules make of headers, and the headers that go on. */
function apply(rules: readonly object[], headers: readonly (readonly [string, string])[]) {
  const dataset = parse(rules)
  if (!dataset.typed) throw new Error(JSON.stringify(dataset.issues))
  const metadata = new MessageMetadata()
  for (const [name, value] of headers) metadata.headers.add(name, value)
  const streamInfo = new StreamInfo(0, 0, 1)
  let routes = 0
  const call = { metadata, streamInfo, clearRoute: () => routes++ } as unknown as ThriftCall
  new HeaderToMetadataFilter(dataset.value as HeaderToMetadata).onCall(call)
  const left = Array.from({ length: metadata.headers.size }, (_, i) => metadata.headers.name(i))
  return { written: streamInfo.dynamicMetadata, left, routes }
}

const written = (rule: object, value: string) =>
  apply([{ header: 'H', on_present: { key: 'k', ...rule } }], [['h', value]]).written?.[
    NAMESPACE
  ]?.['k']

describe('header_to_metadata', () => {
  test('copies a header, or writes a value of its own, where the rule says', () => {
    expect(written({}, 'v')).toBe('v')
    expect(written({ value: 'const' }, '')).toBe('const')
    const rule = { header: 'h', on_present: { metadata_namespace: 'envoy.lb', key: 'v' } }
    expect(apply([rule], [['h', '2']]).written).toEqual({ 'envoy.lb': { v: '2' } })
  })

  test('writes nothing of an empty header, of one that is too long, or of no number', () => {
    expect(written({}, '')).toBeUndefined()
    expect(written({}, 'x'.repeat(8192))).toBeUndefined()
    expect(written({ type: 'NUMBER' }, 'abc')).toBeUndefined()
    expect(written({ type: 'NUMBER' }, '12.5')).toBe(12.5)
  })

  test('decodes base64, and drops what is none', () => {
    expect(written({ encode: 'BASE64' }, 'aGk=')).toBe('hi')
    expect(written({ encode: 'BASE64' }, '!!')).toBeUndefined()
  })

  test('reads a Value of protobuf', () => {
    const rule = { type: 'PROTOBUF_VALUE', encode: 'BASE64' }
    expect(written(rule, Buffer.from([0x1a, 2, 104, 105]).toString('base64'))).toBe('hi')
    expect(written(rule, Buffer.from([0x1a, 9, 104]).toString('base64'))).toBeUndefined()
  })

  test('rewrites by an expression, in RE2’s way', () => {
    const regex_value_rewrite = { pattern: { regex: '^a(.)c$' }, substitution: '<\\1>$1' }
    expect(written({ regex_value_rewrite }, 'abc')).toBe('<b>$1')
    expect(written({ regex_value_rewrite }, 'zzz')).toBe('zzz')
  })

  test('takes the first of several, and writes what stands for a missing one', () => {
    const rules = [
      { header: 'h', on_present: { key: 'first' } },
      { header: 'gone', on_missing: { key: 'gone', value: 'none' } },
    ]
    const headers = [
      ['h', '1'],
      ['h', '2'],
    ] as const
    expect(apply(rules, headers).written).toEqual({ [NAMESPACE]: { first: '1', gone: 'none' } })
  })

  test('takes a header off the call, whatever its case, and lets the route be found anew', () => {
    const rules = [{ header: 'h', on_present: { key: 'k' }, remove: true }]
    const headers = [
      ['H', '1'],
      ['a', 'x'],
      ['h', '2'],
    ] as const
    expect(apply(rules, headers)).toMatchObject({ left: ['a'], routes: 1 })
  })

  test('refuses rules that do nothing', () => {
    const messages = (rule: object) => parse([rule]).issues?.map(({ message }) => message)
    expect(messages({ header: 'h' })).toEqual([
      'the rule for header "h" has neither "on_present" nor "on_missing"',
    ])
    expect(messages({ header: 'h', on_missing: { key: 'k' } })).toEqual([
      'Cannot specify on_missing rule with empty value',
    ])
  })
})
